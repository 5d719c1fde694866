import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";

/**
 * Runs `work` while this process holds the lock on a folder. A child holds it with flock(1) for as long as its standard
 * input, which is ours, is open: so the lock ends with this process however it ends.
 *
 * @param folder is made when it is not there.
 * @param seconds how long another process's lock is waited for.
 * @param waiting called when the lock is not free at once.
 */
export async function withLock<T>(
    folder: string,
    seconds: number,
    work: () => T | Promise<T>,
    waiting: () => void = () => undefined,
): Promise<T> {
    mkdirSync(folder, { recursive: true });
    const holder = spawn("flock", ["--wait", seconds.toString(), folder, "sh", "-c", "echo locked; exec cat"], {
        stdio: ["pipe", "pipe", "inherit"],
    });
    const patience = setTimeout(waiting, 500);
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
        clearTimeout(patience);
        return await work();
    } finally {
        clearTimeout(patience);
        holder.stdin.end();
    }
}
