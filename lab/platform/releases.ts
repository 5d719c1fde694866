import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { mapImages } from "../../locks/image-positions";
import { readReleasesLock, type ReleaseName } from "../../locks/release";
import { moduleFolder, yamlFiles } from "../../locks/source";
import { objectsIn } from "../../locks/yaml-documents";
import { PROJECT_FOLDER } from "../../plan/project";
import type { Settings } from "../../stacks/settings";
import type { Lab } from "../lab";

/**
 * The releases that the lab runs, rendered from the tagged source in their Go modules. Chains is older than the pin of
 * releases.lock.json, whose module cannot be had from the module proxy.
 */
const VERSIONS: Readonly<Record<ReleaseName, string>> = {
    "tekton-pipelines": "v1.15.0",
    "tekton-chains": "v0.26.3",
    "trillian-schema": "v1.7.3",
};

type MappedRelease = Settings["mappedReleases"][number];

/** Renders the releases into the lab's state folder, with the lab's own images, as mapped releases for its stack. */
export async function renderReleases(lab: Lab): Promise<MappedRelease[]> {
    const { releases } = readReleasesLock(PROJECT_FOLDER);
    const folder = path.join(lab.stateDir, "releases");
    mkdirSync(folder, { recursive: true });
    return Promise.all(
        (Object.keys(VERSIONS) as ReleaseName[]).map(async (name) => {
            const release = releases[name];
            const version = VERSIONS[name];
            const source = path.join(await moduleFolder({ ...release, version }), release.source.path);
            const text = release.kind === "file" ? readFileSync(source, "utf8") : manifest(lab, source);
            const file = path.join(folder, `${name}-${version}.${release.kind === "file" ? "sql" : "yaml"}`);
            writeFileSync(file, text);
            return { name, version, file, sha256: createHash("sha256").update(text).digest("hex") };
        }),
    );
}

/** What `ko resolve -R -f` makes of the source, the images being the lab's. */
function manifest(lab: Lab, source: string): string {
    return yamlFiles(source)
        .flatMap((file) => objectsIn(readFileSync(file, "utf8"), file))
        .map((object) =>
            stringify(
                mapImages(object, (reference) => labImage(lab, reference)),
                { lineWidth: 0 },
            ),
        )
        .join("---\n");
}

/** `ko://github.com/tektoncd/<project>/cmd/<program>` is the lab's image of that program; a shell is its busybox. */
function labImage(lab: Lab, reference: string): string {
    const built = /^ko:\/\/github\.com\/tektoncd\/(?<project>pipeline|chains)\/cmd\/(?<program>[a-z]+)$/.exec(
        reference,
    );
    const name =
        built?.groups?.["program"] === undefined
            ? "busybox"
            : `${built.groups["project"] === "chains" ? "chains" : "tekton"}-${built.groups["program"]}`;
    const image = lab.images[name];
    if (image === undefined) {
        throw new Error(`the lab has no image ${name} for ${reference}: add it to lab/images/recipes.ts`);
    }
    return image.reference;
}
