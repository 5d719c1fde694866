import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import * as path from "node:path";

import { cacheDirectory } from "../cache";
import { groups, type ProgramGroup, type ProgramSource } from "./groups";

/** How every program is built: static, without paths of the building machine, without symbol tables. */
export const buildFlags: readonly string[] = ["-trimpath", "-buildvcs=false", "-mod=readonly"];

/** A program, where it is built and where the result is kept. */
export interface ProgramBuild {
    readonly program: string;
    readonly package: string;
    /** The folder with go.mod and go.sum. */
    readonly module: string;
    readonly linkerFlags: string;
    /** Absolute path of the finished program in the cache: it exists only when the build is complete. */
    readonly output: string;
}

let goVersion: string | undefined;

/** The Go toolchain in use, such as `go1.26.8`. Throws a message for the reader when there is none. */
export function goToolchain(): string {
    try {
        goVersion ??= execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
    } catch {
        throw new Error("The lab builds its programs with Go, and no `go` is on PATH: install Go 1.26 or newer.");
    }
    return goVersion;
}

function linkerFlags(group: ProgramGroup): string {
    const stamps = Object.entries(group.stamp ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    return ["-s", "-w", ...stamps].join(" ");
}

/** How a program is built from its module. */
export interface BuildRecipe {
    readonly package: string;
    readonly linkerFlags: string;
    readonly toolchain: string;
}

/**
 * Sixteen hexadecimal digits over everything that decides what comes out of a build: pinned modules, our own Go files,
 * package, flags and toolchain.
 *
 * @param files contents of the module's files by name.
 */
export function programKey(files: Readonly<Record<string, string>>, recipe: BuildRecipe): string {
    const hash = createHash("sha256");
    const parts = Object.keys(files)
        .sort()
        .flatMap((name) => [name, files[name] ?? ""]);
    const { package: built, linkerFlags: flags, toolchain } = recipe;
    for (const part of [...parts, built, ...buildFlags, flags, toolchain, "linux/amd64", "CGO_ENABLED=0"]) {
        hash.update(part).update("\0");
    }
    return hash.digest("hex").slice(0, 16);
}

function moduleFiles(module: string): Record<string, string> {
    const names = readdirSync(module).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
    return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(module, name), "utf8")]));
}

/** All programs with their places in the cache, in the order of building. Reads a few files and asks Go its version. */
export function programBuilds(): ProgramBuild[] {
    const toolchain = goToolchain();
    return groups.flatMap((group) => {
        const module = path.join(__dirname, group.name);
        const files = moduleFiles(module);
        const flags = linkerFlags(group);
        const key = (source: ProgramSource): string =>
            programKey(files, { package: source.package, linkerFlags: flags, toolchain });
        return group.programs.map((source) => ({
            program: source.program,
            package: source.package,
            module,
            linkerFlags: flags,
            output: path.join(cacheDirectory(), "bin", key(source), source.program),
        }));
    });
}

/**
 * Absolute path of every program of the lab, by name. Throws when one is not built yet, and names the command that
 * builds it.
 */
export function programs(): Record<string, string> {
    const builds = programBuilds();
    const missing = builds.filter(({ output }) => !existsSync(output)).map(({ program }) => program);
    if (missing.length > 0) {
        throw new Error(
            `Not built yet: ${missing.join(", ")}. Build them with: node -r ts-node/register lab/main.ts programs`,
        );
    }
    return Object.fromEntries(builds.map(({ program, output }) => [program, output]));
}
