import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import * as path from "node:path";
import { moduleFolder } from "../../locks/source";
import type { Lab } from "../lab";
import { runProgram } from "../cluster/run-program";

/** What the lab builds: a real Go program, at a fixed version, its source as published. */
export const SAMPLE = { module: "github.com/google/go-containerregistry", version: "v0.22.1" } as const;

/** The git server's repository that holds it. */
export const REPOSITORY = "crane";

/** Where a lab's working copy of the sample is. */
export function sampleFolder(lab: Lab): string {
    return path.join(lab.stateDir, "sample");
}

/** A working copy of the sample repository, and what can be done with it. */
export interface SampleSource {
    folder: string;
    /** Commits what was changed in the folder. Returns the commit's full SHA. */
    commit(message: string): Promise<string>;
    /** Full SHA of the current commit. */
    head(): Promise<string>;
    /** Pushes the current commit to a branch, as a merge does. */
    push(branch: string): Promise<void>;
}

/**
 * A git working copy of the sample: the module's source untouched, its dependencies vendored, so that it builds without a
 * network. What an earlier run left in the folder is removed.
 *
 * @param url - the repository to push to
 */
export async function sampleSource(folder: string, url: string): Promise<SampleSource> {
    const module = await moduleFolder({ source: { module: SAMPLE.module }, version: SAMPLE.version });
    if (existsSync(folder)) {
        rmSync(folder, { recursive: true });
    }
    mkdirSync(path.dirname(folder), { recursive: true });
    cpSync(module, folder, { recursive: true });
    // The module cache is read-only, and its copy would be too.
    await runProgram(["chmod", "-R", "u+w", folder]);
    await go(folder, ["mod", "vendor"]);
    const git = (...args: string[]): Promise<unknown> => runProgram(["git", "-C", folder, ...args]);
    await git("init", "--quiet", "--initial-branch=main");
    await git("config", "user.name", "Developer");
    await git("config", "user.email", "developer@example.com");
    await git("remote", "add", "origin", url);
    return workingCopy(folder);
}

/** The working copy that {@link sampleSource} made in a folder. */
export function workingCopy(folder: string): SampleSource {
    const git = (...args: string[]): Promise<string> =>
        runProgram(["git", "-C", folder, ...args]).then(({ stdout }) => stdout.trim());
    return {
        folder,
        commit: async (message) => {
            await git("add", "--all", "--force");
            await git("commit", "--quiet", "--allow-empty", "--message", message);
            return git("rev-parse", "HEAD");
        },
        head: () => git("rev-parse", "HEAD"),
        push: async (branch) => {
            await git("push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
        },
    };
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

/** What the source itself says is its version: the sample's own `crane version`, built from the same folder. */
export async function sampleVersion(source: SampleSource): Promise<string> {
    return go(source.folder, ["run", "-mod=vendor", "-trimpath", "-buildvcs=false", "./cmd/crane", "version"]);
}
