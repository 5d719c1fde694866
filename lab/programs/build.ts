import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as path from "node:path";

import { cacheDirectory } from "../cache";
import { withLock } from "../lock";
import { buildFlags, programBuilds, type ProgramBuild } from "./program-key";

/** Seconds that each program took on the machine named there, with nothing compiled before it. */
interface Measured {
    readonly machine: string;
    readonly seconds: Readonly<Record<string, number>>;
}

/** For a program nobody measured yet. */
const unmeasuredSeconds = 60;

/** The slowest program takes a fifth of this on a busy machine. */
const limitMinutes = 40;

export function expectedSeconds(): Readonly<Record<string, number>> {
    return (JSON.parse(readFileSync(path.join(__dirname, "measured.json"), "utf8")) as Measured).seconds;
}

/** About how long the given programs take to build, in seconds, by the measured table. */
export function secondsLeft(names: readonly string[], measured = expectedSeconds()): number {
    return names.reduce((sum, name) => sum + (measured[name] ?? unmeasuredSeconds), 0);
}

/** `90` is "1.5 min", `20` is "20 s". */
export function duration(seconds: number): string {
    return seconds < 60 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** Runs `go build` into a scratch folder of this process and moves the finished program into its place. */
async function buildOne(build: ProgramBuild): Promise<void> {
    const scratch = path.join(cacheDirectory(), "bin", `.building-${process.pid.toString()}`);
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { recursive: true });
    try {
        const unfinished = path.join(scratch, build.program);
        const flags = [...buildFlags];
        const command = ["build", "-p", "2", ...flags, "-ldflags", build.linkerFlags, "-o", unfinished, build.package];
        await go(command, build);
        mkdirSync(path.dirname(build.output), { recursive: true });
        renameSync(unfinished, build.output);
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}

/**
 * Runs `go`, which downloads modules too, to its end.
 *
 * @param limitMs - after so long it is ended: a proxy that never answers would hold everything up for ever
 * @throws Error with the end of what it said, or, when it was ended, with how to go on
 */
export function go(
    command: readonly string[],
    build: Pick<ProgramBuild, "program" | "package" | "module">,
    limitMs = limitMinutes * 60_000,
): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = spawn("go", command, {
            cwd: build.module,
            // GOFLAGS and GOWORK of the user must not change what is built; the proxy settings are the user's own.
            env: { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64", GOFLAGS: "", GOWORK: "off" },
            stdio: ["ignore", "ignore", "pipe"],
        });
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => {
            said = (said + chunk.toString()).slice(-4000);
        });
        const limit = setTimeout(() => {
            child.kill("SIGKILL");
            // Compilers that it started may hold its output open for a while.
            child.stderr.destroy();
            reject(
                new Error(
                    `${build.program} was not built within ${duration(limitMs / 1000)}: go build ${build.package} (in ${build.module}) was ended. ` +
                        "Programs that are built are kept: see that the module proxy answers (`go env GOPROXY`) and run the same command again." +
                        (said === "" ? "" : `\nIt said:\n${said}`),
                ),
            );
        }, limitMs);
        child.on("error", (error) => {
            clearTimeout(limit);
            reject(error);
        });
        child.on("close", (code) => {
            clearTimeout(limit);
            if (code === 0) {
                resolve();
            } else {
                reject(new Error(`go build ${build.package} (in ${build.module}) failed:\n${said}`));
            }
        });
    });
}

/**
 * Builds every program that the cache does not hold yet, one after another, and says what it does and about how long is
 * left. With everything in the cache it returns at once. An interrupted build leaves finished programs and nothing half
 * done.
 *
 * @returns the absolute path of every program, by name.
 */
export async function buildPrograms(log: (line: string) => void): Promise<Record<string, string>> {
    const builds = programBuilds();
    const missing = (): ProgramBuild[] => builds.filter(({ output }) => !existsSync(output));
    if (missing().length > 0) {
        const lock = path.join(cacheDirectory(), "bin");
        const waiting = (): void => {
            log("another process is building the lab's programs: waiting for it");
        };
        await withLock(lock, { seconds: 2 * 3600, waiting }, () => buildMissing(builds.length, missing(), log));
    }
    return Object.fromEntries(builds.map(({ program, output }) => [program, output]));
}

async function buildMissing(
    total: number,
    waiting: readonly ProgramBuild[],
    log: (line: string) => void,
): Promise<void> {
    let done = total - waiting.length;
    for (const [index, build] of waiting.entries()) {
        const left = secondsLeft(waiting.slice(index).map(({ program }) => program));
        log(`building ${build.program} (${done.toString()}/${total.toString()} done, about ${duration(left)} left)`);
        const start = Date.now();
        await buildOne(build);
        done += 1;
        log(`built ${build.program} in ${((Date.now() - start) / 1000).toFixed(0)} s`);
    }
}
