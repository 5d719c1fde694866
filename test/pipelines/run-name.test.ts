import { pipelineRun, pipelineRunTemplate } from "../../pipelines/run";
import { ATTEMPTS } from "../../pipelines/run-name";
import { pipeline, pipelineTask, task } from "../../pipelines/tekton";
import { STEP } from "./values";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A run of a pipeline of this name, with a task of this name between two of short names. */
function runOf(name: string, taskName: string, attempt?: string): ReturnType<typeof pipelineRun> {
    const nothing = task({
        name: "nothing",
        description: "",
        params: {},
        results: {},
        workspaces: {},
        steps: () => [STEP],
    });
    const declared = pipeline({
        name,
        description: "",
        params: { commit: "" },
        workspaces: {},
        results: {},
        tasks: () => ({
            tasks: ["a", taskName, "b"].map((one) => pipelineTask(one, nothing, { params: {}, workspaces: {} })),
            results: {},
        }),
    });
    const template = pipelineRunTemplate(declared, {
        namespace: "builds",
        serviceAccount: "builder",
        serviceAccounts: { a: "builder", b: "builder", [taskName]: "builder" },
        workspaces: {},
    });
    return pipelineRun(template, { commit: COMMIT }, attempt);
}

describe("a run's name", () => {
    test("is that of its pipeline, its commit and its attempt", () => {
        const names = [undefined, ...ATTEMPTS].map((attempt) => runOf("short", "task", attempt).metadata.name);
        const numbered = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `short-${COMMIT}-${String(number)}`);
        expect(names).toEqual([`short-${COMMIT}`, `short-${COMMIT}`, ...numbered]);
    });

    test.each([
        ["a-long-pipeline", "push"],
        ["short", "a-long-task-na"],
    ])("leaves room for a task's: pipeline %s, task %s", (name, taskName) => {
        // From 64 characters on Tekton puts a hash of the run's name in the place of its end.
        expect(`${runOf(name, taskName, "-9").metadata.name}-${taskName}`).toHaveLength(63);
        for (const [longer, longerTask] of [
            [`${name}x`, taskName],
            [name, `${taskName}x`],
        ] as const) {
            expect(() => runOf(longer, longerTask)).toThrow(
                `Task runs of the pipeline ${longer} would be named up to ${longer}-<commit>-2-${longerTask}, which has 64 ` +
                    `characters; no more than 63 are allowed, as Tekton puts a hash into longer names: give the pipeline or ` +
                    `the task ${longerTask} a shorter name.`,
            );
        }
    });
});
