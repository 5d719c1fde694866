import { koPipeline } from "../../pipelines/ko";
import { mergeBuildSteps, sourceUri } from "../../pipelines/merge-build";
import { ARGS } from "./merge-values";
import { HOSTILE } from "./shell";
import { KO_ARGS } from "./values";

describe("the list of steps", () => {
    test("creates, waits, verifies, looks for a newer merge and promotes, in this order, with constant scripts", () => {
        const other = mergeBuildSteps({ ...ARGS, url: "https://git.test/other", builderId: "https://other.test" });
        expect(mergeBuildSteps(ARGS).map(({ name }) => name)).toEqual([
            "create-run",
            "wait-run",
            "verify",
            "find-newer",
            "promote",
        ]);
        expect(other.map(({ script }) => script)).toEqual(mergeBuildSteps(ARGS).map(({ script }) => script));
    });

    test.each(HOSTILE)("refuses %j in the URL and in the builder id", (text) => {
        expect(() => mergeBuildSteps({ ...ARGS, url: `https://git.test/${text}` })).toThrow("is no repository URL");
        expect(() => mergeBuildSteps({ ...ARGS, builderId: text })).toThrow("is no builder id");
    });

    test("refuses a URL with a credential, and one that the commit would be written into", () => {
        expect(() => mergeBuildSteps({ ...ARGS, url: "https://me:secret@git.test/app" })).toThrow(
            "without a credential",
        );
        expect(() => mergeBuildSteps({ ...ARGS, url: "https://git.test/@COMMIT@/app" })).toThrow(
            "which the commit replaces",
        );
    });

    test.each([
        ["30m", 2100],
        ["1h30m", 5700],
        ["172800s", 173_100],
    ])("waits longer than a run of %s may take", (timeout, seconds) => {
        const { timeoutSeconds: _given, ...args } = ARGS;
        const template = koPipeline({ ...KO_ARGS, timeout }).runTemplate;
        const wait = mergeBuildSteps({ ...args, template }).find(({ name }) => name === "wait-run");
        expect(wait?.env["TIMEOUT_SECONDS"]).toBe(String(seconds));
    });

    test.each([0, -1, 1.5])("refuses to wait for %d seconds", (seconds) => {
        expect(() => mergeBuildSteps({ ...ARGS, timeoutSeconds: { turn: 1, run: seconds, provenance: 1 } })).toThrow(
            "no time to wait",
        );
    });

    test("names the source as Chains does", () => {
        expect(sourceUri("https://git.test/app")).toBe("git+https://git.test/app.git");
        expect(sourceUri("https://git.test/app.git")).toBe("git+https://git.test/app.git");
    });
});
