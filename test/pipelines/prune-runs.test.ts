import { mkdirSync } from "node:fs";
import { mergeBuildSteps } from "../../pipelines/merge-build";
import { pruneSteps, type PruneStep } from "../../pipelines/prune-runs";
import { ARGS, COMMIT, DIGEST, IMAGES, INPUTS } from "./merge-values";
import { Shell, type Outcome } from "./shell";

const MERGE = mergeBuildSteps(ARGS);
const PRUNE = {
    namespace: "builds",
    keepSeconds: { verified: 3600, failed: 86_400 },
    mergeSteps: MERGE,
    kubectl: ARGS.images.kubectl,
};

let shell: Shell;
afterEach(() => {
    shell.remove();
});

function run(name: PruneStep["name"], change: Partial<PruneStep> = {}): Outcome {
    const found = pruneSteps(PRUNE).find((step) => step.name === name);
    if (found === undefined) {
        throw new Error(`no step "${name}"`);
    }
    const { script, env, inputs } = { ...found, ...change };
    const values = { ...INPUTS, SHARED: shell.directory };
    return shell.run(script, { ...env, ...Object.fromEntries(inputs.map((input) => [input, values[input]])) });
}

const at = (secondsAgo: number): string => `${new Date(Date.now() - secondsAgo * 1000).toISOString().slice(0, 19)}Z`;

/** A run as the API server tells of it. */
const told = (name: string, status: string, secondsAgo: number, created = "2026-03-01T11:00:00Z"): string =>
    `${created} ${name} uid-${name} ${status} ${at(secondsAgo)} ${COMMIT}\n`;

describe("find-ended", () => {
    function cluster(runs: readonly string[], images = IMAGES): Shell {
        const made = new Shell({
            kubectl: `case "$*" in
                *"get --namespace builds pipelineruns "*) cat "$SHARED/answer" ;;
                *"pipelinerun "*) cat "$SHARED/images-of" ;;
                *) exit 9 ;;
            esac`,
        });
        made.write("answer", runs.join(""));
        made.write("images-of", images);
        return made;
    }
    const found = (): string[] =>
        shell.has("ended") ? shell.run("ls ended", {}).stdout.trim().split("\n").filter(Boolean) : [];

    test("finds those whose time is over, each kind by its own, and none that goes on", () => {
        shell = cluster([
            told("young", "True", 3000),
            told("old", "True", 4000),
            told("young-failure", "False", 80_000),
            told("old-failure", "False", 90_000),
            "2026-03-01T11:00:00Z goes-on uid-goes-on Unknown  0\n",
            `2026-03-01T11:00:00Z not-begun uid-not-begun   ${COMMIT}\n`,
        ]);
        expect(run("find-ended").code).toBe(0);
        expect(found()).toEqual(["old", "old-failure"]);
        expect([shell.read("ended/old/run"), shell.read("ended/old/commit")]).toEqual(["old uid-old\n", `${COMMIT}\n`]);
        expect(shell.read("ended/old/images")).toBe(IMAGES);
        expect([shell.has("ended/old/failed"), shell.has("ended/old-failure/failed")]).toEqual([false, true]);
        expect(shell.has("ended/old-failure/images")).toBe(false);
    });

    test("marks the run of the newest merge that was built, whenever it was built", () => {
        shell = cluster([
            told("ko-b", "True", 9000, "2026-03-01T12:00:00Z"),
            // Delivered again, it was built after the newer one.
            told("ko-a", "False", 90_000, "2026-03-01T11:00:00Z"),
            told("ko-a-2", "True", 4000, "2026-03-01T14:00:00Z"),
            told("ko-c", "False", 90_000, "2026-03-01T15:00:00Z"),
            `2026-03-01T16:00:00Z ko-d uid-ko-d Unknown  ${COMMIT}\n`,
        ]);
        expect(run("find-ended").code).toBe(0);
        expect(found()).toEqual(["ko-a", "ko-a-2", "ko-b", "ko-c"]);
        expect(found().filter((name) => shell.has(`ended/${name}/newest`))).toEqual(["ko-b"]);
    });

    test.each([
        ["no image", "", "names no image"],
        ["something that is no image", "--key=x\n", "no image by digest"],
        ["an image twice", IMAGES.repeat(2), "names an image twice"],
    ])("leaves nothing to verify of a run that names %s", (_what, images, says) => {
        shell = cluster([told("old", "True", 4000)], images);
        const outcome = run("find-ended");
        expect([outcome.code, shell.has("ended/old/run"), shell.has("ended/old/images")]).toEqual([0, true, false]);
        expect(outcome.stderr).toContain(says);
    });

    test("fails when the API server does not answer", () => {
        shell = new Shell({ kubectl: "exit 1" });
        expect(run("find-ended")).toMatchObject({ code: 1, stderr: expect.stringContaining("does not say") as string });
    });
});

describe("verify-ended", () => {
    /** @param verify - stands for the script of a merge's verification */
    const verify = (script: string): Outcome => {
        const step = pruneSteps(PRUNE).find(({ name }) => name === "verify-ended");
        return run("verify-ended", { env: { ...step?.env, VERIFY: script } });
    };
    const ended = (name: string): void => {
        shell.write(`ended/${name}/run`, `${name} uid-${name}\n`);
        shell.write(`ended/${name}/commit`, `${COMMIT.slice(0, -1)}${name.length.toString(16)}\n`);
        shell.write(`ended/${name}/images`, IMAGES);
    };

    test("runs a merge's own verification for each, with its commit, and waits for nothing", () => {
        shell = new Shell({});
        ended("one");
        ended("three");
        const outcome = verify(
            'read -r run uid < "$SHARED/run"; echo "$run $uid $COMMIT $TIMEOUT_SECONDS" > "$SHARED/verified"',
        );
        expect(outcome.code).toBe(0);
        expect(shell.read("ended/one/verified")).toBe(`one uid-one ${COMMIT.slice(0, -1)}3 0\n`);
        expect(shell.read("ended/three/verified")).toBe(`three uid-three ${COMMIT.slice(0, -1)}5 0\n`);
        const { env } = pruneSteps(PRUNE)[1] ?? {};
        expect(env?.["VERIFY"]).toBe(MERGE.find(({ name }) => name === "verify")?.script);
    });

    test("says why one is not verified, and goes on with the next", () => {
        shell = new Shell({});
        ended("one");
        ended("three");
        const outcome = verify(
            'case "$SHARED" in */one) echo "no provenance" >&2; exit 1 ;; esac; : > "$SHARED/verified"',
        );
        expect(outcome).toMatchObject({ code: 0, stderr: "no provenance\n" });
        expect([shell.has("ended/one/verified"), shell.has("ended/three/verified")]).toEqual([false, true]);
    });

    test("leaves what is too much for one time: it is neither verified nor told as kept", () => {
        shell = new Shell({ kubectl: "exit 0" });
        ended("one");
        ended("three");
        shell.write("ended/bad/run", "bad uid-bad\n");
        shell.write("ended/bad/failed", "");
        const { env } = pruneSteps(PRUNE)[1] ?? {};
        const outcome = run("verify-ended", { env: { ...env, BUDGET_SECONDS: "0", VERIFY: "exit 9" } });
        expect(outcome).toMatchObject({ code: 0, stdout: "left for the next time: 2 runs\n", stderr: "" });
        expect(run("delete-runs")).toMatchObject({
            code: 0,
            stdout: "deleted PipelineRun bad: it failed\n",
            stderr: "",
        });
        expect(Number(env?.["BUDGET_SECONDS"])).toBeGreaterThan(0);
    });

    test("verifies nothing of a run that failed or names no image", () => {
        shell = new Shell({});
        shell.write("ended/one/run", "one uid-one\n");
        shell.write("ended/one/failed", "");
        expect(verify(': > "$SHARED/verified"').code).toBe(0);
        expect(shell.has("ended/one/verified")).toBe(false);
    });

    test("has the real verification ask cosign about each image, and no second time", () => {
        shell = new Shell({ cosign: "echo unreachable >&2; exit 1" });
        ended("one");
        const outcome = run("verify-ended");
        expect(outcome.stderr).toContain("could be verified in 0 seconds");
        expect(shell.has("ended/one/verified")).toBe(false);
        const asked = shell.calls().filter((call) => call.startsWith("cosign verify-attestation"));
        expect(asked.length).toBeGreaterThan(0);
        expect(asked).toEqual([...new Set(asked)]);
        expect(asked.every((call) => call.endsWith(`@sha256:${DIGEST}`))).toBe(true);
    });
});

describe("delete-runs", () => {
    function cluster(kubectl = 'cat "$SHARED/options.json" >> "$SHARED/options"'): Shell {
        const made = new Shell({ kubectl });
        mkdirSync(made.path("ended"));
        return made;
    }
    const ended = (name: string, mark?: "failed" | "verified"): void => {
        shell.write(`ended/${name}/run`, `${name} uid-${name}\n`);
        if (mark !== undefined) {
            shell.write(`ended/${name}/${mark}`, "");
        }
    };
    const deleted = (): (string | undefined)[] =>
        shell
            .calls()
            .map((call) => /--raw \/apis\/tekton\.dev\/v1\/namespaces\/builds\/pipelineruns\/(\S+)/.exec(call)?.[1]);

    test("deletes what failed and what was verified: this very run, before what it made", () => {
        shell = cluster();
        ended("bad", "failed");
        ended("good", "verified");
        expect(run("delete-runs")).toMatchObject({
            code: 0,
            stdout: "deleted PipelineRun bad: it failed\ndeleted PipelineRun good: its provenance is verified\n",
        });
        expect(deleted()).toEqual(["bad", "good"]);
        const options = shell
            .read("options")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as unknown);
        expect(options).toEqual(
            ["uid-bad", "uid-good"].map((uid) => ({
                apiVersion: "v1",
                kind: "DeleteOptions",
                propagationPolicy: "Background",
                preconditions: { uid },
            })),
        );
    });

    test("keeps what could not be verified, and fails, so that somebody looks at it", () => {
        shell = cluster();
        ended("unsigned");
        ended("good", "verified");
        const outcome = run("delete-runs");
        expect([outcome.code, deleted()]).toEqual([1, ["good"]]);
        expect(outcome.stderr).toBe(
            "kept PipelineRun unsigned: its provenance could not be verified\n" +
                "delete-runs: 1 runs are kept past their time: docs/deploy.md, A run that stays, says what to do\n",
        );
    });

    test("keeps the newest that was built, and finds nothing wrong with that, once it is verified", () => {
        shell = cluster();
        ended("new", "verified");
        shell.write("ended/new/newest", "");
        expect([run("delete-runs"), deleted()]).toEqual([
            {
                code: 0,
                stdout: "kept PipelineRun new: its provenance is verified, and no newer merge was built\n",
                stderr: "",
            },
            [],
        ]);
        shell.remove();
        shell = cluster();
        ended("new");
        shell.write("ended/new/newest", "");
        const outcome = run("delete-runs");
        expect([outcome.code, outcome.stderr.split("\n")[0]]).toEqual([
            1,
            "kept PipelineRun new: its provenance could not be verified",
        ]);
    });

    test("goes on when one cannot be deleted, and fails at its end", () => {
        shell = cluster('case "$*" in *"/bad "*) exit 1 ;; esac');
        ended("bad", "failed");
        ended("good", "verified");
        const outcome = run("delete-runs");
        expect([outcome.code, deleted()]).toEqual([1, ["bad", "good"]]);
        expect(outcome.stderr).toContain("kept PipelineRun bad: it could not be deleted");
    });

    test("has nothing to do where nothing has ended", () => {
        shell = cluster();
        expect([run("delete-runs").code, shell.calls()]).toEqual([0, []]);
        shell.remove();
        shell = new Shell({ kubectl: "exit 1" });
        expect(run("delete-runs").code).toBe(0);
    });
});

describe("the list of steps", () => {
    beforeEach(() => {
        shell = new Shell({});
    });

    test("gives a token to those that ask the API server, and none to the one that verifies", () => {
        expect(pruneSteps(PRUNE).map(({ name, token }) => [name, token])).toEqual([
            ["find-ended", true],
            ["verify-ended", false],
            ["delete-runs", true],
        ]);
    });

    test("means in a pod what it means in a shell: nothing that Kubernetes takes for a variable of its own", () => {
        for (const { script, env } of pruneSteps(PRUNE)) {
            for (const text of [script, ...Object.values(env)]) {
                expect(text.match(/\$\$|\$\([A-Za-z0-9_.-]+\)/g)).toBeNull();
            }
        }
    });

    test("refuses to delete what nobody verifies, and times that are none", () => {
        expect(() => pruneSteps({ ...PRUNE, mergeSteps: [] })).toThrow("verifies nothing");
        expect(() => pruneSteps({ ...PRUNE, keepSeconds: { verified: -1, failed: 1 } })).toThrow("no time to keep");
        expect(() => pruneSteps({ ...PRUNE, keepSeconds: { verified: 1, failed: Number.NaN } })).toThrow(
            "no time to keep",
        );
    });
});
