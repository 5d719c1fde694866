import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { withLock } from "../../lab/lock";
import { PROJECT_FOLDER } from "../../plan/project";

let folder: string;

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
});

afterEach(() => {
    rmSync(folder, { recursive: true });
});

test("one holds the lock at a time, and the next gets it when it is given back", async () => {
    const order: string[] = [];
    const first = withLock(folder, { seconds: 10 }, async () => {
        await expect(withLock(folder, { seconds: 0 }, () => order.push("never"))).rejects.toThrow("stayed locked");
        order.push("first");
    });
    const second = first.then(() => withLock(folder, { seconds: 10 }, () => order.push("second")));
    await second;
    expect(order).toEqual(["first", "second"]);
});

test("is told that it waits, and waits no longer than it must", async () => {
    const waiting = jest.fn();
    await withLock(folder, { seconds: 10 }, async () => {
        await expect(withLock(folder, { seconds: 1, waiting }, () => undefined)).rejects.toThrow("for 1 s");
    });
    expect(waiting).toHaveBeenCalledTimes(1);
});

test("a lock that a process holds to its end does not keep it from ending, and ends with it", async () => {
    const script = `require("./lab/lock").holdLock(process.argv[1], { seconds: 1 }).then(() => console.log("held"));`;
    const { stdout } = spawnSync(process.execPath, ["-r", "ts-node/register", "-e", script, folder], {
        cwd: PROJECT_FOLDER,
        encoding: "utf8",
        timeout: 20_000,
    });
    expect(stdout).toBe("held\n");
    await withLock(folder, { seconds: 5 }, () => undefined);
});
