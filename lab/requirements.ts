import { accessSync, constants, mkdirSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import * as path from "node:path";

import { cacheDirectory } from "./cache";
import { privateFolders } from "./cluster/namespace";

const gibibyte = 1024 ** 3;

/** What the lab needs of a machine. Measured: see lab/README.md. */
export const needs = {
    /** Free disk for building everything from nothing, the Go caches included, and for a running lab. */
    coldDisk: 30 * gibibyte,
    /** Free disk for a running lab when everything is built. */
    warmDisk: 8 * gibibyte,
    memory: 6 * gibibyte,
} as const;

/** The machine, as far as the lab asks. */
export interface Machine {
    readonly platform: string;
    readonly architecture: string;
    readonly root: boolean;
    /** Whether a program of that name is on PATH. */
    readonly has: (program: string) => boolean;
    readonly totalMemory: number;
    readonly freeDisk: number;
    readonly cache: string;
}

const programsNeeded: Readonly<Record<string, string>> = {
    go: "Go 1.26 or newer (https://go.dev/dl)",
    "apt-get": "a Debian 12 system (the container runtime and some images come from its packages)",
    "dpkg-deb": "a Debian 12 system",
    git: "git, with its http-backend (Debian's package git)",
    unshare: "util-linux",
    nsenter: "util-linux",
    flock: "util-linux",
    mount: "mount",
};

/** Everything that keeps the lab from running on this machine, each with its cure; empty when nothing does. */
export function unmetNeeds(machine: Machine, everythingBuilt: boolean): string[] {
    const problems: string[] = [];
    if (machine.platform !== "linux" || machine.architecture !== "x64") {
        problems.push(`it runs on Linux on x86-64, and this is ${machine.platform} on ${machine.architecture}`);
        return problems;
    }
    if (!machine.root) {
        problems.push("it makes namespaces, mounts and cgroups, so it must be run as root");
    }
    for (const [program, source] of Object.entries(programsNeeded)) {
        if (!machine.has(program)) {
            problems.push(`it needs \`${program}\`, which is not on PATH: install ${source}`);
        }
    }
    const amount = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;
    if (machine.totalMemory < needs.memory) {
        problems.push(
            `it needs ${amount(needs.memory)} of memory, and this machine has ${amount(machine.totalMemory)}`,
        );
    }
    const disk = everythingBuilt ? needs.warmDisk : needs.coldDisk;
    if (machine.freeDisk < disk) {
        problems.push(
            `it needs ${amount(disk)} of free disk, and ${machine.cache} has ${amount(machine.freeDisk)}: ` +
                "free some, or set SLSA_LAB_CACHE to a folder on another disk",
        );
    }
    const hiding = privateFolders.find((folder) => machine.cache.startsWith(`${folder}/`));
    if (hiding !== undefined) {
        problems.push(`its node hides ${hiding}, in which ${machine.cache} lies: set SLSA_LAB_CACHE to another folder`);
    }
    return problems;
}

function onPath(program: string): boolean {
    return (process.env["PATH"] ?? "").split(":").some((folder) => {
        try {
            accessSync(path.join(folder, program), constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}

export function thisMachine(): Machine {
    const cache = cacheDirectory();
    mkdirSync(cache, { recursive: true });
    const { bavail, bsize } = statfsSync(cache);
    return {
        platform: process.platform,
        architecture: process.arch,
        root: process.getuid?.() === 0,
        has: onPath,
        totalMemory: totalmem(),
        freeDisk: bavail * bsize,
        cache,
    };
}

/** Throws one message with everything that is missing. */
export function requireMachine(everythingBuilt: boolean): void {
    const problems = unmetNeeds(thisMachine(), everythingBuilt);
    if (problems.length > 0) {
        throw new Error(`The lab cannot run here:\n- ${problems.join("\n- ")}`);
    }
}
