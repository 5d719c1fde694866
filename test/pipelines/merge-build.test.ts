import { mergeBuildSteps, sourceUri, type MergeBuildInput, type MergeBuildStep } from "../../pipelines/merge-build";
import { ARGS, COMMIT, DIGEST, HURRIED, IMAGES, runStep, step, UID } from "./merge-values";
import { HOSTILE, Shell, type Outcome } from "./shell";

let shell: Shell;
afterEach(() => {
    shell.remove();
});

const run = (one: MergeBuildStep, given?: Partial<Record<MergeBuildInput, string>>): Outcome =>
    runStep(shell, one, given);

describe("create-run", () => {
    const KUBECTL = `cat > "$SHARED/manifest"; printf 'ko-abcde ${UID}'`;

    test("lets kubectl keep its cache in the shared directory, for a trigger has no home", () => {
        shell = new Shell({ kubectl: `echo "$KUBECACHEDIR" > "$SHARED/cache"; ${KUBECTL}` });
        expect(run(step("create-run")).code).toBe(0);
        expect(shell.read("cache")).toBe(`${shell.path("kubectl-cache")}\n`);
    });

    test("creates the run of exactly this commit and remembers its name and uid", () => {
        shell = new Shell({ kubectl: KUBECTL });
        expect(run(step("create-run"))).toMatchObject({ code: 0, stdout: "created PipelineRun ko-abcde\n" });
        expect(shell.read("run")).toBe(`ko-abcde ${UID}\n`);
        expect(JSON.parse(shell.read("manifest"))).toMatchObject({
            kind: "PipelineRun",
            metadata: { generateName: "ko-", namespace: "builds" },
            spec: {
                params: [
                    { name: "url", value: "https://git.test/team/app" },
                    { name: "commit", value: COMMIT },
                ],
            },
        });
    });

    test.each([
        "main",
        "",
        COMMIT.slice(1),
        `${COMMIT}0`,
        COMMIT.toUpperCase(),
        `${COMMIT}\n`,
        `${COMMIT}"}`,
        ...HOSTILE,
    ])("refuses %j as a commit before kubectl is called", (commit) => {
        shell = new Shell({ kubectl: KUBECTL });
        expect(run(step("create-run"), { COMMIT: commit }).code).toBe(1);
        expect(shell.calls()).toEqual([]);
        expect(shell.has("hacked")).toBe(false);
    });

    test.each(["exit 1", "true", "printf 'ko-abcde'"])("fails when kubectl does: %s", (kubectl) => {
        shell = new Shell({ kubectl: `cat > /dev/null; ${kubectl}` });
        expect(run(step("create-run")).code).not.toBe(0);
        expect(shell.has("run")).toBe(false);
    });
});

describe("wait-run", () => {
    /** A kubectl that tells of a run with the given status, reason and result. */
    function kubectl(status: string, images = IMAGES, logs = "echo the log; exit 0"): Shell {
        const made = new Shell({
            kubectl: `case "$*" in
                *" logs "* | "logs "*) ${logs} ;;
                *"pipelinerun ko-abcde"*reason*) echo "Failed: Tasks Completed: 1 (Failed: 1)" ;;
                *"pipelinerun ko-abcde"*.results*) cat "$SHARED/answer" ;;
                *"pipelinerun ko-abcde"*status*) ${status} ;;
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

describe("the list of steps", () => {
    beforeEach(() => {
        shell = new Shell({});
    });

    test("creates, waits and verifies, in this order, with constant scripts", () => {
        const other = mergeBuildSteps({ ...ARGS, url: "https://git.test/other", builderId: "https://other.test" });
        expect(mergeBuildSteps(ARGS).map(({ name }) => name)).toEqual(["create-run", "wait-run", "verify"]);
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

    test.each([0, -1, 1.5])("refuses to wait for %d seconds", (seconds) => {
        expect(() => mergeBuildSteps({ ...ARGS, timeoutSeconds: { run: seconds, provenance: 1 } })).toThrow(
            "no time to wait",
        );
    });

    test("names the source as Chains does", () => {
        expect(sourceUri("https://git.test/app")).toBe("git+https://git.test/app.git");
        expect(sourceUri("https://git.test/app.git")).toBe("git+https://git.test/app.git");
    });
});
