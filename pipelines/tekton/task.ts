import { contentName } from "./content-name";
import {
    listed,
    TEKTON_API_VERSION,
    type ResultSpec,
    type TaskSpec,
    type TektonTask,
    type VolumeObject,
    type WorkspaceSpec,
} from "./objects";
import { Reference, type TaskReference } from "./reference";
import { renderStep, type Step } from "./step";
import { checkTask } from "./task-rules";

/** Names with a sentence each on what they are for. */
export type Described<Name extends string> = Readonly<Record<Name, string>>;

/** What a Task's steps can refer to: exactly what the Task declares. */
export interface TaskScope<Param extends string, Result extends string, Workspace extends string> {
    readonly params: Readonly<Record<Param, TaskReference>>;
    /** `path` is the file that the step writes the result to. */
    readonly results: Readonly<Record<Result, { readonly path: TaskReference }>>;
    /** `path` is the directory where the workspace is mounted. */
    readonly workspaces: Readonly<Record<Workspace, { readonly path: TaskReference }>>;
}

export interface TaskDefinition<Param extends string, Result extends string, Workspace extends string> {
    /** The readable half of the object's name; the other half is a hash of its content. */
    readonly name: string;
    readonly description: string;
    /** All are strings without a default: whoever runs the Task gives every one. */
    readonly params: Described<Param>;
    readonly results: Described<Result>;
    readonly workspaces: Described<Workspace>;
    /** Workspaces that no step can change. Default: none. */
    readonly readOnly?: readonly NoInfer<Workspace>[];
    /** Where workspaces are mounted. Default: `/workspace/<name>`, which is where Tekton mounts them. */
    readonly mountPaths?: Readonly<Partial<Record<NoInfer<Workspace>, string>>>;
    readonly steps: (scope: TaskScope<Param, Result, Workspace>) => readonly Step[];
}

/** A Task, with the names it declares in its type. */
export interface Task<Param extends string, Result extends string, Workspace extends string> {
    readonly params: readonly Param[];
    readonly results: readonly Result[];
    readonly workspaces: readonly Workspace[];
    /** The object in a namespace, named `<name>-<hash of its content>`. */
    manifest(namespace: string): TektonTask;
}

/** A declaration's names, in the order of the source. */
export function namesOf<Name extends string>(described: Described<Name>): Name[] {
    return Object.keys(described) as Name[];
}

/** A record with one entry for each name of a declaration. */
export function forEachName<Name extends string, Value>(
    described: Described<Name>,
    value: (name: Name) => Value,
): Record<Name, Value> {
    return Object.fromEntries(namesOf(described).map((name) => [name, value(name)])) as Record<Name, Value>;
}

/** Declared params or results as Tekton writes them. */
export function stringSpecs(described: Described<string>): ResultSpec[] {
    return Object.entries(described).map(([name, description]) => ({ name, type: "string", description }));
}

/** Declared workspaces as Tekton writes them. */
export function workspaceSpecs(described: Described<string>): WorkspaceSpec[] {
    return Object.entries(described).map(([name, description]) => ({ name, description }));
}

/**
 * Defines a Tekton Task.
 *
 * @throws Error when the Task breaks a rule that its types cannot express; the message lists every one, with its cure.
 * @see https://tekton.dev/docs/pipelines/tasks/
 */
export function task<Param extends string, Result extends string, Workspace extends string>(
    definition: TaskDefinition<Param, Result, Workspace>,
): Task<Param, Result, Workspace> {
    const readOnly: readonly string[] = definition.readOnly ?? [];
    const mountPaths: Readonly<Partial<Record<string, string>>> = definition.mountPaths ?? {};
    const variable = (expression: string): TaskReference => new Reference("task", expression);
    const steps = definition.steps({
        params: forEachName(definition.params, (name) => variable(`params.${name}`)),
        results: forEachName(definition.results, (name) => ({ path: variable(`results.${name}.path`) })),
        workspaces: forEachName(definition.workspaces, (name) => ({ path: variable(`workspaces.${name}.path`) })),
    });
    const spec: TaskSpec = {
        description: definition.description,
        ...listed("params", stringSpecs(definition.params)),
        ...listed(
            "workspaces",
            workspaceSpecs(definition.workspaces).map((workspace) => ({
                ...workspace,
                ...(mountPaths[workspace.name] === undefined ? {} : { mountPath: mountPaths[workspace.name] }),
                ...(readOnly.includes(workspace.name) ? { readOnly: true as const } : {}),
            })),
        ),
        ...listed("results", stringSpecs(definition.results)),
        steps: steps.map((step) => renderStep(step, mountPaths)),
        ...listed("volumes", volumesOf(steps)),
    };
    const manifest = (namespace: string): TektonTask => ({
        apiVersion: TEKTON_API_VERSION,
        kind: "Task",
        metadata: { name: contentName(definition.name, spec), namespace },
        spec,
    });
    checkTask(manifest("any"));
    return {
        params: namesOf(definition.params),
        results: namesOf(definition.results),
        workspaces: namesOf(definition.workspaces),
        manifest,
    };
}

/** The volumes that steps mount, each once. Two that share a name and differ both stay, for the rules to refuse. */
function volumesOf(steps: readonly Step[]): VolumeObject[] {
    const volumes = steps.flatMap((step) => step.mounts.map(({ volume }) => volume));
    return [...new Map(volumes.map((volume) => [JSON.stringify(volume), volume])).values()];
}
