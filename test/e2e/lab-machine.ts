import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** What a lab could leave behind on a machine, as sorted lines by kind. */
export type MachineState = Readonly<Record<string, readonly string[]>>;

/** Settings that change by themselves while a machine runs. */
const volatileSettings =
    /^(fs\.|kernel\.(random|ns_last_pid|pty\.nr|perf_event|threads|sched_)|net\.netfilter\.nf_conntrack_(count|buckets|max)|net\.core\.|net\.ipv[46]\.(conf|neigh)\.|vm\.stat|dev\.)/;

function linesOf(program: string, ...rest: string[]): string[] {
    return execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
}

function namespaces(pid: string): string | undefined {
    try {
        return ["mnt", "net"].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)).join(" ");
    } catch {
        return undefined; // A kernel thread, or it ended while we looked.
    }
}

/** Processes that live in other namespaces than this one, or in a lab's cgroup, with that cgroup. */
function foreignProcesses(): string[] {
    const own = namespaces("self");
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
            try {
                const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
                const lab = /slsa-lab-\d+/.exec(groups)?.[0];
                const there = namespaces(pid);
                const foreign = there !== undefined && there !== own;
                return foreign || lab !== undefined
                    ? [`${pid} ${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} ${lab ?? ""}`]
                    : [];
            } catch {
                return [];
            }
        });
}

function ofAnotherLab(line: string, own: number): boolean {
    const named = /slsa-lab-(\d+)|\b10\.(?:88|89|96)\.(\d+)\./.exec(line);
    const number = named?.[1] ?? named?.[2];
    return number !== undefined && Number(number) !== own;
}

/** The machine as the host sees it. */
export function machineState(): MachineState {
    const state: Record<string, string[]> = {
        processes: foreignProcesses(),
        mounts: readFileSync("/proc/self/mounts", "utf8").split("\n"),
        links: linesOf("ip", "-brief", "link").map((line) => line.split(/\s+/)[0]?.split("@")[0] ?? ""),
        addresses: linesOf("ip", "-brief", "-4", "address"),
        routes: linesOf("ip", "route"),
        iptables: linesOf("iptables-save").filter((line) => !line.startsWith("#")),
        nftables: linesOf("nft", "list", "ruleset"),
        // Each hierarchy's own folders; what other programs do below theirs is their affair.
        cgroups: linesOf("find", "/sys/fs/cgroup", "-maxdepth", "2", "-type", "d"),
        sysctls: linesOf("sysctl", "-a").filter((line) => !volatileSettings.test(line)),
    };
    return Object.fromEntries(
        Object.entries(state).map(([kind, lines]) => [kind, lines.filter((line) => line !== "").sort()]),
    );
}

/** The same without what belongs to labs with other numbers: other people's may come and go meanwhile. */
export function withoutOtherLabs(state: MachineState, number: number): MachineState {
    return Object.fromEntries(
        Object.entries(state).map(([kind, lines]) => [kind, lines.filter((line) => !ofAnotherLab(line, number))]),
    );
}
