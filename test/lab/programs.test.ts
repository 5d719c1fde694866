import { existsSync } from "node:fs";
import * as path from "node:path";

import { duration, expectedSeconds, secondsLeft } from "../../lab/programs/build";
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
