import type { PipelineTaskObject, TektonPipeline, TektonTask } from "./objects";
import { PARAM_NAME, RESULT_NAME, variablesIn, Violations } from "./rules";

const RESULT_OF_TASK = /^\$\(tasks\.([^.]+)\.results\.(.+)\)$/;

/**
 * Holds a Pipeline against what Tekton's admission webhook asks of it, and against what Tekton finds out only when a run
 * starts: params, workspaces and results that the referenced Tasks do not have.
 *
 * @param tasks - the Tasks that it refers to
 * @throws Error listing every violation and its cure
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/apis/pipeline/v1/pipeline_validation.go
 */
export function checkPipeline(pipeline: TektonPipeline, tasks: readonly TektonTask[]): void {
    const { metadata, spec } = pipeline;
    const violations = new Violations();
    violations.requireDnsLabel("Pipeline name", metadata.name);
    violations.require(spec.tasks.length > 0, "it has no task: a Pipeline needs at least one.");
    violations.requireUnique(
        "task",
        spec.tasks.map(({ name }) => name),
    );
    for (const { name } of spec.params ?? []) {
        violations.require(
            PARAM_NAME.test(name),
            `param "${name}" has a name that Tekton refuses: begin with a letter or "_", go on with letters, digits, "_", "." or "-".`,
        );
    }
    const definitions = new Map<string, TektonTask | undefined>(
        spec.tasks.map((placed) => [placed.name, tasks.find(({ metadata: { name } }) => name === referenced(placed))]),
    );
    for (const placed of spec.tasks) {
        checkPlacedTask(placed, pipeline, definitions, violations);
    }
    for (const { name, value } of spec.results ?? []) {
        violations.require(
            RESULT_NAME.test(name),
            `result "${name}" has a name that Tekton refuses: use letters, digits, "-", "_" and ".", with a letter or digit at both ends.`,
        );
        violations.require(
            value.split("\n").every((line) => RESULT_OF_TASK.test(line)),
            `result "${name}" is "${value}": a Pipeline's result is the result of one of its tasks, or of several, one a line.`,
        );
        checkVariables(`result "${name}"`, value, pipeline, definitions, violations);
    }
    checkOrder(spec.tasks, violations);
    violations.throwIfAny(`Pipeline "${metadata.name}"`);
}

function referenced(placed: PipelineTaskObject): string | undefined {
    return placed.taskRef.params.find(({ name }) => name === "name")?.value;
}

function checkPlacedTask(
    placed: PipelineTaskObject,
    pipeline: TektonPipeline,
    definitions: ReadonlyMap<string, TektonTask | undefined>,
    violations: Violations,
): void {
    const at = `task "${placed.name}"`;
    violations.requireDnsLabel("task", placed.name);
    const definition = definitions.get(placed.name);
    if (definition === undefined) {
        violations.require(false, `${at} refers to a Task that is not there: register the Task beside the Pipeline.`);
    } else {
        checkSame(`${at}: param`, namesIn(placed.params), namesIn(definition.spec.params), violations);
        checkSame(`${at}: workspace`, namesIn(placed.workspaces), namesIn(definition.spec.workspaces), violations);
    }
    for (const { workspace } of placed.workspaces ?? []) {
        violations.require(
            namesIn(pipeline.spec.workspaces).includes(workspace),
            `${at} uses the workspace "${workspace}", which the Pipeline does not declare: declare it under "workspaces".`,
        );
    }
    for (const { name, value } of placed.params ?? []) {
        checkVariables(`${at}: param "${name}"`, value, pipeline, definitions, violations);
    }
}

function namesIn(declared: readonly { readonly name: string }[] = []): string[] {
    return declared.map(({ name }) => name);
}

function checkSame(what: string, given: readonly string[], wanted: readonly string[], violations: Violations): void {
    violations.requireUnique(what, given);
    for (const name of wanted.filter((candidate) => !given.includes(candidate))) {
        violations.require(false, `${what} "${name}" is not given: the Task declares it without a default.`);
    }
    for (const name of given.filter((candidate) => !wanted.includes(candidate))) {
        violations.require(false, `${what} "${name}" is not declared by the Task: leave it out or declare it there.`);
    }
}

/** Every `$(…)` of a value is a declared param of the Pipeline or a declared result of one of its tasks. */
function checkVariables(
    at: string,
    value: string,
    pipeline: TektonPipeline,
    definitions: ReadonlyMap<string, TektonTask | undefined>,
    violations: Violations,
): void {
    const variables = variablesIn(value);
    violations.require(
        value.split("$(").length - 1 === variables.length,
        `${at} has a "$(" that is no variable of Tekton: take the reference from the scope that "tasks" is called with.`,
    );
    for (const variable of variables) {
        const result = RESULT_OF_TASK.exec(variable);
        if (result === null) {
            violations.require(
                namesIn(pipeline.spec.params).some((name) => variable === `$(params.${name})`),
                `${at} uses ${variable}, which the Pipeline does not declare: declare the param, or use a task's result.`,
            );
            continue;
        }
        const [, task = "", name = ""] = result;
        violations.require(
            definitions.has(task),
            `${at} uses a result of the task "${task}", which is not in the Pipeline: list it under "tasks".`,
        );
        violations.require(
            !definitions.has(task) || namesIn(definitions.get(task)?.spec.results).includes(name),
            `${at} uses the result "${name}" of the task "${task}", which its Task does not declare: declare it under "results".`,
        );
    }
}

/** Tasks wait for each other in one direction, and only for tasks that are there. */
function checkOrder(tasks: readonly PipelineTaskObject[], violations: Violations): void {
    const names = tasks.map(({ name }) => name);
    const waitsFor = new Map(tasks.map((placed) => [placed.name, dependenciesOf(placed)]));
    for (const { name, runAfter = [] } of tasks) {
        for (const other of runAfter.filter((candidate) => !names.includes(candidate))) {
            violations.require(
                false,
                `task "${name}" runs after "${other}", which is not in the Pipeline: list "${other}" under "tasks".`,
            );
        }
    }
    let waiting = names;
    for (;;) {
        const stuck = waiting.filter((name) => waitsFor.get(name)?.some((other) => waiting.includes(other)));
        if (stuck.length === waiting.length) {
            break;
        }
        waiting = stuck;
    }
    violations.require(
        waiting.length === 0,
        `the tasks ${waiting.map((name) => `"${name}"`).join(", ")} wait for each other in a circle: break it by removing one "runAfter" or result.`,
    );
}

function dependenciesOf({ params = [], runAfter = [] }: PipelineTaskObject): string[] {
    const results = params.flatMap(({ value }) =>
        variablesIn(value).map((variable) => RESULT_OF_TASK.exec(variable)?.[1]),
    );
    return [...runAfter, ...results.filter((name) => name !== undefined)];
}
