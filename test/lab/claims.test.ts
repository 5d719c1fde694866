import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { alive, type Claim, claimOf, freeNumber, identify, readClaims, writeClaim } from "../../lab/cluster/claims";

const claims: Claim[] = [
    { name: "a", number: 0 },
    { name: "b", number: 1 },
    { name: "d", number: 3 },
];

describe("the number of a lab", () => {
    test("is the smallest one that no lab has", () => {
        expect(freeNumber([], () => true)).toBe(0);
        expect(freeNumber(claims, () => true)).toBe(2);
    });

    test("is taken from a lab that was killed", () => {
        expect(freeNumber(claims, ({ name }) => name !== "b")).toBe(1);
    });

    test("is none that the machine cannot use", () => {
        expect(freeNumber(claims, () => true, [2, 4])).toBe(5);
    });

    test("is none when every one is taken", () => {
        const all = Array.from({ length: 16 }, (_, number) => ({ name: `lab-${number.toString()}`, number }));
        expect(freeNumber(all, () => true)).toBeUndefined();
    });
});

describe("a claim's file", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "claims-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    test("is read as it was written, and leaves nothing beside it", () => {
        const claim: Claim = { name: "a", number: 3, owner: { pid: 1, started: "2", boot: "b" } };
        writeClaim({ name: "before", number: 3 }, folder);
        writeClaim(claim, folder);
        expect(readClaims(folder)).toEqual([claim]);
        expect(readdirSync(folder)).toEqual(["3.json"]);
        expect(readClaims(path.join(folder, "not there"))).toEqual([]);
    });

    test.each(["", '{"name":"a","num', "null", "[]", '{"name":"a","owner":{"pid":"1"}}'])(
        "that was cut off (%j) is one of a dead lab of its number, which any lab without a claim takes over",
        (text) => {
            const own = identify(process.pid);
            writeFileSync(path.join(folder, "4.json"), text);
            writeFileSync(path.join(folder, "5.json.new"), text);
            writeClaim({ name: "b", number: 0, ...(own === undefined ? {} : { holder: own }) }, folder);
            const read = readClaims(folder);
            expect(read.map(({ number }) => number)).toEqual([0, 4]);
            expect(freeNumber(read, ({ holder, owner }) => alive(holder) || alive(owner))).toBe(1);
            expect(claimOf(read, "a")).toEqual({ name: "unreadable-4", number: 4, unreadable: true });
            expect(claimOf(read, "unreadable-4")?.number).toBe(4);
            expect(claimOf(read, "b")?.number).toBe(0);
            writeClaim({ name: "a", number: 4 }, folder);
            expect(claimOf(readClaims(folder), "a")).toEqual({ name: "a", number: 4 });
        },
    );

    test("belongs to one lab alone when it can be read", () => {
        expect(claimOf(claims, "b")?.number).toBe(1);
        expect(claimOf(claims, "c")).toBeUndefined();
    });
});

describe("a recorded process", () => {
    test("is alive while it runs and not after it ended", async () => {
        const child = spawn("sleep", ["60"]);
        const identity = identify(child.pid ?? 0);
        expect(alive(identity)).toBe(true);
        child.kill();
        await once(child, "close");
        expect(alive(identity)).toBe(false);
    });

    test("is not a later one with the same id, nor one before the machine was started again", () => {
        const own = identify(process.pid);
        expect(own).toBeDefined();
        if (own !== undefined) {
            expect(alive({ ...own, started: "1" })).toBe(false);
            expect(alive({ ...own, boot: "another" })).toBe(false);
        }
        expect(alive(undefined)).toBe(false);
    });
});
