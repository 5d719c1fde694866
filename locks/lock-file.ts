import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";
import { isRecord } from "./kubernetes-object";

/** A lock file that cannot be used as it stands: carries every wrong key at once. */
export class LockError extends Error {
    constructor(
        readonly file: string,
        readonly problems: readonly string[],
    ) {
        super(`${file} cannot be used, ${String(problems.length)} thing(s) are wrong:\n  ${problems.join("\n  ")}`);
        this.name = "LockError";
    }
}

/**
 * Reads a lock file and checks it against its schema.
 *
 * @throws LockError naming every wrong, missing and unknown key, with what was given and what is allowed
 */
export function readLockFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
    let content: unknown;
    try {
        content = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
        throw new LockError(file, [`not readable as JSON: ${error instanceof Error ? error.message : String(error)}`]);
    }
    const result = schema.safeParse(content);
    if (!result.success) {
        throw new LockError(
            file,
            result.error.issues.map((issue) => problem(issue, content)),
        );
    }
    return result.data;
}

/** Replaces a file whole or not at all: a reader never sees half of it, a killed run leaves the old one. */
export function writeWhole(file: string, content: string | Uint8Array): void {
    const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
    try {
        writeFileSync(beside, content);
        renameSync(beside, file);
    } catch (error) {
        rmSync(beside, { force: true });
        throw error;
    }
}

/** JSON for people who review a lock: whatever fits a line of 120 columns stands on one. */
export function lockText(value: unknown): string {
    return `${lines(value, "", 0)}\n`;
}

const WIDTH = 120;
const STEP = "  ";

function lines(value: unknown, indent: string, used: number): string {
    const flat = oneLine(value);
    // One column is left for the comma that may follow.
    if (indent.length + used + flat.length < WIDTH || typeof value !== "object" || value === null) {
        return flat;
    }
    const inner = indent + STEP;
    const parts = Array.isArray(value)
        ? value.map((element: unknown) => lines(element, inner, 0))
        : Object.entries(value)
              .filter(([, held]) => held !== undefined)
              .map(([key, held]) => {
                  const label = `${JSON.stringify(key)}: `;
                  return label + lines(held, inner, label.length);
              });
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    return `${open ?? ""}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close ?? ""}`;
}

function oneLine(value: unknown): string {
    if (Array.isArray(value)) {
        return `[${value.map(oneLine).join(", ")}]`;
    }
    if (isRecord(value)) {
        const parts = Object.entries(value)
            .filter(([, held]) => held !== undefined)
            .map(([key, held]) => `${JSON.stringify(key)}: ${oneLine(held)}`);
        return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
    }
    return JSON.stringify(value);
}

function problem(issue: z.core.$ZodIssue, content: unknown): string {
    const place = issue.path.map(String).join(".") || "the file";
    if (issue.code === "unrecognized_keys") {
        return `${place}: nothing reads ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; remove it or mend its spelling`;
    }
    const given = issue.path.reduce<unknown>(
        (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
        content,
    );
    const shown = given === undefined ? "nothing" : oneLine(given);
    return `${place}: ${issue.message}; given: ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`;
}
