import { spawnSync } from "node:child_process";
import { mergeBuildSteps, type MergeBuildInput, type MergeBuildStep } from "../../pipelines/merge-build";
import { ARGS, COMMIT, DIGEST, runStep, step, UID } from "./merge-values";
import { HOSTILE, Shell, type Outcome } from "./shell";

let shell: Shell;
afterEach(() => {
    shell.remove();
});

const run = (one: MergeBuildStep, given?: Partial<Record<MergeBuildInput, string>>): Outcome =>
    runStep(shell, one, given);

describe("find-newer", () => {
    const OLDER = `2026-01-01T10:00:00Z ko-${"0".repeat(40)}`;
    const MINE = `2026-01-01T10:00:01Z ko-${COMMIT}`;
    const NEWER = `2026-01-01T10:00:02Z ko-${"f".repeat(40)}`;

    function cluster(runs: readonly string[], mine = `ko-${COMMIT}`): Shell {
        const made = new Shell({ kubectl: 'cat "$SHARED/told"' });
        made.write("told", runs.map((line) => `${line}\n`).join(""));
        made.write("run", `${mine} ${UID}\n`);
        return made;
    }

    test.each([
        ["no other", [`${MINE} True`], ""],
        ["an older one", [`${OLDER} True`, `${MINE} True`], ""],
        ["a newer one", [`${MINE} True`, `${NEWER} True`], `ko-${"f".repeat(40)}\n`],
        ["a newer one that failed", [`${MINE} True`, `${NEWER} False`], ""],
        ["a newer one that goes on", [`${NEWER} Unknown`, `${MINE} True`], ""],
        ["a newer one that has not begun", [`${NEWER} `, `${MINE} True`], ""],
        [
            "a newer one whose second attempt succeeded",
            [`${NEWER} False`, `${MINE} True`, `${NEWER.replace(":02Z", ":09Z")}-2 True`],
            `ko-${"f".repeat(40)}-2\n`,
        ],
        [
            "an older one whose second attempt came later",
            [`${OLDER} False`, `${MINE} True`, `${OLDER.replace(":00Z", ":09Z")}-2 True`],
            "",
        ],
        ["one of the same second", [`${MINE} True`, `${NEWER.replace(":02Z", ":01Z")} True`], ""],
    ])("with %s", (_what, runs, found) => {
        shell = cluster(runs);
        expect(run(step("find-newer")).code).toBe(0);
        expect(shell.read("newer")).toBe(found);
    });

    test("takes a merge that was delivered again for as old as its first run", () => {
        shell = cluster(
            [`${MINE} False`, `${NEWER} True`, `2026-01-01T10:00:09Z ko-${COMMIT}-2 True`],
            `ko-${COMMIT}-2`,
        );
        expect(run(step("find-newer")).stdout).toBe(
            `PipelineRun ko-${"f".repeat(40)} is of a newer merge, and has succeeded\n`,
        );
    });

    test("fails when the API server does not answer, or does not know the run", () => {
        shell = new Shell({ kubectl: "exit 1" });
        shell.write("run", `ko-${COMMIT} ${UID}\n`);
        expect(run(step("find-newer")).stderr).toContain("does not say which runs there are");
        shell.remove();
        shell = cluster([`${NEWER} True`]);
        expect(run(step("find-newer")).stderr).toContain(`does not know PipelineRun ko-${COMMIT}`);
        expect(shell.has("newer")).toBe(false);
    });
});

describe("promote", () => {
    const VERIFIED = `registry.test/one@sha256:${DIGEST}\nregistry.test/two@sha256:${DIGEST}\nregistry.test/two@sha256:${"b".repeat(64)}\n`;

    function registry(crane = 'cat "$DOCKER_CONFIG/config.json" >> "$SHARED/seen"', verified = VERIFIED): Shell {
        const made = new Shell({ crane });
        made.write("verified", verified);
        made.write("newer", "");
        return made;
    }

    test("moves nothing where a newer merge was built, or nobody looked", () => {
        shell = registry();
        shell.write("newer", "ko-newer\n");
        expect(run(step("promote"))).toMatchObject({ code: 0, stdout: "the tags stay, as a newer merge was built\n" });
        expect(tagged()).toEqual([]);
        shell.remove();
        shell = new Shell({ crane: "exit 0" });
        shell.write("verified", VERIFIED);
        expect(run(step("promote")).stderr).toContain("nobody looked whether a newer merge was built");
        expect(tagged()).toEqual([]);
    });

    const tagged = (): string[] => shell.calls().filter((call) => call.startsWith("crane "));

    test("gives every tag to the first image of each repository, with the credential of its own", () => {
        shell = registry();
        expect(run(step("promote")).code).toBe(0);
        expect(tagged()).toEqual(
            ["one", "two"].flatMap((name) =>
                ["latest", "v1"].map((tag) => `crane tag registry.test/${name}@sha256:${DIGEST} ${tag}`),
            ),
        );
        expect(shell.read("seen").split("\n")[0]).toBe('{"auths":{"registry.test":{"auth":"secret"}}}');
    });

    test("leaves the credential nowhere", () => {
        shell = registry();
        const outcome = run(step("promote"));
        shell.write("seen", "");
        const left = spawnSync("grep", ["-r", "secret", shell.directory], { encoding: "utf8" });
        expect([outcome.stdout.includes("secret"), left.stdout]).toEqual([false, ""]);
    });

    test("moves nothing when nothing was verified", () => {
        shell = registry("exit 0", "");
        expect(run(step("promote")).stderr).toContain("no image was verified");
        shell.remove();
        shell = new Shell({ crane: "exit 0" });
        shell.write("newer", "");
        expect(run(step("promote")).code).not.toBe(0);
        expect(tagged()).toEqual([]);
    });

    test("is red when a tag cannot be moved", () => {
        shell = registry("exit 1");
        const outcome = run(step("promote"));
        expect([outcome.code, tagged()]).toEqual([1, [expect.stringContaining(" latest")]]);
    });

    test.each(["", "a b", "-a", "sha256-abc", "*", "a".repeat(129), ...HOSTILE])("refuses the tag %j", (tag) => {
        shell = registry();
        expect(() => mergeBuildSteps({ ...ARGS, tags: [tag] })).toThrow("is no tag");
    });
});
