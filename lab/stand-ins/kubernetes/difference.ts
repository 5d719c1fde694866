import { isDeepStrictEqual } from "node:util";
import { isJsonMap } from "../property";
import type { Json, JsonMap } from "../property";
import type { Change } from "../stand-in";
import { serverMetadata } from "./object";

/** A property path in parts; a number is a place in a list, `*` any place. */
export type Path = readonly (string | number)[];

/** One leaf that differs. */
export interface Leaf {
    readonly path: Path;
    readonly change: Change;
}

/**
 * What differs between two objects, leaf by leaf. Lists of different length differ as a whole: an index would name another
 * element on each side.
 */
export function difference(before: Json | undefined, after: Json | undefined, path: Path = []): Leaf[] {
    if (before === undefined || after === undefined) {
        const change = before === undefined ? "add" : "delete";
        return before === after ? [] : [{ path, change }];
    }
    if (isJsonMap(before) && isJsonMap(after)) {
        const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
        return keys.flatMap((key) => difference(before[key], after[key], [...path, key]));
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
        return before.flatMap((item, index) => difference(item, after[index], [...path, index]));
    }
    return isDeepStrictEqual(before, after) ? [] : [{ path, change: "update" }];
}

/** An object without what the server writes by itself: its own metadata and the status. */
export function declared(object: JsonMap): JsonMap {
    const metadata = Object.entries(isJsonMap(object["metadata"]) ? object["metadata"] : {});
    return {
        ...Object.fromEntries(Object.entries(object).filter(([field]) => field !== "status")),
        metadata: Object.fromEntries(metadata.filter(([field]) => !serverMetadata.includes(field))),
    };
}

/** The parts of a live object that the inputs name. */
export function prune(live: Json, inputs: Json): Json {
    if (isJsonMap(live) && isJsonMap(inputs)) {
        const shared = Object.entries(inputs).flatMap(([key, input]): [string, Json][] => {
            const value = live[key];
            return value === undefined ? [] : [[key, prune(value, input)]];
        });
        return Object.fromEntries(shared);
    }
    if (Array.isArray(live) && Array.isArray(inputs)) {
        return live.map((item, index) => prune(item, inputs[index] ?? item));
    }
    return live;
}

/** Writes a path as the engine does: `spec.ports[0].port`, `metadata.annotations["a.b/c"]`. */
export function formatPath(path: Path): string {
    return path.reduce<string>((text, part) => {
        if (typeof part === "number") {
            return `${text}[${part.toString()}]`;
        }
        if (!/^[A-Za-z_$][\w$]*$/.test(part)) {
            return `${text}[${JSON.stringify(part)}]`;
        }
        return text === "" ? part : `${text}.${part}`;
    }, "");
}

/** Reads a path as a person or the server writes it: `webhooks[*].clientConfig.caBundle`, `data[tls.crt]`. */
export function parsePath(text: string): Path {
    const parts = text.matchAll(/\[\s*(?:"((?:[^"\\]|\\.)*)"|([^\]]*))\s*\]|([^.[\]]+)/g);
    return [...parts].map(([, quoted, bracketed, plain]) => {
        const part = quoted?.replace(/\\(.)/g, "$1") ?? bracketed ?? plain ?? "";
        return quoted === undefined && /^\d+$/.test(part) ? Number(part) : part;
    });
}

/** Whether a path is another one or lies below it. */
export function isWithin(path: Path, ancestor: Path): boolean {
    return ancestor.length <= path.length && ancestor.every((part, index) => part === "*" || part === path[index]);
}

/**
 * The inputs with the live object's values where changes are to be ignored, so that an apply leaves them as they are.
 * A path that the live object does not have keeps its input.
 */
export function ignoring(inputs: JsonMap, live: JsonMap, ignoreChanges: readonly string[]): JsonMap {
    const paths = ignoreChanges.map(parsePath);
    const taken = (input: Json, now: Json | undefined, path: Path): Json => {
        if (now !== undefined && paths.some((ignored) => isWithin(path, ignored))) {
            return now;
        }
        if (isJsonMap(input)) {
            const map = isJsonMap(now) ? now : {};
            return Object.fromEntries(
                Object.entries(input).map(([key, value]) => [key, taken(value, map[key], [...path, key])]),
            );
        }
        if (Array.isArray(input)) {
            const list = Array.isArray(now) ? now : [];
            return input.map((value, index) => taken(value, list[index], [...path, index]));
        }
        return input;
    };
    const result = taken(inputs, live, []);
    return isJsonMap(result) ? result : inputs;
}
