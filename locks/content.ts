import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256 } from "./canonical";
import { hold, type Difference } from "./hold";
import { UNRESOLVED } from "./image-reference";
import { inventoryOf, type ReleaseObject } from "./inventory";
import type { KubernetesObject } from "./kubernetes-object";
import {
    RELEASES_LOCK,
    type ManifestRelease,
    type ManifestReleaseName,
    type Release,
    type ReleaseName,
    type ReleasesLock,
} from "./release";
import { objectsIn } from "./yaml-documents";

/** The state of a release of which only the lock's facts are known. */
export const NOT_FETCHED = "content not fetched";

/** Where downloaded releases lie, below the project's root; never committed. */
export const RELEASES_FOLDER = ".releases";

/** A release of the user's own rendering: named by the stack settings, in place of the one in the lock. */
export interface MappedRelease {
    name: ReleaseName;
    version: string;
    /** Path of the file; a relative one starts at the project's root. */
    file: string;
    /** sha256 of the file, 64 hexadecimal digits. */
    sha256: string;
}

/** What is known of a release of objects when a plan is made. */
export type LoadedRelease = {
    name: ManifestReleaseName;
    version: string;
    /** sha256 of the content, 64 hexadecimal digits, or `unresolved`. */
    sha256: string;
    /** The reduced view that requirements read, from the content or from the lock. */
    inventory: ReleaseObject[];
} & (
    | { state: "fetched"; objects: KubernetesObject[] }
    | {
          state: "mapped";
          file: string;
          objects: KubernetesObject[];
          /** How it differs from the lock's inventory; undefined if the lock pins another version. */
          differences: Difference[] | undefined;
      }
    | { state: typeof NOT_FETCHED; reason: string }
);

/** What is known of a plain file when a plan is made. */
export type LoadedFile = { name: "trillian-schema"; version: string; sha256: string } & (
    | { state: "fetched"; text: string }
    | { state: "mapped"; file: string; text: string }
    | { state: typeof NOT_FETCHED; reason: string }
);

/** Where content is looked for. */
export interface ContentOptions {
    /** The project's root: `.releases/` lies in it. */
    folder: string;
    /** Releases that the stack settings map. */
    mapped?: readonly MappedRelease[];
}

/** Path of a release's downloaded file. */
export function releaseFile(folder: string, name: ReleaseName, release: Release): string {
    return join(folder, RELEASES_FOLDER, `${name}-${release.version}.${release.kind === "file" ? "sql" : "yaml"}`);
}

/**
 * Loads a release of Kubernetes objects: the user's own rendering where the settings map one, else the downloaded file
 * if its hash is the lock's, else the lock's inventory alone.
 *
 * @throws Error if a file is there but is not the one that the lock or the mapping names by hash: such content is never
 *   planned and never deployed
 */
export function loadRelease(lock: ReleasesLock, name: ManifestReleaseName, options: ContentOptions): LoadedRelease {
    const release: ManifestRelease = lock.releases[name];
    const mapped = mappingOf(name, options);
    if (mapped !== undefined) {
        const objects = objectsIn(mappedText(mapped, options.folder), mapped.file);
        return {
            name,
            version: mapped.version,
            sha256: mapped.sha256,
            state: "mapped",
            file: mapped.file,
            objects,
            inventory: inventoryOf(objects),
            differences:
                mapped.version === release.version
                    ? hold(release.inventory, objects, release.imageRepositories)
                    : undefined,
        };
    }
    const known = { name, version: release.version, sha256: release.sha256 };
    const content = fetchedText(name, release, options.folder);
    if ("missing" in content) {
        return { ...known, state: NOT_FETCHED, reason: content.missing, inventory: release.inventory };
    }
    const objects = objectsIn(content.text, releaseFile(options.folder, name, release));
    return { ...known, state: "fetched", objects, inventory: inventoryOf(objects) };
}

/** Loads a release that is a plain file, by the same rules as {@link loadRelease}. */
export function loadFile(lock: ReleasesLock, name: "trillian-schema", options: ContentOptions): LoadedFile {
    const release = lock.releases[name];
    const mapped = mappingOf(name, options);
    if (mapped !== undefined) {
        const text = mappedText(mapped, options.folder);
        return { name, version: mapped.version, sha256: mapped.sha256, state: "mapped", file: mapped.file, text };
    }
    const known = { name, version: release.version, sha256: release.sha256 };
    const content = fetchedText(name, release, options.folder);
    return "missing" in content
        ? { ...known, state: NOT_FETCHED, reason: content.missing }
        : { ...known, state: "fetched", text: content.text };
}

/**
 * The objects to deploy.
 *
 * @throws Error if the content is not here: nothing is deployed from an inventory
 */
export function objectsToDeploy(loaded: LoadedRelease): KubernetesObject[] {
    if (loaded.state === NOT_FETCHED) {
        throw notDeployable(loaded);
    }
    return loaded.objects;
}

/** The text of a plain file to deploy; errors as {@link objectsToDeploy}. */
export function textToDeploy(loaded: LoadedFile): string {
    if (loaded.state === NOT_FETCHED) {
        throw notDeployable(loaded);
    }
    return loaded.text;
}

function notDeployable({ name, version, reason }: { name: string; version: string; reason: string }): Error {
    return new Error(
        `release ${name} ${version} cannot be deployed: ${reason}. ` +
            "Run `slsa lock --fetch` where there is a network, or map a file of your own with `mappedReleases` " +
            "(name, version, file, sha256) in the stack settings.",
    );
}

function mappingOf(name: ReleaseName, { mapped }: ContentOptions): MappedRelease | undefined {
    return mapped?.find((candidate) => candidate.name === name);
}

function mappedText({ name, version, file, sha256: wanted }: MappedRelease, folder: string): string {
    const content = readIfThere(resolve(folder, file));
    if (content === undefined) {
        throw new Error(
            `mapped release ${name} ${version}: there is no file ${file}; mend \`file\` in the stack settings`,
        );
    }
    return checked(
        content,
        wanted,
        `mapped release ${name} ${version}: ${file}`,
        "`mappedReleases` in the stack settings",
    );
}

function fetchedText(name: ReleaseName, release: Release, folder: string): { text: string } | { missing: string } {
    const file = releaseFile(folder, name, release);
    if (release.sha256 === UNRESOLVED) {
        return { missing: `its sha256 is ${UNRESOLVED}` };
    }
    const content = readIfThere(file);
    if (content === undefined) {
        return { missing: `its file is not in ${RELEASES_FOLDER}/` };
    }
    return { text: checked(content, release.sha256, file, RELEASES_LOCK) };
}

function checked(content: Buffer, wanted: string, file: string, where: string): string {
    const found = sha256(content);
    if (found !== `sha256:${wanted}`) {
        throw new Error(
            `${file} is not the file that ${where} names: its hash is ${found}, allowed is sha256:${wanted}. ` +
                "Nothing of it is used. Fetch it again with `slsa lock --fetch`, or remove it; if the change is meant, " +
                "review it with `slsa lock --check` and mend the hash.",
        );
    }
    return content.toString("utf8");
}

function readIfThere(file: string): Buffer | undefined {
    return existsSync(file) ? readFileSync(file) : undefined;
}
