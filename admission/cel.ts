/**
 * The Common Expression Language as Kubernetes' admission policies speak it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/
 */

/** A value that a JSON object may hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A string as a literal: the only way by which a name or a setting gets into an expression. JSON's escapes are escapes of
 * CEL's too, so no quote, backslash or line break ends the literal.
 */
export function text(value: string): string {
    return JSON.stringify(value);
}

/** Any JSON value as a literal. Each element is a `dyn`: Kubernetes' CEL takes no list or map of several types otherwise. */
export function literal(value: Json): string {
    if (Array.isArray(value)) {
        return `[${value.map((item: Json) => `dyn(${literal(item)})`).join(", ")}]`;
    }
    if (typeof value === "object" && value !== null) {
        return `{${Object.entries(value)
            .map(([key, item]) => `${text(key)}: dyn(${literal(item)})`)
            .join(", ")}}`;
    }
    return typeof value === "string" ? text(value) : JSON.stringify(value);
}

/** All of them hold. */
export function all(...conditions: readonly string[]): string {
    return conditions.map((condition) => `(${condition})`).join(" && ");
}

/** One of them holds. */
export function any(...conditions: readonly string[]): string {
    return conditions.map((condition) => `(${condition})`).join(" || ");
}

/** The request leaves a field of the object as it was; one that is missing stays missing. */
export function unchanged(...path: readonly string[]): string {
    const field = path.map((name) => `.?${name}`).join("");
    return `object${field} == oldObject${field}`;
}
