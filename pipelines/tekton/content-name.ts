import { createHash } from "node:crypto";

const DIGITS = 10;

/**
 * A name that changes with what it names: `<prefix>-<first 10 hex digits of the content's sha256>`.
 *
 * A definition under such a name is never edited: a change is another object, and who refers to the old name never gets the
 * new content. Keys are sorted first, so that their order in the source does not matter.
 */
export function contentName(prefix: string, content: unknown): string {
    return `${prefix}-${createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, DIGITS)}`;
}

function canonicalJson(content: unknown): string {
    return JSON.stringify(content, (_key, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
            : value,
    );
}
