import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** What stands at one path of a layer. Paths have no leading slash. Everything belongs to root unless `owner` is given. */
export type Entry = { readonly path: string; readonly mode: number; readonly owner?: number } & (
    | { readonly kind: "directory" }
    | { readonly kind: "file"; readonly source: string; readonly size: number; readonly modified: number }
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "link"; readonly target: string }
);

const block = 512;

/** Splits a path into the two fields that the ustar format has for it. */
function splitPath(path: string): { prefix: string; name: string } {
    if (Buffer.byteLength(path) <= 100) {
        return { prefix: "", name: path };
    }
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
        const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
        if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) {
            return { prefix, name };
        }
    }
    throw new Error(`"${path}" is too long for a ustar archive: 155 bytes of folders and 100 of name are allowed.`);
}

function sizeOf(entry: Entry): number {
    if (entry.kind === "file") {
        return entry.size;
    }
    return entry.kind === "text" ? Buffer.byteLength(entry.text) : 0;
}

const typeFlags = { file: "0", text: "0", link: "2", directory: "5" } as const;

/** The ustar header of an entry: no time, no user names, so that the same files give the same bytes anywhere. */
export function header(entry: Entry): Buffer {
    const bytes = Buffer.alloc(block);
    const octal = (value: number, offset: number, length: number): void => {
        bytes.write(value.toString(8).padStart(length - 1, "0"), offset, length - 1, "ascii");
    };
    const { prefix, name } = splitPath(entry.kind === "directory" ? `${entry.path}/` : entry.path);
    bytes.write(name, 0, 100, "utf8");
    octal(entry.mode, 100, 8);
    octal(entry.owner ?? 0, 108, 8);
    octal(entry.owner ?? 0, 116, 8);
    octal(sizeOf(entry), 124, 12);
    octal(0, 136, 12);
    bytes.fill(" ", 148, 156);
    bytes.write(typeFlags[entry.kind], 156, 1, "ascii");
    if (entry.kind === "link") {
        if (Buffer.byteLength(entry.target) > 100) {
            throw new Error(`The link "${entry.path}" points to "${entry.target}": ustar allows 100 bytes.`);
        }
        bytes.write(entry.target, 157, 100, "utf8");
    }
    bytes.write("ustar\x0000", 257, 8, "latin1");
    bytes.write(prefix, 345, 155, "utf8");
    const sum = bytes.reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
    return bytes;
}

/** Adds the parent folders nobody named (mode 0755) and sorts: the order of an archive is part of its digest. */
export function complete(entries: readonly Entry[]): Entry[] {
    const byPath = new Map<string, Entry>();
    for (const entry of entries) {
        const parts = entry.path.split("/");
        for (let depth = 1; depth < parts.length; depth += 1) {
            const path = parts.slice(0, depth).join("/");
            if (!byPath.has(path)) {
                byPath.set(path, { kind: "directory", path, mode: 0o755 });
            }
        }
        byPath.set(entry.path, entry);
    }
    return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Writes an uncompressed tar archive. Uncompressed, because it never leaves this machine, and because then the digest
 * depends on no compressor's version.
 *
 * @returns the archive's sha256 (hex) and size in bytes.
 */
export function writeTar(file: string, entries: readonly Entry[]): { digest: string; size: number } {
    const hash = createHash("sha256");
    const output = openSync(file, "w");
    let size = 0;
    const put = (bytes: Buffer): void => {
        hash.update(bytes);
        writeSync(output, bytes);
        size += bytes.length;
    };
    const pad = (): void => {
        if (size % block !== 0) {
            put(Buffer.alloc(block - (size % block)));
        }
    };
    try {
        for (const entry of complete(entries)) {
            put(header(entry));
            if (entry.kind === "text") {
                put(Buffer.from(entry.text));
            } else if (entry.kind === "file") {
                copyFile(entry.source, entry.size, put);
            }
            pad();
        }
        put(Buffer.alloc(2 * block));
    } finally {
        closeSync(output);
    }
    return { digest: hash.digest("hex"), size };
}

function copyFile(source: string, size: number, put: (bytes: Buffer) => void): void {
    const input = openSync(source, "r");
    try {
        const buffer = Buffer.alloc(1 << 20);
        let copied = 0;
        for (let count = readSync(input, buffer); count > 0; count = readSync(input, buffer)) {
            copied += count;
            put(buffer.subarray(0, count));
        }
        if (copied !== size) {
            throw new Error(
                `"${source}" changed while it was read: ${size.toString()} bytes expected, ${copied.toString()} read.`,
            );
        }
    } finally {
        closeSync(input);
    }
}
