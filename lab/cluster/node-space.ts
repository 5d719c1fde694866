import { spawn } from "node:child_process";
import {
    closeSync,
    existsSync,
    mkdirSync,
    openSync,
    readFileSync,
    readdirSync,
    readlinkSync,
    writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { alive, identify, type ProcessIdentity } from "./claims";
import { baseEnvironment, runProgram, type RunOptions, type RunResult } from "./run-program";

/** The last lines of a log. */
export function tail(file: string, lines = 12): string {
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n") : "(no log)";
}

/** The node's own network and mount namespaces, and what runs in them. */
export class NodeSpace {
    constructor(
        /** The process that keeps the namespaces. */
        readonly holder: ProcessIdentity,
        /** Where a process writes its id to be found, and ended, as one of the lab's. */
        private readonly processFile: string,
        readonly stateDir: string,
    ) {}

    /** Starts the process that holds new, empty namespaces. */
    static async create(processFile: string, stateDir: string): Promise<NodeSpace> {
        const unshare = ["unshare", "--net", "--mount", "--propagation", "private", "sleep", "infinity"];
        const child = spawn("sh", ["-c", joinCgroup, "sh", processFile, ...unshare], {
            env: baseEnvironment,
            stdio: "ignore",
            detached: true,
        });
        child.unref();
        const own = namespaceOf(process.pid);
        for (let tries = 0; tries < 200; tries += 1) {
            const holder = child.pid === undefined ? undefined : identify(child.pid);
            if (holder !== undefined && programOf(holder.pid) === "sleep" && namespaceOf(holder.pid) !== own) {
                return new NodeSpace(holder, processFile, stateDir);
            }
            await sleep(10);
        }
        throw new Error("The node's namespaces could not be made: is `unshare --net --mount` allowed here?");
    }

    /** The command that runs the given one inside the namespaces, as one of the lab's processes. */
    enter(command: readonly string[]): string[] {
        if (!alive(this.holder)) {
            throw new Error("This lab is not up any more: the process that holds its namespaces is gone.");
        }
        const nsenter = ["nsenter", "--target", this.holder.pid.toString(), "--net", "--mount", "--"];
        return ["sh", "-c", joinCgroup, "sh", this.processFile, ...nsenter, ...command];
    }

    /** Runs a program in the namespaces to its end. Throws {@link CommandError} unless it ends with code 0. */
    run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
        return runProgram(this.enter(command), { ...options, env: { HOME: this.stateDir, ...options.env } });
    }

    logFile(daemon: string): string {
        return path.join(this.stateDir, "logs", `${daemon}.log`);
    }

    private identityFile(daemon: string): string {
        return path.join(this.stateDir, "daemons", `${daemon}.json`);
    }

    /** Starts a program that runs until the lab goes down; what it says goes to `logs/<name>.log`. */
    spawnDaemon(name: string, command: readonly string[], options: Pick<RunOptions, "env"> = {}): void {
        const [program = "", ...rest] = this.enter(command);
        mkdirSync(path.dirname(this.logFile(name)), { recursive: true });
        mkdirSync(path.dirname(this.identityFile(name)), { recursive: true });
        const log = openSync(this.logFile(name), "a");
        try {
            const child = spawn(program, rest, {
                cwd: "/",
                env: { ...baseEnvironment, HOME: this.stateDir, ...options.env },
                stdio: ["ignore", log, log],
                detached: true,
            });
            child.on("error", () => undefined); // Found by daemonAlive.
            child.unref();
            const identity = child.pid === undefined ? undefined : identify(child.pid);
            writeFileSync(this.identityFile(name), JSON.stringify(identity ?? null));
        } finally {
            closeSync(log);
        }
    }

    daemonAlive(name: string): boolean {
        const identity = JSON.parse(readFileSync(this.identityFile(name), "utf8")) as ProcessIdentity | null;
        return alive(identity ?? undefined);
    }

    /** Throws, with its last log lines, when a daemon that was started is not running any more. */
    requireDaemons(): void {
        for (const file of readdirSync(path.join(this.stateDir, "daemons"))) {
            const name = path.basename(file, ".json");
            if (!this.daemonAlive(name)) {
                throw new Error(`${name} has ended. Last lines of ${this.logFile(name)}:\n${tail(this.logFile(name))}`);
            }
        }
    }

    /**
     * Asks ten times a second until `ready` is true. Throws, with the last lines of the daemon's log, when the daemon has
     * ended or the time is over.
     */
    async waitFor(what: string, daemon: string, seconds: number, ready: () => Promise<boolean>): Promise<void> {
        const deadline = Date.now() + seconds * 1000;
        for (;;) {
            if (await ready().catch(() => false)) {
                return;
            }
            const dead = !this.daemonAlive(daemon);
            if (dead || Date.now() > deadline) {
                const why = dead ? `${daemon} has ended` : `not within ${seconds.toString()} s`;
                throw new Error(
                    `${what}: ${why}. Last lines of ${this.logFile(daemon)}:\n${tail(this.logFile(daemon))}`,
                );
            }
            await sleep(100);
        }
    }
}

/** A shell line that puts its own process into the cgroup named first and becomes the command that follows. */
const joinCgroup = 'echo $$ > "$1" && shift && exec "$@"';

function programOf(pid: number): string | undefined {
    try {
        return readFileSync(`/proc/${pid.toString()}/comm`, "utf8").trim();
    } catch {
        return undefined;
    }
}

function namespaceOf(pid: number): string | undefined {
    try {
        return readlinkSync(`/proc/${pid.toString()}/ns/net`);
    } catch {
        return undefined;
    }
}
