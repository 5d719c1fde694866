import { canonicalJson } from "./canonical";
import { parseImageReference, UNRESOLVED, type ImageReference } from "./image-reference";
import { inventoryOf, type ReleaseObject } from "./inventory";
import { isRecord, objectId, type KubernetesObject } from "./kubernetes-object";

/** One way in which a release differs from what the lock expects; written for the person who reviews it. */
export interface Difference {
    /** The object, as {@link objectId} names it. */
    object: string;
    what: "added" | "missing" | "repeated" | "changed" | "image";
    /** What changed, for example `rules` or `data.enable-api-fields`; absent when the whole object did. */
    path?: string;
    expected?: string;
    found?: string;
}

/**
 * Holds a release against the lock's inventory: every object the same but for image references and version labels,
 * every image from the repository that the lock names for its place, that repository among the release's own, and the
 * digest the lock's where the lock knows it.
 *
 * @param expected - the lock's inventory
 * @param found - the objects of the file
 * @param imageRepositories - the release's own repositories, from the lock
 * @returns what differs, in the file's order, missing objects last; empty if the release holds
 */
export function hold(
    expected: readonly ReleaseObject[],
    found: readonly KubernetesObject[],
    imageRepositories: readonly string[],
): Difference[] {
    return compare(expected, inventoryOf(found), imageRepositories, heldImage);
}

/**
 * Holds an inventory that was derived from source against the lock's: as {@link hold}, but the source knows no digests
 * of the images that a release builds, so a digest that either side lacks is no difference.
 */
export function holdDerived(
    expected: readonly ReleaseObject[],
    derived: readonly ReleaseObject[],
    imageRepositories: readonly string[],
): Difference[] {
    return compare(expected, derived, imageRepositories, derivedImage);
}

/** Whether an image may stand where the lock expects another. */
type ImageRule = (wanted: ImageReference, got: ImageReference) => boolean;

function compare(
    expected: readonly ReleaseObject[],
    found: readonly ReleaseObject[],
    imageRepositories: readonly string[],
    rule: ImageRule,
): Difference[] {
    const wanted = new Map(expected.map((object) => [objectId(object), object]));
    const seen = new Set<string>();
    const differences: Difference[] = [];
    for (const object of found) {
        const id = objectId(object);
        const lock = wanted.get(id);
        if (seen.has(id)) {
            differences.push({ object: id, what: "repeated" });
        } else if (lock === undefined) {
            differences.push({ object: id, what: "added", ...foreignImages(object, imageRepositories) });
        } else {
            differences.push(
                ...compareContent(id, lock, object),
                ...compareImages(id, lock, object, imageRepositories, rule),
            );
        }
        seen.add(id);
    }
    const missing = [...wanted.keys()].filter((id) => !seen.has(id));
    return [...differences, ...missing.map((object): Difference => ({ object, what: "missing" }))];
}

/** One line for each difference. */
export function describe({ object, what, path, expected, found }: Difference): string {
    const place = path === undefined ? object : `${object} ${path}`;
    switch (what) {
        case "added":
            return `+ ${object}: the lock does not list it${found === undefined ? "" : `; its images: ${found}`}`;
        case "missing":
            return `- ${object}: the lock lists it, the file lacks it`;
        case "repeated":
            return `+ ${object}: the file declares it more than once`;
        case "changed":
        case "image":
            return `~ ${place}\n    expected: ${expected ?? "nothing"}\n    found:    ${found ?? "nothing"}`;
    }
}

function compareContent(id: string, lock: ReleaseObject, object: ReleaseObject): Difference[] {
    const changes = changedPaths(lock.fields, object.fields, []).map(({ path, expected, found }): Difference => ({
        object: id,
        what: "changed",
        path,
        expected,
        found,
    }));
    if (lock.apiVersion !== object.apiVersion) {
        changes.unshift({
            object: id,
            what: "changed",
            path: "apiVersion",
            expected: lock.apiVersion,
            found: object.apiVersion,
        });
    }
    if (changes.length === 0 && lock.contentHash !== object.contentHash) {
        // The lock keeps no more of this object than its hash: the tagged source says what changed.
        changes.push({
            object: id,
            what: "changed",
            path: "(a field of which the lock keeps the hash alone)",
            expected: lock.contentHash,
            found: object.contentHash,
        });
    }
    return changes;
}

function compareImages(
    id: string,
    lock: ReleaseObject,
    object: ReleaseObject,
    imageRepositories: readonly string[],
    rule: ImageRule,
): Difference[] {
    const places = Math.max(lock.images.length, object.images.length);
    return Array.from({ length: places }, (_, at): Difference[] => {
        const expected = lock.images[at];
        const found = object.images[at];
        return expected !== undefined && found !== undefined && sameImage(expected, found, imageRepositories, rule)
            ? []
            : [
                  {
                      object: id,
                      what: "image",
                      path: `image ${String(at + 1)}`,
                      ...(expected === undefined ? {} : { expected }),
                      ...(found === undefined ? {} : { found }),
                  },
              ];
    }).flat();
}

/** A tag may change; a repository may not. */
function sameImage(expected: string, found: string, imageRepositories: readonly string[], rule: ImageRule): boolean {
    const wanted = parseImageReference(expected);
    const got = parseImageReference(found);
    return (
        wanted !== undefined &&
        got?.repository === wanted.repository &&
        imageRepositories.includes(got.repository) &&
        rule(wanted, got)
    );
}

/** A release pins every image, to the digest that the lock knows if it knows one. */
function heldImage(wanted: ImageReference, got: ImageReference): boolean {
    return (
        got.digest !== undefined &&
        got.digest !== UNRESOLVED &&
        (wanted.digest === UNRESOLVED || wanted.digest === got.digest)
    );
}

function derivedImage(wanted: ImageReference, got: ImageReference): boolean {
    return wanted.digest === UNRESOLVED || got.digest === UNRESOLVED || wanted.digest === got.digest;
}

function foreignImages(object: ReleaseObject, imageRepositories: readonly string[]): { found?: string } {
    const foreign = object.images.filter(
        (image) => !imageRepositories.includes(parseImageReference(image)?.repository ?? image),
    );
    return foreign.length === 0 ? {} : { found: `${foreign.join(", ")} (not of this release)` };
}

interface Change {
    path: string;
    expected: string;
    found: string;
}

/** Where two values differ: descends into maps, compares lists whole. */
function changedPaths(expected: unknown, found: unknown, path: readonly string[]): Change[] {
    if (isRecord(expected) && isRecord(found)) {
        const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
        return keys.flatMap((key) => changedPaths(expected[key], found[key], [...path, key]));
    }
    const [before, after] = [shown(expected), shown(found)];
    return before === after ? [] : [{ path: path.join("."), expected: before, found: after }];
}

function shown(value: unknown): string {
    return value === undefined ? "nothing" : canonicalJson(value);
}
