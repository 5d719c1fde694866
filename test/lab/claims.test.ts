import { spawn } from "node:child_process";
import { once } from "node:events";

import { alive, type Claim, freeNumber, identify } from "../../lab/cluster/claims";

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
