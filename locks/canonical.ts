import { createHash } from "node:crypto";
import { isRecord } from "./kubernetes-object";

/**
 * JSON with the keys of every object sorted by code unit, arrays in their own order, no white space: two values
 * that mean the same to Kubernetes' API give the same text. (RFC 8785 without its number rules: manifests hold
 * whole numbers only.)
 */
export function canonicalJson(value: unknown): string {
    return JSON.stringify(sorted(value));
}

/** `sha256:<64 hexadecimal digits>` of bytes or of a text in UTF-8. */
export function sha256(content: string | Uint8Array): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(sorted);
    }
    if (!isRecord(value)) {
        return value;
    }
    // Entries, not assignment: a key named __proto__ stays a key.
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, held]) => held !== undefined)
            .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
            .map(([key, held]) => [key, sorted(held)]),
    );
}
