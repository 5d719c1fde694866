import { spawn } from "node:child_process";

export interface RunOptions {
    /** Written to the program's standard input. */
    readonly input?: string;
    /** Added to the lab's own small environment (HOME is its state folder); nothing of the caller's is passed on. */
    readonly env?: Readonly<Record<string, string>>;
    /** Seconds until it is ended; 120 unless told. */
    readonly timeout?: number;
}

export interface RunResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** A program that ended with another code than 0. The message carries the end of what it said. */
export class CommandError extends Error {
    constructor(
        command: readonly string[],
        readonly result: RunResult,
    ) {
        const said = (result.stderr === "" ? result.stdout : result.stderr).trim().slice(-2000);
        super(`${command.join(" ")} ended with code ${result.code.toString()}: ${said}`);
    }
}

/** Runs a program of this machine, without a shell. Throws {@link CommandError} unless it ends with code 0. */
export function runProgram(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const [program, ...rest] = command;
    if (program === undefined) {
        throw new Error("An empty command cannot be run.");
    }
    const limit = options.timeout ?? 120;
    return new Promise((resolve, reject) => {
        const child = spawn(program, rest, {
            env: { ...baseEnvironment, ...options.env },
            stdio: ["pipe", "pipe", "pipe"],
            timeout: limit * 1000,
            killSignal: "SIGKILL",
        });
        let [stdout, stderr] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        child.stdin.on("error", () => undefined); // It may end without reading.
        child.stdin.end(options.input ?? "");
        child.on("error", reject);
        child.on("close", (code, signal) => {
            const ended = signal === null ? "" : `\nended by ${signal} (limit ${limit.toString()} s)`;
            const result = { code: code ?? 1, stdout, stderr: stderr + ended };
            if (code === 0) {
                resolve(result);
            } else {
                reject(new CommandError(command, result));
            }
        });
    });
}

/** All that a program of the lab gets to know of its caller. */
export const baseEnvironment = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
};
