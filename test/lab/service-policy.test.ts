import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { removeLeftPolicy, withoutServices } from "../../lab/programs/service-policy";

const theirs = "#!/bin/sh\nexit 0\n";
let folder: string;
let file: string;

beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "policy-"));
    file = path.join(folder, "policy-rc.d");
});

afterEach(() => {
    rmSync(folder, { recursive: true });
});

describe("while packages are installed", () => {
    test("a program forbids services, and goes when the work ends or fails", async () => {
        let seen = "";
        await withoutServices(() => {
            seen = readFileSync(file, "utf8");
            expect(statSync(file).mode & 0o777).toBe(0o755);
            return Promise.resolve();
        }, file);
        expect(seen).toMatch(/^#!\/bin\/sh\n# slsa-build-platform[^\n]*\nexit 101\n$/);
        expect(existsSync(file)).toBe(false);
        await expect(withoutServices(() => Promise.reject(new Error("no such package")), file)).rejects.toThrow(
            "no such package",
        );
        expect(existsSync(file)).toBe(false);
    });

    test("somebody else's program stays as it is", async () => {
        writeFileSync(file, theirs);
        await withoutServices(() => Promise.resolve(), file);
        removeLeftPolicy(file);
        expect(readFileSync(file, "utf8")).toBe(theirs);
    });

    test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
        "%s stops the work, then removes it and ends",
        async (signal) => {
            const child = install();
            await once(child.stdout, "data");
            expect(existsSync(file)).toBe(true);
            child.kill(signal);
            const [said] = (await once(child.stdout, "data")) as [Buffer];
            expect(said.toString()).toBe("stopped, there: true\n");
            expect(await once(child, "close")).toEqual([null, signal]);
            expect(existsSync(file)).toBe(false);
        },
    );

    test("one that a killed run left is removed by a later run", async () => {
        const child = install();
        await once(child.stdout, "data");
        child.kill("SIGKILL");
        await once(child, "close");
        expect(existsSync(file)).toBe(true);
        removeLeftPolicy(file);
        expect(existsSync(file)).toBe(false);
        removeLeftPolicy(file);
    });
});

/** A process that says when its work has begun and when it was told to stop. */
function install(): ReturnType<typeof spawnNode> {
    return spawnNode(`
        const { existsSync } = require("node:fs");
        const { withoutServices } = require("./lab/programs/service-policy");
        const work = (stop) => new Promise((resolve) => {
            const alive = setInterval(() => undefined, 1000);
            stop.addEventListener("abort", () => {
                clearInterval(alive);
                process.stdout.write("stopped, there: " + existsSync(process.argv[1]) + "\\n", resolve);
            });
            process.stdout.write("begun\\n");
        });
        void withoutServices(work, process.argv[1]);
    `);
}

function spawnNode(script: string) {
    return spawn(process.execPath, ["-r", "ts-node/register", "-e", script, file], {
        cwd: path.join(__dirname, "../.."),
        stdio: ["ignore", "pipe", "inherit"],
    });
}
