import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { cacheDirectory } from "../cache";
import { withLock } from "../lock";
import { removeLeftPolicy, withoutServices } from "./service-policy";

/** What the node itself runs. None of these starts a service of its own when installed without systemd. */
export const hostPackages: readonly string[] = [
    "busybox-static",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "ethtool",
    "iproute2",
    "ipset",
    "iptables",
    "jq",
    "nftables",
    "runc",
    "socat",
    "util-linux",
];

/** What only lies in images: unpacked into the cache with everything it depends on, never installed. */
export const imagePackages: readonly string[] = [
    "busybox-static",
    "git",
    "nginx-light",
    "postgresql-15",
    "redis-server",
    "tini",
];

type Log = (line: string) => void;

function installed(name: string): boolean {
    try {
        const status = execFileSync("dpkg-query", ["-W", "-f=${db:Status-Status}", name], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        });
        return status === "installed";
    } catch {
        return false;
    }
}

const aptOptions: readonly string[] = ["-qq", "-y", "--no-install-recommends"];
const aptEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, DEBIAN_FRONTEND: "noninteractive" });

function apt(command: readonly string[]): void {
    execFileSync("apt-get", [...aptOptions, ...command], {
        stdio: ["ignore", "ignore", "inherit"],
        env: aptEnvironment(),
    });
}

/** Runs apt-get to its end; told to stop, it ends as soon as no package is left half installed. */
function stoppableApt(command: readonly string[], stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    return new Promise((resolve, reject) => {
        const child = spawn("apt-get", [...aptOptions, ...command], {
            stdio: ["ignore", "ignore", "inherit"],
            env: aptEnvironment(),
        });
        const interrupt = (): void => {
            child.kill("SIGINT");
        };
        stop.addEventListener("abort", interrupt);
        child.on("error", reject);
        child.on("close", (code) => {
            stop.removeEventListener("abort", interrupt);
            if (code === 0) {
                resolve();
            } else {
                reject(new Error(`apt-get ${command.join(" ")} failed: what it said stands above.`));
            }
        });
    });
}

/**
 * Installs the host packages that are missing, one command at a time. While it does, `policy-rc.d` forbids every package to
 * start a service.
 */
export async function installHostPackages(log: Log): Promise<void> {
    const waiting = (): void => {
        log("another process is installing Debian packages: waiting for it");
    };
    await withLock(path.join(cacheDirectory(), "debian"), { seconds: 1800, waiting }, async () => {
        removeLeftPolicy();
        const missing = hostPackages.filter((name) => !installed(name));
        if (missing.length === 0) {
            return;
        }
        log(`installing Debian packages: ${missing.join(", ")}`);
        await withoutServices(async (stop) => {
            await stoppableApt(["update"], stop);
            await stoppableApt(["install", ...missing], stop);
        });
    });
}

/** Where {@link unpackImagePackages} puts its root file system. The name changes with the list of packages. */
export function debianRoot(): string {
    const key = createHash("sha256").update(imagePackages.join("\0")).digest("hex").slice(0, 16);
    return path.join(cacheDirectory(), "debian", key);
}

/**
 * Downloads the packages that images are made of, with all their dependencies (against an empty package database, so that
 * nothing of this machine is taken for granted), and unpacks them into one folder of the cache. No maintainer script is
 * run. `<folder>/packages.txt` lists the exact versions.
 *
 * @returns the folder, whose `root` is a file system root.
 */
export function unpackImagePackages(log: Log): string {
    const target = debianRoot();
    if (existsSync(target)) {
        return target;
    }
    log(`downloading and unpacking Debian packages for images: ${imagePackages.join(", ")}`);
    const scratch = `${target}.unpacking-${process.pid.toString()}`;
    rmSync(scratch, { recursive: true, force: true });
    const archives = path.join(scratch, "archives");
    mkdirSync(path.join(archives, "partial"), { recursive: true });
    mkdirSync(path.join(scratch, "root"));
    try {
        writeFileSync(path.join(scratch, "status"), "");
        apt(["update"]);
        const settings = { "Dir::State::status": path.join(scratch, "status"), "Dir::Cache::archives": archives };
        const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
        apt([...options, "-o", "APT::Sandbox::User=root", "--download-only", "install", ...imagePackages]);
        const packages = readdirSync(archives)
            .filter((name) => name.endsWith(".deb"))
            .sort();
        for (const name of packages) {
            execFileSync("dpkg-deb", ["-x", path.join(archives, name), path.join(scratch, "root")]);
        }
        rmSync(archives, { recursive: true });
        rmSync(path.join(scratch, "status"));
        writeFileSync(path.join(scratch, "packages.txt"), `${packages.join("\n")}\n`);
        if (!existsSync(target)) {
            renameSync(scratch, target); // Otherwise another process was faster with the very same.
        }
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
    return target;
}
