import { isStepImage } from "./image";
import type { StepObject, TaskSpec, TektonTask } from "./objects";
import { PARAM_NAME, RESULT_NAME, variablesIn, Violations } from "./rules";

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Holds a Task against what Tekton's admission webhook asks of it, and against this project's own rule that a script is
 * constant.
 *
 * @throws Error listing every violation and its cure
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/apis/pipeline/v1/task_validation.go
 */
export function checkTask({ metadata, spec }: TektonTask): void {
    const violations = new Violations();
    violations.requireDnsLabel("Task name", metadata.name);
    violations.require(spec.steps.length > 0, "it has no step: a Task needs at least one.");
    violations.requireUnique(
        "step",
        spec.steps.map(({ name }) => name),
    );
    violations.requireUnique(
        "volume",
        (spec.volumes ?? []).map(({ name }) => name),
    );
    for (const { name } of spec.params ?? []) {
        violations.require(
            PARAM_NAME.test(name),
            `param "${name}" has a name that Tekton refuses: begin with a letter or "_", go on with letters, digits, "_", "." or "-".`,
        );
    }
    for (const { name } of spec.results ?? []) {
        violations.require(
            RESULT_NAME.test(name),
            `result "${name}" has a name that Tekton refuses: use letters, digits, "-", "_" and ".", with a letter or digit at both ends.`,
        );
    }
    for (const { name, mountPath } of spec.workspaces ?? []) {
        violations.requireDnsLabel("workspace", name);
        requireMountable(violations, `workspace "${name}" is mounted`, mountPath ?? `/workspace/${name}`);
    }
    violations.requireUnique("mount path of workspaces and volumes", [
        ...(spec.workspaces ?? []).map(({ name, mountPath }) => mountPath ?? `/workspace/${name}`),
        ...new Set(spec.steps.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => mountPath))),
    ]);
    for (const step of spec.steps) {
        checkStep(step, variablesFor(step, spec), violations);
        checkWorkspaces(step, spec, violations);
    }
    violations.throwIfAny(`Task "${metadata.name}"`);
}

/** Workspaces that some step names are mounted in the steps that name them, and in no other. */
function workspacesOf(step: StepObject, spec: TaskSpec): string[] {
    const names = (one: StepObject): string[] => (one.workspaces ?? []).map(({ name }) => name);
    const isolated = spec.steps.flatMap(names);
    return (spec.workspaces ?? [])
        .map(({ name }) => name)
        .filter((name) => !isolated.includes(name) || names(step).includes(name));
}

function checkWorkspaces(step: StepObject, spec: TaskSpec, violations: Violations): void {
    for (const { name } of step.workspaces ?? []) {
        violations.require(
            (spec.workspaces ?? []).some((workspace) => workspace.name === name),
            `step "${step.name}" names the workspace "${name}", which the Task does not declare: declare it under "workspaces".`,
        );
    }
}

function variablesFor(step: StepObject, spec: TaskSpec): ReadonlySet<string> {
    return new Set([
        ...(spec.params ?? []).map(({ name }) => `$(params.${name})`),
        ...(spec.results ?? []).map(({ name }) => `$(results.${name}.path)`),
        ...workspacesOf(step, spec).map((name) => `$(workspaces.${name}.path)`),
    ]);
}

function checkStep(step: StepObject, declared: ReadonlySet<string>, violations: Violations): void {
    const at = `step "${step.name}"`;
    violations.requireDnsLabel("step", step.name);
    violations.require(
        isStepImage(step.image),
        `${at} runs "${step.image}": name an image as "<repository>@sha256:<64 hex digits>", or "<repository>@unresolved" while its digest is not known.`,
    );
    for (const variable of variablesIn(step.command.join("\n"))) {
        violations.require(
            false,
            `${at} has ${variable} in its script: a run's value could become shell code there. Pass it through "env" and use the environment variable.`,
        );
    }
    for (const { name, value } of step.env ?? []) {
        violations.require(
            ENVIRONMENT_NAME.test(name),
            `${at} sets the environment variable "${name}", which a shell cannot read: use letters, digits and "_".`,
        );
        violations.require(
            !value.includes("$(") || declared.has(value),
            `${at} sets ${name} to "${value}": "$(" is for a whole reference to a param, result or workspace that the Task declares and the step sees; take it from the scope that "steps" is called with.`,
        );
    }
    violations.requireUnique(
        `${at}: mount path`,
        (step.volumeMounts ?? []).map(({ mountPath }) => mountPath),
    );
    for (const { mountPath } of step.volumeMounts ?? []) {
        requireMountable(violations, `${at} mounts a volume`, mountPath);
    }
}

function requireMountable(violations: Violations, what: string, mountPath: string): void {
    violations.require(
        mountPath.startsWith("/") && !/^\/tekton(\/|$)/.test(mountPath),
        `${what} at "${mountPath}": choose an absolute path outside /tekton, which is Tekton's own.`,
    );
}
