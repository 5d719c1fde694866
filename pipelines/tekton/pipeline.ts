import { contentName } from "./content-name";
import {
    listed,
    TEKTON_API_VERSION,
    type ClusterReference,
    type PipelineSpec,
    type PipelineTaskObject,
    type TektonPipeline,
    type TektonTask,
} from "./objects";
import { checkPipeline } from "./pipeline-rules";
import { Reference, renderValue, WorkspaceReference, type PipelineReference } from "./reference";
import { forEachName, namesOf, stringSpecs, workspaceSpecs, type Described, type Task } from "./task";

/** What the tasks of a Pipeline can refer to beside each other's results. */
export interface PipelineScope<Param extends string, Workspace extends string> {
    readonly params: Readonly<Record<Param, PipelineReference>>;
    readonly workspaces: Readonly<Record<Workspace, WorkspaceReference>>;
}

/** A Task at its place in a Pipeline. */
export interface PipelineTask<Name extends string, Result extends string> {
    readonly name: Name;
    /** The Task's declared results, for other tasks' params and for the Pipeline's own results. */
    readonly results: Readonly<Record<Result, PipelineReference>>;
    readonly task: Task<string, string, string>;
    /** The reference as it stands in the Pipeline of a namespace. */
    render(namespace: string): PipelineTaskObject;
}

/** A value for each name and no other. (A plain record of no names would take anything.) */
type Exactly<Name extends string, Value> = [Name] extends [never]
    ? Readonly<Record<string, never>>
    : Readonly<Record<Name, Value>>;

/** What a Task is given: exactly the params and workspaces that it declares. */
export interface Bindings<Param extends string, Workspace extends string> {
    readonly params: Exactly<Param, string | PipelineReference>;
    readonly workspaces: Exactly<Workspace, WorkspaceReference>;
    /** Tasks to wait for. A task whose result is used is waited for anyway. */
    readonly runAfter?: readonly PipelineTask<string, string>[];
}

export interface PipelineDefinition<
    Param extends string,
    Workspace extends string,
    TaskName extends string,
    Result extends string,
> {
    /** The readable half of the object's name; the other half is a hash of its content, its Tasks' names included. */
    readonly name: string;
    readonly description: string;
    readonly params: Described<Param>;
    readonly workspaces: Described<Workspace>;
    readonly results: Described<Result>;
    readonly tasks: (scope: PipelineScope<Param, Workspace>) => {
        readonly tasks: readonly PipelineTask<TaskName, string>[];
        /** Where each declared result comes from. Of several references each stands on a line of its own. */
        readonly results: Readonly<Record<NoInfer<Result>, PipelineReference | readonly PipelineReference[]>>;
    };
}

/** A Pipeline, with the names it declares in its type. */
export interface Pipeline<Param extends string, Workspace extends string, TaskName extends string> {
    readonly name: string;
    readonly params: readonly Param[];
    readonly workspaces: readonly Workspace[];
    readonly taskNames: readonly TaskName[];
    /**
     * The Pipeline and the Tasks it refers to, in one namespace.
     *
     * @throws Error when the Pipeline breaks a rule that its types cannot express.
     */
    manifests(namespace: string): { readonly tasks: readonly TektonTask[]; readonly pipeline: TektonPipeline };
}

/**
 * A definition by name through Tekton's `cluster` resolver. The resolver reads only the namespaces of `allowed-namespaces`
 * in its ConfigMap `cluster-resolver-config`, and records the definition's uid and sha256 as the run's `refSource`, from
 * where Chains copies them into the statement's resolved dependencies.
 *
 * @see https://tekton.dev/docs/pipelines/cluster-resolver/
 */
export function clusterReference(kind: "task" | "pipeline", name: string, namespace: string): ClusterReference {
    return {
        resolver: "cluster",
        params: [
            { name: "kind", value: kind },
            { name: "name", value: name },
            { name: "namespace", value: namespace },
        ],
    };
}

/** Places a Task in a Pipeline under a name of its own. */
export function pipelineTask<
    const Name extends string,
    Param extends string,
    Result extends string,
    Workspace extends string,
>(
    name: Name,
    task: Task<Param, Result, Workspace>,
    bindings: Bindings<NoInfer<Param>, NoInfer<Workspace>>,
): PipelineTask<Name, Result> {
    return {
        name,
        task,
        results: Object.fromEntries(
            task.results.map((result) => [result, new Reference("pipeline", `tasks.${name}.results.${result}`)]),
        ) as Record<Result, PipelineReference>,
        render: (namespace) => ({
            name,
            taskRef: clusterReference("task", task.manifest(namespace).metadata.name, namespace),
            ...listed(
                "params",
                task.params.map((param) => ({ name: param, value: renderValue(bindings.params[param]) })),
            ),
            ...listed(
                "workspaces",
                task.workspaces.map((workspace) => ({
                    name: workspace,
                    workspace: bindings.workspaces[workspace].workspace,
                })),
            ),
            ...listed(
                "runAfter",
                (bindings.runAfter ?? []).map((other) => other.name),
            ),
        }),
    };
}

/**
 * Defines a Tekton Pipeline. Tasks are separate objects, so that a statement names each by its digest.
 *
 * @see https://tekton.dev/docs/pipelines/pipelines/
 */
export function pipeline<
    Param extends string,
    Workspace extends string,
    const TaskName extends string,
    Result extends string,
>(definition: PipelineDefinition<Param, Workspace, TaskName, Result>): Pipeline<Param, Workspace, TaskName> {
    const { tasks, results } = definition.tasks({
        params: forEachName(definition.params, (name) => new Reference("pipeline", `params.${name}`)),
        workspaces: forEachName(definition.workspaces, (name) => new WorkspaceReference(name)),
    });
    return {
        name: definition.name,
        params: namesOf(definition.params),
        workspaces: namesOf(definition.workspaces),
        taskNames: tasks.map(({ name }) => name),
        manifests: (namespace) => {
            const spec: PipelineSpec = {
                description: definition.description,
                ...listed("params", stringSpecs(definition.params)),
                ...listed("workspaces", workspaceSpecs(definition.workspaces)),
                tasks: tasks.map((placed) => placed.render(namespace)),
                ...listed(
                    "results",
                    stringSpecs(definition.results).map((spec) => ({
                        ...spec,
                        value: [results[spec.name as Result]]
                            .flat()
                            .map((reference) => reference.render())
                            .join("\n"),
                    })),
                ),
            };
            const manifests = new Map(
                tasks.map(({ task }) => task.manifest(namespace)).map((manifest) => [manifest.metadata.name, manifest]),
            );
            const rendered: TektonPipeline = {
                apiVersion: TEKTON_API_VERSION,
                kind: "Pipeline",
                metadata: { name: contentName(definition.name, spec), namespace },
                spec,
            };
            checkPipeline(rendered, [...manifests.values()]);
            return { tasks: [...manifests.values()], pipeline: rendered };
        },
    };
}
