import { koPipeline } from "../../pipelines/ko";
import {
    checkPipeline,
    checkTask,
    emptyDirectory,
    pipeline,
    pipelineTask,
    task,
    type Step,
    type StepImage,
    type TektonPipeline,
    type TektonTask,
} from "../../pipelines/tekton";
import { KO_ARGS, pinned, STEP, stepOf, taskOf } from "./values";

function taskWith(steps: readonly Step[], name = "t"): TektonTask {
    const made = task({ name, description: "", params: { p: "" }, results: {}, workspaces: {}, steps: () => steps });
    return made.manifest("builds");
}

describe("a Task", () => {
    test("that keeps the rules passes", () => {
        expect(() => taskWith([STEP])).not.toThrow();
    });

    test.each<{ what: string; step: Partial<Step>; says: string }>([
        { what: "a short digest", step: { image: "tools.test/sh@sha256:00" }, says: "64 hex digits" },
        {
            what: "a variable of Tekton in a script",
            step: { script: 'echo "$(params.p)"' },
            says: "a run's value could become shell code there",
        },
        {
            what: "a variable of Tekton with brackets in a script",
            step: { script: `echo $(params["p"])` },
            says: "a run's value could become shell code there",
        },
        // https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/reconciler/taskrun/resources/apply.go (paramPatterns)
        {
            what: "a variable of Tekton by its older name in a script",
            step: { script: "echo $(inputs.params.p)" },
            says: "a run's value could become shell code there",
        },
        {
            what: "a variable of Tekton that no Task of ours needs in a script",
            step: { script: "ls $(credentials.path)" },
            says: "a run's value could become shell code there",
        },
        {
            what: "a variable made by hand in env",
            step: { env: { A: "x$(params.q)" } },
            says: "take it from the scope",
        },
        { what: "an undeclared param in env", step: { env: { A: "$(params.q)" } }, says: "that the Task declares" },
        {
            what: "a workspace that the Task does not declare",
            step: { workspaces: ["w"] },
            says: 'names the workspace "w", which the Task does not declare',
        },
        { what: "an unusable environment name", step: { env: { "A-B": "x" } }, says: 'environment variable "A-B"' },
        { what: "a name that is no label", step: { name: "Run It" }, says: 'step "Run It" is no DNS-1123 label' },
        { what: "a name of 64 letters", step: { name: "a".repeat(64) }, says: "at most 63" },
        {
            what: "a mount below /tekton",
            step: { mounts: [emptyDirectory("a", "/tekton/x")] },
            says: "outside /tekton",
        },
        { what: "a relative mount", step: { mounts: [emptyDirectory("a", "tmp")] }, says: "absolute path" },
        {
            what: "two mounts at one path",
            step: { mounts: [emptyDirectory("a", "/tmp"), emptyDirectory("b", "/tmp")] },
            says: 'mount path "/tmp" is there more than once',
        },
    ])("with $what is refused", ({ step, says }) => {
        expect(() => taskWith([{ ...STEP, ...step }])).toThrow(says);
    });

    test("may use the shell's own command substitution", () => {
        expect(() => taskWith([{ ...STEP, script: "head=$(git rev-parse HEAD)" }])).not.toThrow();
    });

    test("gets its script as it was written, whatever Kubernetes takes for a variable in a command", () => {
        const script = 'echo $A $$ $(A) $$(A) "$(date)" $((A)) $';
        expect(stepOf(taskWith([{ ...STEP, script, env: { A: "other" } }]), {}).script).toBe(script);
    });

    test("without a step, or with two of one name, is refused", () => {
        expect(() => taskWith([])).toThrow("at least one");
        expect(() => taskWith([STEP, STEP])).toThrow('step "run" is there more than once');
        expect(() => taskWith([STEP, { ...STEP, name: "other" }])).not.toThrow();
    });

    test("whose volumes share a name and differ is refused", () => {
        const secret = {
            volume: { name: "a", secret: { secretName: "s", items: [] } },
            mount: { name: "a", mountPath: "/a" },
        };
        const two = [STEP, { ...STEP, name: "other", mounts: [secret] }];
        expect(() => taskWith(two)).not.toThrow();
        expect(() => taskWith([{ ...STEP, mounts: [emptyDirectory("a", "/tmp")] }, ...two.slice(1)])).toThrow(
            'volume "a" is there more than once',
        );
    });

    test("with names that Tekton refuses names every one at once", () => {
        const manifest = taskWith([STEP]);
        const spec = {
            ...manifest.spec,
            params: [{ name: "1st", type: "string" as const, description: "" }],
            results: [{ name: "-r", type: "string" as const, description: "" }],
        };
        expect(() => {
            checkTask({ ...manifest, spec });
        }).toThrow(/param "1st"[^]*result "-r"/);
    });

    test.each([
        ["below /tekton", "/tekton/w", "outside /tekton"],
        ["where a step mounts a volume", "/tmp", '"/tmp" is there more than once'],
        ["at a relative path", "w", "choose an absolute path"],
    ])("is refused with a workspace %s", (_what, mountPath, says) => {
        const made = (): unknown =>
            task({
                name: "t",
                description: "",
                params: {},
                results: {},
                workspaces: { w: "" },
                mountPaths: { w: mountPath },
                steps: () => [{ ...STEP, env: {}, mounts: [emptyDirectory("tmp", "/tmp")] }],
            });
        expect(made).toThrow(says);
    });
});

describe("a Pipeline", () => {
    const { pipeline: good, tasks } = koPipeline(KO_ARGS);

    /** The good Pipeline with one of its tasks changed. */
    function withTask(name: string, change: object): TektonPipeline {
        const changed = good.spec.tasks.map((placed) => (placed.name === name ? { ...placed, ...change } : placed));
        return { ...good, spec: { ...good.spec, tasks: changed } };
    }

    test("that keeps the rules passes", () => {
        expect(() => {
            checkPipeline(good, tasks);
        }).not.toThrow();
    });

    test.each<{ what: string; changed: TektonPipeline; says: string }>([
        {
            what: "a name given twice",
            changed: withTask("push", { name: "build" }),
            says: '"build" is there more than once',
        },
        { what: "a name that is no label", changed: withTask("push", { name: "Push" }), says: "no DNS-1123 label" },
        {
            what: "a task to wait for that is not there",
            changed: withTask("push", { runAfter: ["sign"] }),
            says: 'runs after "sign", which is not in the Pipeline',
        },
        {
            what: "a circle",
            changed: withTask("build", { runAfter: ["push"] }),
            says: '"build", "push" wait for each other',
        },
        {
            what: "a circle through a result",
            changed: withTask("build", {
                params: [{ name: "x", value: "$(tasks.push.results.IMAGES)" }],
            }),
            says: "wait for each other in a circle",
        },
        { what: "a missing param", changed: withTask("clone", { params: [] }), says: 'param "url" is not given' },
        {
            what: "a param that the Task does not declare",
            changed: withTask("build", { params: [{ name: "x", value: "y" }] }),
            says: 'param "x" is not declared by the Task',
        },
        {
            what: "a missing workspace",
            changed: withTask("push", { workspaces: [] }),
            says: '"workspace" is not given',
        },
        {
            what: "an undeclared workspace",
            changed: withTask("push", { workspaces: [{ name: "workspace", workspace: "cache" }] }),
            says: 'workspace "cache", which the Pipeline does not declare',
        },
        {
            what: "an undeclared param",
            changed: withTask("clone", {
                params: [
                    { name: "url", value: "$(params.uri)" },
                    { name: "commit", value: "$(params.commit)" },
                ],
            }),
            says: "$(params.uri), which the Pipeline does not declare",
        },
        {
            what: "a shell command where a variable belongs",
            changed: withTask("clone", {
                params: [
                    { name: "url", value: "$(cat /etc/passwd)" },
                    { name: "commit", value: "$(params.commit)" },
                ],
            }),
            says: "that is no variable of Tekton",
        },
        {
            what: "a result of an absent task",
            changed: { ...good, spec: { ...good.spec, tasks: good.spec.tasks.filter(({ name }) => name !== "push") } },
            says: 'a result of the task "push", which is not in the Pipeline',
        },
        {
            what: "a result that the Task does not declare",
            changed: {
                ...good,
                spec: {
                    ...good.spec,
                    results: [{ name: "R", type: "string", description: "", value: "$(tasks.push.results.DIGEST)" }],
                },
            },
            says: 'the result "DIGEST" of the task "push", which its Task does not declare',
        },
        {
            what: "a result that no task gave",
            changed: {
                ...good,
                spec: {
                    ...good.spec,
                    results: [{ name: "R", type: "string", description: "", value: "$(params.url)" }],
                },
            },
            says: "the result of one of its tasks",
        },
        {
            what: "a result of which one line is no task's",
            changed: {
                ...good,
                spec: {
                    ...good.spec,
                    results: [
                        { name: "R", type: "string", description: "", value: "$(tasks.push.results.IMAGES)\nconstant" },
                    ],
                },
            },
            says: "or of several, one a line",
        },
        {
            what: "a long name",
            changed: { ...good, metadata: { ...good.metadata, name: "a".repeat(64) } },
            says: "at most 63",
        },
        { what: "no task", changed: { ...good, spec: { description: "", tasks: [] } }, says: "at least one" },
    ])("with $what is refused", ({ changed, says }) => {
        expect(() => {
            checkPipeline(changed, tasks);
        }).toThrow(says);
    });

    test("whose Task is not registered beside it is refused", () => {
        expect(() => {
            checkPipeline(good, [taskOf("clone"), taskOf("build")]);
        }).toThrow('task "push" refers to a Task that is not there');
    });
});

describe("a name", () => {
    const named = (image: StepImage) => {
        const one = task({
            name: "one",
            description: "",
            params: {},
            results: {},
            workspaces: {},
            steps: () => [{ ...STEP, image }],
        });
        const all = pipeline({
            name: "all",
            description: "",
            params: {},
            workspaces: {},
            results: {},
            tasks: () => ({ tasks: [pipelineTask("one", one, { params: {}, workspaces: {} })], results: {} }),
        });
        const { pipeline: made, tasks } = all.manifests("builds");
        return [made.metadata.name, ...tasks.map(({ metadata }) => metadata.name)];
    };

    test("of a Task or Pipeline is its own and ten hexadecimal digits", () => {
        expect(named(pinned("a"))).toEqual([
            expect.stringMatching(/^all-[0-9a-f]{10}$/),
            expect.stringMatching(/^one-[0-9a-f]{10}$/),
        ]);
    });

    test("stays while the content stays and changes with a Task's content, the Pipeline's name too", () => {
        expect(named(pinned("a"))).toEqual(named(pinned("a")));
        const [all, one] = named(pinned("a"));
        const [otherAll, otherOne] = named(pinned("b"));
        expect(otherOne).not.toBe(one);
        expect(otherAll).not.toBe(all);
    });
});
