import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program to run. */
export interface Command {
    readonly program: string;
    readonly args: readonly string[];
    readonly cwd: string;
    /** The whole environment: nothing is inherited. */
    readonly environment: Readonly<Record<string, string>>;
    /** Told every line as it comes. */
    readonly onLine?: ((line: string) => void) | undefined;
    /** Asks the program to stop, as Ctrl-C does. */
    readonly signal?: AbortSignal | undefined;
}

/** What came of it. */
export interface Outcome {
    readonly code: number;
    readonly stdout: string;
    /** Both streams, line by line as they came. */
    readonly lines: readonly string[];
}

/** Runs a program to its end; a code other than 0 is an outcome, not an error. */
export async function run({ program, args, cwd, environment, onLine, signal }: Command): Promise<Outcome> {
    const child = spawn(program, args, { cwd, env: { ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    const stop = (): void => {
        child.kill("SIGINT");
    };
    signal?.addEventListener("abort", stop);
    const lines: string[] = [];
    const stdout: string[] = [];
    const note = (line: string): void => {
        lines.push(line);
        onLine?.(line);
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
        stdout.push(line);
        note(line);
    });
    createInterface({ input: child.stderr }).on("line", note);
    try {
        const code = await new Promise<number>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (exitCode) => {
                resolve(exitCode ?? 1);
            });
        });
        return { code, stdout: stdout.join("\n"), lines };
    } finally {
        signal?.removeEventListener("abort", stop);
    }
}
