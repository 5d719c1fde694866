import type * as pulumi from "@pulumi/pulumi";
import { NOT_FETCHED, type LoadedRelease } from "../locks/content";
import type { ReleaseObject } from "../locks/inventory";
import type { KubernetesObject } from "../locks/kubernetes-object";
import { CONTENT_ANNOTATION } from "../names";
import { KubernetesResource } from "./kubernetes-resource";

/** Arguments of {@link registerRelease}. */
export interface ReleaseArgs {
    release: LoadedRelease;
    /**
     * What this platform declares in place of an object of the release: the object, changed or not, several of its kind, or
     * none for one that it declares itself or goes without. Must not depend on fields that the lock does not keep.
     */
    change: (object: KubernetesObject) => readonly KubernetesObject[];
    options: pulumi.CustomResourceOptions;
    /** What every object of the release needs. */
    dependsOn?: pulumi.Resource[];
    /**
     * Declares what this platform puts in place of the release's own objects, once the namespaces are there. Webhooks
     * and Deployments come after it.
     */
    instead: (namespaces: pulumi.Resource[]) => pulumi.Resource[];
}

// A ConfigMap must be there before the webhook that checks ConfigMaps; a webhook configuration before the Deployment
// that writes its certificate into it; a Service is awaited until a pod answers, so it comes after its Deployment.
const STAGES: readonly (readonly string[])[] = [
    ["Namespace"],
    ["CustomResourceDefinition", "ServiceAccount", "ClusterRole", "Role", "ConfigMap", "Secret"],
    ["ClusterRoleBinding", "RoleBinding"],
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ["Deployment", "StatefulSet"],
    ["Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"],
];

// Written by Tekton's webhook itself while it runs: its certificate, and what it derives for its own configurations
// (knative.dev/pkg webhook/resourcesemantics). What else a configuration says, such as failurePolicy, is put back.
const WEBHOOK_FIELDS = ["clientConfig.caBundle", "clientConfig.service.path", "rules", "namespaceSelector"].map(
    (field) => `webhooks[*].${field}`,
);
const RUNTIME_FIELDS: Readonly<Record<string, string[]>> = {
    MutatingWebhookConfiguration: WEBHOOK_FIELDS,
    ValidatingWebhookConfiguration: WEBHOOK_FIELDS,
    Secret: ["data"],
};

/**
 * Registers every object of a release as a resource of its own. Without the release's content each is planned from the
 * lock's inventory, marked as such, and cannot be deployed.
 *
 * @returns everything that was registered, `instead` included
 * @throws Error for a kind that the order of deployment does not know
 */
export function registerRelease({
    release,
    change,
    options,
    dependsOn: first = [],
    instead,
}: ReleaseArgs): pulumi.Resource[] {
    const objects = (release.state === NOT_FETCHED ? release.inventory.map(fromInventory) : release.objects).flatMap(
        (object) => change(object),
    );
    const unknown = objects.find(({ kind }) => !STAGES.flat().includes(kind));
    if (unknown !== undefined) {
        throw new Error(
            `release ${release.name} ${release.version} holds a ${unknown.kind} (${unknown.metadata.name}), for which ` +
                "components/release.ts knows no place in the order of deployment: add the kind to its stages.",
        );
    }
    const all: pulumi.Resource[] = [];
    for (const stage of STAGES) {
        const dependsOn = [...first, ...all];
        for (const object of objects.filter(({ kind }) => stage.includes(kind))) {
            const ignoreChanges = RUNTIME_FIELDS[object.kind];
            all.push(
                new KubernetesResource(resourceName(release, object), object, {
                    ...options,
                    dependsOn,
                    ...(ignoreChanges === undefined ? {} : { ignoreChanges }),
                }),
            );
        }
        if (stage.includes("Namespace")) {
            all.push(...instead([...first, ...all]));
        }
    }
    return all;
}

function resourceName(release: LoadedRelease, { kind, metadata }: KubernetesObject): string {
    const namespace = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
    return `${release.name}/${kind}/${namespace}${metadata.name}`;
}

/** What the lock keeps of an object, each field at its place. */
function fromInventory({
    apiVersion,
    kind,
    namespace,
    name,
    contentHash,
    images,
    fields,
}: ReleaseObject): KubernetesObject {
    const { metadata, dataKeys, ...rest } = fields;
    return {
        apiVersion,
        kind,
        metadata: {
            name,
            ...(namespace === undefined ? {} : { namespace }),
            ...(metadata === undefined ? {} : { labels: metadata.labels as Record<string, string> }),
            annotations: {
                [CONTENT_ANNOTATION]: [`${contentHash}, ${NOT_FETCHED}`, ...images].join("; "),
            },
        },
        ...(dataKeys === undefined ? {} : { data: Object.fromEntries(dataKeys.map((key) => [key, NOT_FETCHED])) }),
        ...rest,
    };
}
