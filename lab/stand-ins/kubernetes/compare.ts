import { hasUnknown } from "../property";
import type { JsonMap, PropertyMap } from "../property";
import { noDifference } from "../stand-in";
import type { Change, Difference } from "../stand-in";
import { ApiError } from "./api-server";
import type { Cluster } from "./cluster";
import { declared, difference, formatPath, ignoring, isWithin, parsePath } from "./difference";
import type { Leaf } from "./difference";
import { immutableFields } from "./immutable";
import { at, identity, toObject } from "./object";
import type { Settings } from "./settings";

/** A planned update. */
export interface Planned {
    readonly oldInputs: PropertyMap;
    readonly news: PropertyMap;
    readonly ignoreChanges: readonly string[];
    readonly fieldManager: string;
}

/** What the person has to know about how the comparison was made. */
type Warn = (message: string) => void;

/**
 * What an update would change: the live object against the server's own answer to an apply that is not kept. So a field that
 * was edited by hand is seen, a field that the server fills in is not, and what cannot be changed in place is what the
 * server refuses to change.
 *
 * Inputs are compared with the old inputs instead when the server cannot be asked: while a value is not known, when the
 * object is gone, or when an admission webhook that it needs is down.
 */
export async function compare(cluster: Cluster, settings: Settings, planned: Planned, warn: Warn): Promise<Difference> {
    const before = toObject(planned.oldInputs);
    const after = toObject(planned.news);
    const moved = movedTo(before, after, cluster.api.defaultNamespace);
    if (moved.length > 0) {
        const replaces = moved.map((leaf) => formatPath(leaf.path));
        return { changes: changesOf(difference(before, after)), replaces, deleteBeforeReplace: false };
    }
    const byInputs = (fields: readonly string[] = []): Difference =>
        verdict(notIgnored(difference(before, after), planned.ignoreChanges), fields, after, settings);
    if (hasUnknown(planned.news)) {
        return byInputs();
    }
    const target = await cluster.locate(identity(after));
    const live = target === undefined ? undefined : await cluster.live(target);
    if (target === undefined || live === undefined) {
        warn("It is not in the cluster any more. Run `pulumi refresh`, then it is made again.");
        return byInputs();
    }
    const object = ignoring(after, live, planned.ignoreChanges);
    try {
        const how = { fieldManager: planned.fieldManager, force: true, dryRun: true };
        const applied = await cluster.apply(target, object, how);
        const leaves = difference(declared(live), declared(applied));
        return verdict(notIgnored(leaves, planned.ignoreChanges), [], after, settings);
    } catch (error) {
        if (!(error instanceof ApiError)) {
            throw error;
        }
        const fields = immutableFields(error);
        if (fields !== undefined) {
            return byInputs(fields);
        }
        if (error.code >= 500 || error.message.includes("does not support dry run")) {
            warn(`The API server cannot tell what would change, so only the inputs are compared: ${error.message}`);
            return byInputs();
        }
        throw error;
    }
}

/** The name and the namespace, where they change: then it is another object. */
function movedTo(before: JsonMap, after: JsonMap, defaultNamespace: string): Leaf[] {
    const names = (object: JsonMap) => ({
        name: at(object, "metadata", "name") ?? null,
        namespace: at(object, "metadata", "namespace") ?? defaultNamespace,
    });
    return difference(names(before), names(after), ["metadata"]);
}

function verdict(
    leaves: readonly Leaf[],
    immutable: readonly string[],
    after: JsonMap,
    settings: Settings,
): Difference {
    const changes = changesOf(leaves);
    for (const field of immutable) {
        changes.set(field, changes.get(field) ?? "update");
    }
    if (changes.size === 0) {
        return noDifference;
    }
    const parts = replacedParts(after, settings);
    const inParts = leaves.filter(({ path }) => parts.includes(String(path[0]))).map(({ path }) => formatPath(path));
    const replaces = [...new Set([...immutable, ...inParts])];
    // The name is fixed, so there is no place for the new object while the old one is there.
    return { changes, replaces, deleteBeforeReplace: replaces.length > 0 };
}

/**
 * The real provider makes ConfigMaps and Secrets anew by default although the server could change them, so that pods that
 * read them start again.
 */
function replacedParts(object: JsonMap, settings: Settings): string[] {
    const { apiVersion, kind } = identity(object);
    if (apiVersion === "v1" && kind === "ConfigMap" && !settings.enableConfigMapMutable) {
        return ["data", "binaryData"];
    }
    return apiVersion === "v1" && kind === "Secret" && !settings.enableSecretMutable
        ? ["data", "stringData", "type"]
        : [];
}

function changesOf(leaves: readonly Leaf[]): Map<string, Change> {
    return new Map(leaves.map(({ path, change }) => [formatPath(path), change]));
}

function notIgnored(leaves: readonly Leaf[], ignoreChanges: readonly string[]): Leaf[] {
    const ignored = ignoreChanges.map(parsePath);
    return leaves.filter(({ path }) => !ignored.some((ancestor) => isWithin(path, ancestor)));
}

/** Whether a live object is as its inputs say: an apply of them would change nothing. */
export async function isAsDeclared(
    cluster: Cluster,
    live: JsonMap,
    inputs: JsonMap,
    manager: string,
): Promise<boolean> {
    const target = await cluster.locate(identity(inputs));
    if (target === undefined) {
        return false;
    }
    try {
        const applied = await cluster.apply(target, inputs, { fieldManager: manager, force: true, dryRun: true });
        return difference(declared(live), declared(applied)).length === 0;
    } catch (error) {
        if (error instanceof ApiError) {
            return false;
        }
        throw error;
    }
}
