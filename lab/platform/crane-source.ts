import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import * as path from "node:path";
import { moduleFolder } from "../../locks/source";
import { runProgram } from "../cluster/run-program";

/** A real Go program, at a fixed version, its source as published. */
const CRANE = { module: "github.com/google/go-containerregistry", version: "v0.22.1" } as const;

/**
 * Writes the module's source untouched into a folder, its dependencies vendored, so that it builds without a network. What an
 * earlier run left in the folder is removed.
 */
export async function writeCraneSource(folder: string): Promise<void> {
    const module = await moduleFolder({ source: { module: CRANE.module }, version: CRANE.version });
    if (existsSync(folder)) {
        rmSync(folder, { recursive: true });
    }
    mkdirSync(path.dirname(folder), { recursive: true });
    cpSync(module, folder, { recursive: true });
    // The module cache is read-only, and its copy would be too.
    await runProgram(["chmod", "-R", "u+w", folder]);
    await go(folder, ["mod", "vendor"]);
}

/** Runs the machine's go, with the caller's own settings: it needs the module proxy. */
async function go(folder: string, args: string[]): Promise<string> {
    const { PATH = "", HOME = "", GOPROXY, GOFLAGS, GOSUMDB, GOMODCACHE } = process.env;
    const given = { GOPROXY, GOFLAGS, GOSUMDB, GOMODCACHE };
    const env = Object.fromEntries(
        Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    const { stdout } = await runProgram(["go", "-C", folder, ...args], { env: { PATH, HOME, ...env }, timeout: 600 });
    return stdout.trim();
}

/** What the source itself says is its version: its own `crane version`, built from the same folder. */
export async function craneVersion(folder: string): Promise<string> {
    return go(folder, ["run", "-mod=vendor", "-trimpath", "-buildvcs=false", "./cmd/crane", "version"]);
}
