import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { duration, expectedSeconds, go, secondsLeft } from "../../lab/programs/build";
import { groups, programNames } from "../../lab/programs/groups";
import { programKey } from "../../lab/programs/program-key";

const files = { "go.mod": "module a\n", "go.sum": "a v1 h1:x\n" };
const recipe = { package: "example.test/a", linkerFlags: "-s", toolchain: "go1.26.8" };

describe("the programs of the lab", () => {
    test("have names of their own and committed modules", () => {
        expect(new Set(programNames).size).toBe(programNames.length);
        for (const { name } of groups) {
            for (const file of ["go.mod", "go.sum"]) {
                expect(existsSync(path.join(__dirname, "../../lab/programs", name, file))).toBe(true);
            }
        }
    });

    test("each have a measured building time", () => {
        const measured = expectedSeconds();
        expect(programNames.filter((name) => measured[name] === undefined)).toEqual([]);
    });
});

describe("the key of a program in the cache", () => {
    const key = programKey(files, recipe);

    test("is the same for the same inputs, in whatever order they are given", () => {
        expect(programKey({ "go.sum": files["go.sum"], "go.mod": files["go.mod"] }, { ...recipe })).toBe(key);
    });

    test.each([
        ["pinned modules", programKey({ ...files, "go.sum": "a v2 h1:y\n" }, recipe)],
        ["an own source file", programKey({ ...files, "main.go": "package main\n" }, recipe)],
        ["package", programKey(files, { ...recipe, package: "example.test/b" })],
        ["linker flags", programKey(files, { ...recipe, linkerFlags: "-s -w" })],
        ["Go toolchain", programKey(files, { ...recipe, toolchain: "go1.27.0" })],
    ])("changes with the %s", (_, changed) => {
        expect(changed).not.toBe(key);
    });
});

describe("the time that a build has left", () => {
    test("is the sum of what is measured, and a guess for what is not", () => {
        expect(secondsLeft(["a", "b"], { a: 10, b: 20 })).toBe(30);
        expect(secondsLeft(["a", "new"], { a: 10 })).toBe(70);
    });

    test("is said in seconds below a minute and in minutes above", () => {
        expect(duration(59)).toBe("59 s");
        expect(duration(90)).toBe("1.5 min");
    });
});

describe("a run of go", () => {
    const { PATH } = process.env;
    const build = { program: "cosign", package: "example.test/cosign", module: tmpdir() };
    let folder: string;

    /** Puts a program of ours before the real `go`. */
    function standIn(script: string): void {
        writeFileSync(path.join(folder, "go"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env["PATH"] = `${folder}:${PATH ?? ""}`;
    }

    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "go-"));
    });
    afterEach(() => {
        process.env["PATH"] = PATH;
        rmSync(folder, { recursive: true });
    });

    test("that does not end is ended, which names the program and how to go on", async () => {
        standIn("echo downloading >&2; exec sleep 60");
        const start = Date.now();
        await expect(go(["build"], build, 500)).rejects.toThrow(
            /^cosign was not built within [^]*example\.test\/cosign[^]*built are kept[^]*run the same command again[^]*downloading/,
        );
        expect(Date.now() - start).toBeLessThan(30_000);
    });

    test("that fails is told with what it said, and one that succeeds is not told", async () => {
        standIn("echo no such module >&2; exit 1");
        await expect(go(["build"], build)).rejects.toThrow(/go build example\.test\/cosign[^]*no such module/);
        standIn("exit 0");
        await expect(go(["build"], build)).resolves.toBeUndefined();
    });
});
