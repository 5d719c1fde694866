import { spawnSync } from "node:child_process";
import { PROJECT_FOLDER } from "../../plan/project";

/** How a run of `slsa` ended. */
export interface Ended {
    status: number | null;
    stdout: string;
    stderr: string;
}

/** Runs `slsa` from its sources, as `npm run slsa` does. */
export function slsa(...args: string[]): Ended {
    return ended(process.execPath, ["-r", "ts-node/register", "cli/slsa.ts", ...args]);
}

/** Runs a program in the project's folder. */
export function ended(program: string, args: string[], folder = PROJECT_FOLDER): Ended {
    const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    if (error !== undefined) {
        throw error;
    }
    return { status, stdout, stderr };
}
