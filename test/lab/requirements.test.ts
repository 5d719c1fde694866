import { type Machine, needs, unmetNeeds } from "../../lab/requirements";

const gibibyte = 1024 ** 3;
const good: Machine = {
    platform: "linux",
    architecture: "x64",
    root: true,
    has: () => true,
    totalMemory: 16 * gibibyte,
    freeDisk: 100 * gibibyte,
    cache: "/home/somebody/.cache/slsa-build-platform",
};

describe("what the lab needs of a machine", () => {
    test("is met by a Linux machine with enough of everything", () => {
        expect(unmetNeeds(good, false)).toEqual([]);
    });

    test("is Linux on x86-64, and then nothing else is asked of another system", () => {
        expect(unmetNeeds({ ...good, platform: "darwin", architecture: "arm64", root: false }, false)).toEqual([
            "it runs on Linux on x86-64, and this is darwin on arm64",
        ]);
    });

    test("is told all at once, each with its cure", () => {
        const poor: Machine = {
            ...good,
            root: false,
            has: (name) => name !== "go",
            totalMemory: 2 * gibibyte,
            freeDisk: 1,
        };
        const problems = unmetNeeds(poor, true);
        expect(problems).toHaveLength(4);
        expect(problems[0]).toContain("must be run as root");
        expect(problems[1]).toContain("install Go 1.26");
        expect(problems[2]).toContain("this machine has 2.0 GiB");
        expect(problems[3]).toContain("SLSA_LAB_CACHE");
    });

    test("is less disk once everything is built", () => {
        const between: Machine = { ...good, freeDisk: needs.warmDisk };
        expect(unmetNeeds(between, true)).toEqual([]);
        expect(unmetNeeds(between, false)).toHaveLength(1);
    });

    test("is a cache outside the folders that the node hides", () => {
        expect(unmetNeeds({ ...good, cache: "/var/lib/jenkins/cache" }, true)[0]).toContain("its node hides /var/lib");
    });
});
