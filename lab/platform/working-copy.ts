import * as path from "node:path";
import { runProgram } from "../cluster/run-program";
import type { Lab } from "../lab";

/** A working copy of a source repository, and what can be done with it. */
export interface WorkingCopy {
    readonly folder: string;
    /** Commits what was changed in the folder. Returns the commit's full SHA. */
    commit(message: string): Promise<string>;
    /** Full SHA of the current commit. */
    head(): Promise<string>;
    /** Full SHA of the one before it. */
    previous(): Promise<string>;
    /** Pushes the current commit to a branch, as a merge does. */
    push(branch: string): Promise<void>;
}

/** Where a lab's working copy of a repository is. */
export function workingFolder(lab: Lab, repository: string): string {
    return path.join(lab.stateDir, "sources", repository);
}

/** Makes a folder with a source in it a working copy. @param url - the repository to push to */
export async function initWorkingCopy(folder: string, url: string): Promise<WorkingCopy> {
    const git = (...args: string[]): Promise<unknown> => runProgram(["git", "-C", folder, ...args]);
    await git("init", "--quiet", "--initial-branch=main");
    await git("config", "user.name", "Developer");
    await git("config", "user.email", "developer@example.com");
    await git("remote", "add", "origin", url);
    return workingCopy(folder);
}

/** The working copy that {@link initWorkingCopy} made of a folder. */
export function workingCopy(folder: string): WorkingCopy {
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
        previous: () => git("rev-parse", "HEAD~1"),
        push: async (branch) => {
            await git("push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
        },
    };
}
