import {
    loadFile,
    loadRelease,
    NOT_FETCHED,
    objectsToDeploy,
    textToDeploy,
    type LoadedFile,
    type LoadedRelease,
} from "../locks/content";
import {
    deployableReference,
    imageNames,
    imageReference,
    readImagesLock,
    uselessMirrors,
    type ImageName,
    type ImageUse,
} from "../locks/images";
import type { Shell } from "../pipelines/tekton";
import { readReleasesLock } from "../locks/release";
import type { Settings } from "./settings";

/** What a stack installs that was made elsewhere. */
export interface Content {
    tektonPipelines: LoadedRelease;
    tektonChains: LoadedRelease;
    /** SQL, or words saying that it is not here. */
    trillianSchema: string;
    schemaRelease: LoadedFile;
    /** Reference to run for an image of images.lock.json. */
    image: (name: ImageName) => string;
    /** Where that image has its shell. @throws Error when it has none: then no script can run in it */
    shell: (name: ImageName) => Shell;
    /** Every image of the lock with its state, for the plan's report. */
    images: ImageUse[];
}

/** Whether content that is not here, or not pinned, may stand in a plan or stops a deployment. */
export type Purpose = "plan" | "deploy";

/**
 * Loads releases and images as the locks and the settings say.
 *
 * @param folder - the project's root, where the lock files are
 * @throws Error if a file does not have the hash that is expected; for `deploy` also if a release was not fetched or an
 *   image's digest is unresolved
 */
export function loadContent(settings: Settings, folder: string, purpose: Purpose): Content {
    const releases = readReleasesLock(folder);
    const lock = readImagesLock(folder);
    const useless = uselessMirrors(lock, settings.imageMirrors);
    if (useless.length > 0) {
        throw new Error(useless.join("\n"));
    }
    const options = { folder, mapped: settings.mappedReleases };
    const tektonPipelines = loadRelease(releases, "tekton-pipelines", options);
    const tektonChains = loadRelease(releases, "tekton-chains", options);
    const schemaRelease = loadFile(releases, "trillian-schema", options);
    const images = imageNames(lock).map((name) => imageReference(lock, name, settings.imageMirrors));
    if (purpose === "deploy") {
        objectsToDeploy(tektonPipelines);
        objectsToDeploy(tektonChains);
        textToDeploy(schemaRelease);
    }
    return {
        tektonPipelines,
        tektonChains,
        schemaRelease,
        trillianSchema:
            schemaRelease.state === NOT_FETCHED ? `-- ${NOT_FETCHED}: ${schemaRelease.reason}` : schemaRelease.text,
        images,
        image: (name) => {
            const use = images.find((candidate) => candidate.name === name);
            if (use === undefined) {
                throw new Error(`images.lock.json names no image ${name}: add it there`);
            }
            return purpose === "deploy" ? deployableReference(use) : use.reference;
        },
        shell: (name) => {
            const { shell } = lock.images[name];
            if (shell === undefined) {
                throw new Error(
                    `images.lock.json says of no shell in the image ${name}, and a script is to run in it: ` +
                        "lock an image that has one, and say where.",
                );
            }
            return shell;
        },
    };
}
