import { median, platformShare, STAGES, stagesOf, wholeOf, type MergeMoments } from "../../lab/bench/stages";
import { crowd, mostAtOnce, table } from "../../lab/bench/table";

/** A run of two Tasks; each stage has a length of its own, so that none can be taken for another. */
const MERGE: MergeMoments = {
    pushed: 1_000,
    taken: 1_001,
    runCreated: 1_003,
    runStarted: 1_004,
    tasks: [
        { podCreated: 1_007, scheduled: 1_015, started: 1_031, exited: 1_063, done: 1_127 },
        { podCreated: 1_128, scheduled: 1_130, started: 1_134, exited: 1_142, done: 1_158 },
    ],
    runDone: 1_190,
    written: 1_197,
    stored: 1_210,
    logged: 1_231,
    marked: 1_254,
    verified: 1_382,
    promoted: 1_638,
};

test("a merge is cut into stages without a gap, those of each Task summed up", () => {
    const times = stagesOf(MERGE);
    expect(times).toEqual({
        hook: 1,
        admission: 2,
        turn: 1,
        controller: 3 + 1 + 32,
        scheduling: 8 + 2,
        pods: 16 + 64 + 4 + 16,
        steps: 32 + 8,
        chains: 7,
        registry: 13,
        log: 21,
        mark: 23,
        verification: 128,
        promotion: 256,
    });
    expect(wholeOf(times)).toBe(638);
    expect(platformShare(times)).toBe(598);
    expect(Object.keys(times)).toEqual(STAGES);
});

test("a mark that comes when the provenance is verified already is no part of the merge's time", () => {
    const times = stagesOf({ ...MERGE, marked: 1_500 });
    expect(times).toMatchObject({ log: 21, mark: 0, verification: 151 });
    expect(wholeOf(times)).toBe(638);
});

test.each<[string, Partial<MergeMoments>]>([
    ["a run that is created before anybody took the merge", { runCreated: 1_000 }],
    ["a Task whose pod is there before its run's turn has come", { runStarted: 1_008 }],
    ["a Task that ends after its run", { runDone: 1_157 }],
    ["an entry before its attestation is in the registry", { logged: 1_209 }],
    ["a mark before the entry", { marked: 1_230 }],
    ["provenance verified before it is in the log", { verified: 1_230, marked: 1_500 }],
    ["a mark that is no moment", { marked: Number.NaN }],
    ["no Task", { tasks: [] }],
    ["a moment that is none", { taken: Number.NaN }],
])("%s is refused", (_what, wrong) => {
    expect(() => stagesOf({ ...MERGE, ...wrong })).toThrow("cannot be cut into stages");
});

test("the median is the middle, or between the two in the middle", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 4, 100])).toBe(7);
    expect(() => median([])).toThrow("no median");
});

test("the table has every stage, and ratios that are each of one merge", () => {
    const slow = stagesOf({ ...MERGE, promoted: 3_638 });
    const lines = table([stagesOf(MERGE), slow, slow]).split("\n");
    expect(lines).toHaveLength(1 + STAGES.length + 3);
    expect(lines.find((line) => line.startsWith("promotion"))).toMatch(/ 2\.26 s +2\.26 s$/);
    expect(lines.find((line) => line.startsWith("whole"))).toMatch(/ 2\.64 s +2\.64 s$/);
    expect(lines.at(-1)).toMatch(/ 98 % +98 %$/);
});

test("of runs it is told how many went on at a time", () => {
    const run = (started: number, done: number): { started: number; done: number } => ({ started, done });
    expect(mostAtOnce([])).toBe(0);
    // The third starts when the first has ended.
    expect(mostAtOnce([run(1, 5), run(2, 7), run(5, 9)])).toBe(2);
    expect(mostAtOnce([run(1, 5), run(2, 7), run(4, 9)])).toBe(3);
});

test("of a crowd it is told how fast it went through, and where the slowest one waited", () => {
    const slow = stagesOf({ ...MERGE, promoted: 3_638 });
    expect(crowd([stagesOf(MERGE), slow], 30_000)).toBe(
        "all in 30.00 s, 4.0 a minute\nthe slowest took 2.64 s: promotion 2.26 s, verification 0.13 s, pods 0.10 s",
    );
});
