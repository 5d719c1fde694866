import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import * as path from "node:path";

import type { Entry } from "./tar";

/** A file of this machine at a path of the image; links are followed. */
export function file(source: string, target: string, mode?: number): Entry {
    const real = realpathSync(source);
    const { size, mtimeMs, mode: own } = statSync(real);
    return { kind: "file", path: target, mode: mode ?? own & 0o777, source: real, size, modified: mtimeMs };
}

/** A program at a path of the image. */
export function executable(source: string, target: string): Entry {
    return file(source, target, 0o755);
}

export function text(target: string, content: string): Entry {
    return { kind: "text", path: target, mode: 0o644, text: content };
}

export function directory(target: string, mode: number, owner?: number): Entry {
    return { kind: "directory", path: target, mode, ...(owner === undefined ? {} : { owner }) };
}

export function link(target: string, pointsTo: string): Entry {
    return { kind: "link", path: target, mode: 0o777, target: pointsTo };
}

/** Everything below a folder whose path relative to it passes the filter. A refused folder is not entered. */
export function tree(source: string, target: string, keep: (relative: string) => boolean = () => true): Entry[] {
    const entries: Entry[] = [];
    const walk = (relative: string): void => {
        for (const item of readdirSync(path.join(source, relative), { withFileTypes: true })) {
            const below = path.join(relative, item.name);
            if (!keep(below)) {
                continue;
            }
            const [from, to] = [path.join(source, below), path.join(target, below)];
            if (item.isDirectory()) {
                entries.push(directory(to, 0o755));
                walk(below);
            } else if (item.isSymbolicLink()) {
                entries.push(link(to, readlinkSync(from)));
            } else if (item.isFile()) {
                entries.push(file(from, to));
            }
        }
    };
    walk("");
    return entries;
}

/** Where Debian keeps shared libraries; its loader looks there without being told. */
const libraryFolders = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];

/**
 * Programs of an unpacked Debian root with every shared library that its own loader finds for them in that root. Throws
 * when a library is missing there.
 *
 * @param root the unpacked file system root.
 * @param programs paths in it; the first form is at the same path of the image.
 */
export function debianPrograms(root: string, programs: readonly string[]): Entry[] {
    const loader = path.join(root, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    const folders = libraryFolders.map((folder) => path.join(root, folder)).join(":");
    const entries = new Map<string, Entry>();
    entries.set("lib64/ld-linux-x86-64.so.2", executable(loader, "lib64/ld-linux-x86-64.so.2"));
    for (const program of programs) {
        const source = path.join(root, program);
        if (!realpathSync(source).startsWith(`${root}/`)) {
            throw new Error(
                `${program} of the unpacked Debian packages leads out of ${root}: to ${realpathSync(source)}.`,
            );
        }
        entries.set(program, executable(source, program));
        const listed = execFileSync(loader, ["--list", "--library-path", folders, realpathSync(source)], {
            encoding: "utf8",
        });
        for (const [, library, found] of listed.matchAll(/^\s+(\S+) => (not found|\S+)/gm)) {
            if (found === undefined || !found.startsWith(`${root}/`)) {
                throw new Error(
                    `${program} of the unpacked Debian packages needs ${String(library)}: ${String(found)}.`,
                );
            }
            const target = path.relative(root, found);
            entries.set(target, file(found, target));
        }
    }
    return [...entries.values()];
}
