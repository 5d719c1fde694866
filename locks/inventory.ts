import { canonicalJson, sha256 } from "./canonical";
import { withoutTag } from "./image-reference";
import { mapImages } from "./image-positions";
import { isRecord, nameOf, type KubernetesObject, type ObjectName } from "./kubernetes-object";
import { keptFields, type KeptFields } from "./kept-fields";
import { isVersionLabel } from "./version-labels";

/**
 * One object of a release, reduced to what a reviewer and a requirement need. It is the same whether it comes from the
 * release's content or from the lock.
 */
export interface ReleaseObject extends ObjectName {
    /** `sha256:…` of the object's content, see {@link contentHash}. */
    contentHash: string;
    /**
     * The object's images in the order of {@link mapImages}: `repository@sha256:…`, `repository@unresolved` while the
     * digest is not known, `repository:tag` where a manifest pins none.
     */
    images: string[];
    /** Fields kept whole, each at its own path of the Kubernetes object. */
    fields: KeptFields;
}

/** ConfigMaps whose `data.version` a release's rendering sets to its version. */
const VERSION_CONFIG_MAPS: ReadonlySet<string> = new Set(["pipelines-info", "chains-info"]);

/** The reduced view of objects, in their order. */
export function inventoryOf(objects: readonly KubernetesObject[]): ReleaseObject[] {
    return objects.map((object) => ({
        ...nameOf(object),
        contentHash: contentHash(object),
        images: imagesOf(object),
        fields: keptFields(object),
    }));
}

/**
 * Hash of an object's content with what a rendering changes left out: sha256 of the canonical JSON of the object, in
 * which
 * - every image reference (see {@link mapImages}) is the text `<image>`,
 * - the value of every version label, in any map named `labels`, is the text `<version>`,
 * - `data.version` of the ConfigMaps `pipelines-info` and `chains-info` is the text `<version>`.
 *
 * Everything else counts, comments do not.
 */
export function contentHash(object: KubernetesObject): string {
    return sha256(
        canonicalJson(
            withoutVersions(
                mapImages(object, () => "<image>"),
                object,
            ),
        ),
    );
}

/** Every image reference of an object, in canonical order, tags dropped where there is a digest. */
export function imagesOf(object: KubernetesObject): string[] {
    const images: string[] = [];
    mapImages(object, (reference) => {
        images.push(withoutTag(reference));
        return reference;
    });
    return images;
}

function withoutVersions(content: unknown, { kind, metadata }: KubernetesObject): unknown {
    const unlabelled = withoutVersionLabels(content);
    if (kind !== "ConfigMap" || !VERSION_CONFIG_MAPS.has(metadata.name) || !isRecord(unlabelled)) {
        return unlabelled;
    }
    const data = unlabelled["data"];
    return isRecord(data) && typeof data["version"] === "string"
        ? { ...unlabelled, data: { ...data, version: "<version>" } }
        : unlabelled;
}

function withoutVersionLabels(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutVersionLabels);
    }
    if (!isRecord(value)) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, held]) => [
            key,
            key === "labels" && isRecord(held) ? withoutVersionValues(held) : withoutVersionLabels(held),
        ]),
    );
}

function withoutVersionValues(labels: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [
            key,
            isVersionLabel(key) && typeof value === "string" ? "<version>" : value,
        ]),
    );
}
