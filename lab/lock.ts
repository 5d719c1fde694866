import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { Socket } from "node:net";

/** How a lock that is not free is waited for. */
export interface LockOptions {
    /** How long another process's lock is waited for. */
    readonly seconds: number;
    /** Called when the lock is not free at once. */
    readonly waiting?: () => void;
}

/** The child that holds a lock. */
interface Holder {
    /** Gives the lock back. */
    release(): void;
    /** Lets this process end while the child is there. */
    detach(): void;
}

/**
 * Takes the lock on a folder, which is made when it is not there. A child holds it with flock(1) for as long as its standard
 * input, which is ours, is open: so the lock ends with this process however it ends.
 */
async function take(folder: string, { seconds, waiting }: LockOptions): Promise<Holder> {
    mkdirSync(folder, { recursive: true });
    const holder = spawn("flock", ["--wait", seconds.toString(), folder, "sh", "-c", "echo locked; exec cat"], {
        stdio: ["pipe", "pipe", "inherit"],
    });
    const patience = setTimeout(() => waiting?.(), 500);
    try {
        await new Promise<void>((resolve, reject) => {
            holder.on("error", reject);
            holder.stdout.once("data", () => {
                resolve();
            });
            holder.once("close", () => {
                reject(new Error(`${folder} stayed locked by another lab command for ${seconds.toString()} s.`));
            });
        });
    } finally {
        clearTimeout(patience);
    }
    return {
        release: () => {
            holder.stdin.end();
        },
        detach: () => {
            holder.unref();
            for (const pipe of [holder.stdin, holder.stdout]) {
                // The pipes of a child are sockets, whatever their declared type says.
                (pipe as unknown as Socket).unref();
            }
        },
    };
}

/**
 * Runs `work` while this process holds the lock on a folder.
 *
 * @throws when the lock is not free in time, and whatever the work throws.
 */
export async function withLock<T>(folder: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
    const holder = await take(folder, options);
    try {
        return await work();
    } finally {
        holder.release();
    }
}

/**
 * Holds the lock on a folder until this process ends, and does not keep it from ending.
 *
 * @throws when the lock is not free in time.
 */
export async function holdLock(folder: string, options: LockOptions): Promise<void> {
    (await take(folder, options)).detach();
}
