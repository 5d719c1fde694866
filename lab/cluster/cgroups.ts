import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
    readonly mount: string;
    readonly version: 1 | 2;
    readonly controllers: readonly string[];
}

/** The cgroup hierarchies in a text such as /proc/mounts. */
export function parseHierarchies(mounts: string): Hierarchy[] {
    const found: Hierarchy[] = [];
    for (const line of mounts.split("\n")) {
        const [, mount, type, options] = line.split(" ");
        if (mount !== undefined && options !== undefined && (type === "cgroup" || type === "cgroup2")) {
            found.push({ mount, version: type === "cgroup" ? 1 : 2, controllers: options.split(",") });
        }
    }
    return found;
}

function hierarchies(): Hierarchy[] {
    return parseHierarchies(readFileSync("/proc/mounts", "utf8"));
}

/** The hierarchy by which the lab finds its own processes: v1's `pids`, or the one of v2. */
function tracking(all: readonly Hierarchy[]): Hierarchy {
    const found =
        all.find(({ controllers }) => controllers.includes("pids")) ?? all.find(({ version }) => version === 2);
    if (found === undefined) {
        throw new Error(
            "No cgroup hierarchy with the pids controller is mounted, so the lab could not find its processes.",
        );
    }
    return found;
}

/**
 * Creates the lab's folder in every v1 hierarchy (the kubelet's `cgroupRoot`), or in the v2 one.
 *
 * @returns the file into which a process writes its id to belong to the lab's own daemons.
 */
export function createCgroups(name: string): string {
    const all = hierarchies();
    const one = all.filter(({ version }) => version === 1);
    for (const { mount, controllers } of one.length > 0 ? one : all) {
        const folder = path.join(mount, name);
        mkdirSync(folder, { recursive: true });
        if (controllers.includes("cpuset")) {
            for (const setting of ["cpuset.cpus", "cpuset.mems"]) {
                writeFileSync(path.join(folder, setting), readFileSync(path.join(mount, setting), "utf8"));
            }
        }
    }
    const daemons = path.join(tracking(all).mount, name, "daemons");
    mkdirSync(daemons, { recursive: true });
    return path.join(daemons, "cgroup.procs");
}

/** The folder and all folders below it, the deepest first. */
function withChildren(folder: string): string[] {
    if (!existsSync(folder)) {
        return [];
    }
    const children = readdirSync(folder, { withFileTypes: true }).filter((item) => item.isDirectory());
    return [...children.flatMap(({ name }) => withChildren(path.join(folder, name))), folder];
}

/** Ids of every process of the lab: its daemons and all containers of its pods. */
export function cgroupProcesses(name: string): number[] {
    const all = hierarchies();
    return withChildren(path.join(tracking(all).mount, name)).flatMap((folder) => {
        try {
            return readFileSync(path.join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
        } catch {
            return []; // The folder went away while we looked.
        }
    });
}

/**
 * Ends every process of the lab and removes its folders from all hierarchies. Throws when a process or a folder will not
 * go within ten seconds.
 */
export async function removeCgroups(name: string): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (let processes = cgroupProcesses(name); processes.length > 0; processes = cgroupProcesses(name)) {
        if (Date.now() > deadline) {
            throw new Error(`Processes of ${name} do not end: ${processes.join(", ")}.`);
        }
        for (const pid of processes) {
            try {
                process.kill(pid, "SIGKILL");
            } catch {
                // It ended by itself meanwhile.
            }
        }
        await sleep(20);
    }
    for (;;) {
        const left = hierarchies().flatMap(({ mount }) => withChildren(path.join(mount, name)));
        if (left.length === 0) {
            return;
        }
        if (Date.now() > deadline) {
            throw new Error(`cgroup folders of ${name} cannot be removed: ${left.join(", ")}.`);
        }
        for (const folder of left) {
            try {
                rmdirSync(folder);
            } catch {
                // Busy until the kernel has buried the last process in it; the loop comes back.
            }
        }
        await sleep(20);
    }
}
