import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../locks/canonical";
import { downloadRelease } from "../locks/download";
import { describe, hold, holdDerived, type Difference } from "../locks/hold";
import type { RequestOptions } from "../locks/http";
import { parseImageReference, UNRESOLVED } from "../locks/image-reference";
import { imageNames, IMAGES_LOCK, lockedReference, readImagesLock, writeImagesLock } from "../locks/images";
import type { KubernetesObject } from "../locks/kubernetes-object";
import { resolveDigest } from "../locks/registry";
import {
    readReleasesLock,
    RELEASE_NAMES,
    RELEASES_LOCK,
    writeReleasesLock,
    type Release,
    type ReleaseName,
} from "../locks/release";
import { deriveInventory, moduleFolder } from "../locks/source";
import { objectsIn } from "../locks/yaml-documents";

/** Where a run of `slsa lock` reads, writes and prints. */
export interface LockRun {
    /** Where the lock files are. */
    folder: string;
    print: (line: string) => void;
    complain: (line: string) => void;
    /** The day noted beside what this run makes known, `YYYY-MM-DD`. */
    today: string;
    request: Pick<RequestOptions, "allowLoopbackHttp" | "timeoutMs">;
}

/** Bad input on the command line: exit code 2. */
export class UsageError extends Error {}

/** What the locks leave unresolved. */
export function status({ folder, print }: LockRun): number {
    const { releases } = readReleasesLock(folder);
    const images = readImagesLock(folder);
    const open = [
        ...RELEASE_NAMES.filter((name) => releases[name].sha256 === UNRESOLVED).map(
            (name) => `${RELEASES_LOCK}: ${name} ${releases[name].version} has no known hash (slsa lock --fetch)`,
        ),
        ...imageNames(images)
            .filter((name) => images.images[name].digest === UNRESOLVED)
            .map((name) => `${IMAGES_LOCK}: ${name} ${lockedReference(images, name)} (slsa lock --resolve)`),
    ];
    print(open.length === 0 ? "every release and image is known by hash" : open.join("\n"));
    return open.length === 0 ? 0 : 1;
}

/** Derives releases from their tagged source and compares them with the lock, or writes them there. */
export async function derive(
    names: readonly ReleaseName[],
    { sourceFolder, write }: { sourceFolder: string | undefined; write: boolean },
    run: LockRun,
): Promise<number> {
    const releases = { ...readReleasesLock(run.folder).releases };
    let open = 0;
    for (const name of names) {
        const release: Release = releases[name];
        const source = sourceFolder ?? (await attempt(() => moduleFolder(release), name, run));
        if (source === undefined) {
            open += 1;
            continue;
        }
        const derived = deriveRelease(release, source, run.today);
        if (derived.differences.length === 0) {
            run.print(`${name} ${release.version}: the lock is what the tagged source makes`);
        } else if (write) {
            Object.assign(releases, { [name]: derived.release });
            run.print(`${name} ${release.version}: written, ${String(derived.differences.length)} difference(s):`);
            run.print(derived.differences.join("\n"));
        } else {
            open += 1;
            run.print(
                `${name} ${release.version}: the lock differs from the tagged source (--write takes the source):`,
            );
            run.print(derived.differences.join("\n"));
        }
    }
    if (write) {
        writeReleasesLock(run.folder, { releases });
    }
    return open === 0 ? 0 : 1;
}

/** A release as its source makes it; what a changed inventory or file was known by no longer holds. */
function deriveRelease(release: Release, source: string, today: string): { release: Release; differences: string[] } {
    const { module, path } = release.source;
    const knownFrom = `derived by \`slsa lock --derive\` on ${today} from ${path} of ${module} ${release.version}`;
    if (release.kind === "file") {
        const content = readFileSync(join(source, path));
        const found = { sha256: sha256(content).slice("sha256:".length), size: content.byteLength };
        const same = found.sha256 === release.sha256 && found.size === release.size;
        const line = `~ sha256 ${release.sha256} (${String(release.size)} bytes) -> ${found.sha256} (${String(found.size)} bytes)`;
        return { release: { ...release, ...found, hashKnownFrom: knownFrom }, differences: same ? [] : [line] };
    }
    const inventory = deriveInventory(release, source);
    return {
        release: {
            ...release,
            inventory,
            imageRepositories: repositoriesOf(inventory.flatMap(({ images }) => images)),
            inventoryKnownFrom: knownFrom,
            sha256: UNRESOLVED,
            size: UNRESOLVED,
            hashKnownFrom: `not known: the inventory was written anew on ${today}`,
        },
        differences: holdDerived(release.inventory, inventory, release.imageRepositories).map(describe),
    };
}

/** Downloads releases; a hash becomes known once the file held. */
export async function fetchReleases(names: readonly ReleaseName[], run: LockRun): Promise<number> {
    const { folder } = run;
    let open = 0;
    for (const name of names) {
        const { releases } = readReleasesLock(folder);
        const release: Release = releases[name];
        const label = `${name} ${release.version}`;
        const result = await attempt(() => downloadRelease(folder, name, release, run.today, run.request), label, run);
        if (result === undefined || result.state === "refused") {
            open += 1;
            if (result !== undefined) {
                run.complain(
                    [`${label} is refused, nothing was kept: ${result.reason}`, ...lines(result.differences)].join(
                        "\n",
                    ),
                );
            }
            continue;
        }
        if (result.state === "resolved") {
            writeReleasesLock(folder, { releases: { ...releases, [name]: result.release } });
            run.print(`${label}: sha256 ${result.release.sha256} written to ${RELEASES_LOCK}; review and commit it`);
        }
        run.print(`${label}: ${result.state}`);
    }
    return open === 0 ? 0 : 1;
}

/** Asks registries for unresolved digests; every answer is written at once, so a broken run loses nothing. */
export async function resolveImages(run: LockRun): Promise<number> {
    const { folder } = run;
    let open = 0;
    for (const name of imageNames(readImagesLock(folder))) {
        const images = readImagesLock(folder);
        const image = images.images[name];
        if (image.digest !== UNRESOLVED) {
            continue;
        }
        const asked = `${image.repository}:${image.tag}`;
        const digest = await attempt(() => resolveDigest(image.repository, image.tag, run.request), asked, run);
        if (digest === undefined) {
            open += 1;
            continue;
        }
        const digestKnownFrom = `its own registry on ${run.today}, by \`slsa lock --resolve\``;
        writeImagesLock(folder, { images: { ...images.images, [name]: { ...image, digest, digestKnownFrom } } });
        run.print(`${name}: ${asked}@${digest}`);
    }
    run.print(open === 0 ? "every image is known by digest" : `${String(open)} image(s) stay ${UNRESOLVED}`);
    return open === 0 ? 0 : 1;
}

/** Holds a file against the lock. */
export function check(file: string, name: ReleaseName, run: LockRun): number {
    const release: Release = readReleasesLock(run.folder).releases[name];
    let content: Buffer;
    try {
        content = readFileSync(file);
    } catch (error) {
        throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    const hash = sha256(content).slice("sha256:".length);
    const known = release.sha256 === UNRESOLVED ? "the lock knows no hash" : `the lock says ${release.sha256}`;
    const sameHash = release.sha256 === hash;
    run.print(
        `${name} ${release.version}: sha256 ${hash}, ${String(content.byteLength)} bytes; ${sameHash ? "as the lock says" : known}`,
    );
    const differences =
        release.kind === "file" ? [] : hold(release.inventory, objectsOf(content, file), release.imageRepositories);
    lines(differences).forEach(run.print);
    const verdict = `${String(differences.length)} difference(s) from the lock's inventory`;
    run.print(release.kind === "file" ? "a plain file: its hash alone is compared" : verdict);
    return differences.length === 0 && (sameHash || release.sha256 === UNRESOLVED) ? 0 : 1;
}

function repositoriesOf(images: readonly string[]): string[] {
    return [...new Set(images.map((image) => parseImageReference(image)?.repository ?? image))].sort();
}

function objectsOf(content: Buffer, file: string): KubernetesObject[] {
    try {
        return objectsIn(content.toString("utf8"), file);
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message : String(error));
    }
}

function lines(differences: readonly Difference[]): string[] {
    return differences.map(describe);
}

/** What fails for one entry is told and leaves the others be; it can be repeated. */
async function attempt<Result>(
    action: () => Promise<Result>,
    label: string,
    { complain }: LockRun,
): Promise<Result | undefined> {
    try {
        return await action();
    } catch (error) {
        complain(`${label}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
    }
}
