import type { MergeBuildInput, MergeBuildStep } from "../../pipelines/merge-build";
import { DIGEST, HURRIED, IMAGES, runStep, step, UID } from "./merge-values";
import { HOSTILE, Shell, type Outcome } from "./shell";

let shell: Shell;
afterEach(() => {
    shell.remove();
});

const run = (one: MergeBuildStep, given?: Partial<Record<MergeBuildInput, string>>): Outcome =>
    runStep(shell, one, given);

describe("wait-run", () => {
    /** A kubectl that tells of a run with the given status, reason and result. */
    function kubectl(status: string, images = IMAGES, logs = "echo the log; exit 0", wait = ""): Shell {
        const made = new Shell({
            kubectl: `case "$*" in
                "wait "*) touch "$SHARED/ended"; ${wait} ;;
                *" logs "* | "logs "*) ${logs} ;;
                *"pipelinerun ko-abcde"*reason*) echo "Failed: Tasks Completed: 1 (Failed: 1)" ;;
                *"pipelinerun ko-abcde"*.results*) cat "$SHARED/answer" ;;
                *"pipelinerun ko-abcde"*status*) printf '${UID} '; ${status} ;;
                *taskruns*) printf 'ko-abcde-clone pod-clone True\\nko-abcde-build pod-build False\\n' ;;
                *"taskrun ko-abcde-build"*) echo "the message of the task" ;;
            esac`,
        });
        made.write("run", `ko-abcde ${UID}\n`);
        made.write("answer", images);
        return made;
    }

    test("waits until the run has succeeded and leaves the images", () => {
        shell = kubectl(`if [ -f "$SHARED/asked" ]; then printf True; else touch "$SHARED/asked"; printf Unknown; fi`);
        expect(run(step("wait-run"))).toMatchObject({ code: 0, stdout: `PipelineRun ko-abcde pushed:\n${IMAGES}` });
        expect(shell.read("images")).toBe(IMAGES);
    });

    test("is told when the run has ended, and asks no more often than it is told", () => {
        shell = kubectl(`if [ -f "$SHARED/ended" ]; then printf True; else printf Unknown; fi`);
        const { code } = run(step("wait-run"));
        expect(code).toBe(0);
        expect(shell.calls().map((call) => call.split(" ")[1])).toEqual(["get", "wait", "get", "get"]);
        expect(shell.calls()[1]).toContain("pipelinerun/ko-abcde --for jsonpath={.status.completionTime}");
    });

    test("asks again after a while when it cannot be told", () => {
        shell = kubectl(
            `if [ -f "$SHARED/asked" ]; then printf True; else touch "$SHARED/asked"; printf Unknown; fi`,
            IMAGES,
            "exit 1",
            "exit 1",
        );
        expect(run(step("wait-run")).code).toBe(0);
    });

    test("survives a question that the API server does not answer", () => {
        shell = kubectl(`if [ -f "$SHARED/asked" ]; then printf True; else touch "$SHARED/asked"; exit 1; fi`);
        expect(run(step("wait-run")).code).toBe(0);
    });

    test("is red when the run failed, and shows the failed task's log", () => {
        shell = kubectl("printf False");
        const outcome = run(step("wait-run"));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toBe(
            "Failed: Tasks Completed: 1 (Failed: 1)\nTaskRun ko-abcde-build failed:\nthe log\nwait-run: PipelineRun ko-abcde failed\n",
        );
        expect(outcome.stdout + outcome.stderr).not.toContain("ko-abcde-clone failed");
        expect(shell.calls().filter((call) => call.startsWith("kubectl logs"))).toEqual([
            expect.stringMatching(/--tail 40 pod-build$/),
        ]);
    });

    test("is red when the run was cancelled, and says by what", () => {
        shell = new Shell({ kubectl: `case "$*" in *reason*) printf Cancelled ;; *) printf '${UID} False' ;; esac` });
        shell.write("run", `ko-abcde ${UID}\n`);
        expect(run(step("wait-run"))).toMatchObject({
            code: 1,
            stderr: "wait-run: PipelineRun ko-abcde was cancelled, as a newer merge has a run: deliver this one again to build it all the same\n",
        });
    });

    test.each([
        ["nothing", ":"],
        ["another run of that name", "printf 'another-uid True'"],
    ])("is red at once when the API server has %s in the run's place", (_what, answer) => {
        shell = new Shell({ kubectl: `case "$*" in *" --ignore-not-found "*) ${answer} ;; *) exit 9 ;; esac` });
        shell.write("run", `ko-abcde ${UID}\n`);
        expect(run(step("wait-run"))).toMatchObject({
            code: 1,
            stderr: "wait-run: PipelineRun ko-abcde is gone, as its time was over: deliver this merge again to build it anew\n",
        });
        expect(shell.calls()).toHaveLength(1);
    });

    test("shows the failed task's message where it may not read logs", () => {
        shell = kubectl("printf False", IMAGES, "exit 1");
        const outcome = run(step("wait-run"));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("the message of the task");
    });

    test("is red when the run does not end in time", () => {
        shell = kubectl("printf Unknown");
        const outcome = run(step("wait-run", HURRIED));
        expect(outcome).toMatchObject({ code: 1 });
        expect(outcome.stderr).toContain("has not ended after 1 seconds");
    });

    test.each([
        ["no image", "", "names no image"],
        ["an image too few", `registry.test/one@sha256:${DIGEST}\n`, "other images than it should"],
        ["an image too many", `${IMAGES}registry.test/three@sha256:${DIGEST}\n`, "other images than it should"],
        ["an image twice", `${IMAGES}registry.test/one@sha256:${DIGEST}\n`, "names an image twice"],
        [
            "two images of one repository",
            `${IMAGES}registry.test/one@sha256:${"b".repeat(64)}\n`,
            "other images than it should",
        ],
        ["an image by tag", `${IMAGES}registry.test/three:latest\n`, "no image by digest"],
        ["an option", `--key=other@sha256:${DIGEST}\n`, "no image by digest"],
        ...HOSTILE.map((text) => [text, `${IMAGES}${text}\n`, "no image by digest"]),
    ])("is red when the run names %j", (_what, images, says) => {
        shell = kubectl("printf True", images);
        const outcome = run(step("wait-run"));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(shell.has("hacked")).toBe(false);
    });
});

describe("wait-run for several platforms", () => {
    const index = { repository: "registry.test/index", platforms: ["linux/amd64", "linux/arm64"] };
    const args = { ...HURRIED, pushed: [index, { repository: "registry.test/one", platforms: ["linux/amd64"] }] };
    const names = ["a", "b", "c", "d"].map((digit) => `registry.test/index@sha256:${digit.repeat(64)}\n`);

    test.each([
        [2, 1],
        [3, 0],
        [4, 1],
    ])("demands of %d manifests of an index all three, of several lists", (count, code) => {
        shell = new Shell({
            kubectl: `case "$*" in *.results*) cat "$SHARED/answer" ;; *) printf '${UID} True' ;; esac`,
        });
        shell.write("run", `ko-abcde ${UID}\n`);
        const one = `registry.test/one@sha256:${DIGEST}\n`;
        // The lists of two pushes, each with its own line break at the end, joined by another.
        shell.write("answer", `${names.slice(0, count).join("")}\n${one}`);
        expect(run(step("wait-run", args)).code).toBe(code);
        expect(shell.read("images").split("\n").filter(Boolean)).toHaveLength(count + 1);
    });
});
