import { accountOf, COMPONENTS, objectsOf, type DeclaredObject, type ServiceAccount } from "./objects";
import type { Findings } from "./findings";
import { valueAt } from "./findings";
import { subjectOf } from "./access";
import { declaredPods, list } from "./pods";
import type { Snapshot } from "./snapshot";

/** A reference to a definition by Tekton's `cluster` resolver: https://tekton.dev/docs/pipelines/cluster-resolver/ */
export interface ClusterReference {
    kind: string;
    name: string;
    namespace: string;
}

/** Reads a `taskRef` or `pipelineRef`; undefined when it is not by the cluster resolver, or not whole. */
export function clusterReference(reference: unknown): ClusterReference | undefined {
    const params = valueAt(reference, ["params"]);
    if (valueAt(reference, ["resolver"]) !== "cluster" || !Array.isArray(params)) {
        return undefined;
    }
    const param = (name: string): unknown =>
        valueAt(
            params.find((candidate) => valueAt(candidate, ["name"]) === name),
            ["value"],
        );
    const [kind, name, namespace] = [param("kind"), param("name"), param("namespace")];
    return typeof kind === "string" && typeof name === "string" && typeof namespace === "string"
        ? { kind, name, namespace }
        : undefined;
}

/** A merge trigger: what is built when, and the Pipeline that its runs refer to. */
export interface DeclaredTrigger {
    /** The ConfigMap with the repository, the branch, and the template of a run. */
    declared: DeclaredObject;
    /** The PipelineRun that the trigger's steps create. */
    run: unknown;
    /** Its spec. */
    runSpec: unknown;
    /** Whether its steps cancel the runs of older merges. */
    cancelsOlder: boolean;
    /** The account that the trigger uses. */
    account: ServiceAccount;
}

/** Every merge trigger of a snapshot; a finding for what is missing. */
export function triggers(findings: Findings, snapshot: Snapshot): DeclaredTrigger[] {
    const declared = objectsOf(snapshot, COMPONENTS.mergeTrigger, "ConfigMap");
    if (declared.length === 0) {
        findings.fail("no merge trigger is declared: nothing says what is built, and when");
    }
    return declared.flatMap((object) => {
        const account = objectsOf(snapshot, COMPONENTS.mergeTrigger, "ServiceAccount").find(
            ({ namespace, resource }) => namespace === object.namespace && resource.parent === object.resource.parent,
        );
        if (account?.namespace === undefined) {
            findings.fail(`${object.resource.name}: the merge trigger has no service account in its namespace`);
            return [];
        }
        const environments = stepsOf(object).map((step) => valueAt(step, ["env"]));
        const run = runOf(environments);
        return [
            {
                declared: object,
                run,
                runSpec: valueAt(run, ["spec"]),
                cancelsOlder: environments.some((env) => valueAt(env, ["CANCEL_OLDER"]) === "true"),
                account: { namespace: account.namespace, name: account.name },
            },
        ];
    });
}

function stepsOf(trigger: DeclaredObject): unknown[] {
    const steps = parseJson(valueAt(trigger.resource.inputs, ["data", "steps.json"]));
    return Array.isArray(steps) ? steps : [];
}

/** The PipelineRun that the trigger's steps create: pipelines/merge-build/create-run.ts hands it over as RUN. */
function runOf(environments: readonly unknown[]): unknown {
    const runs = environments.map((env) => valueAt(env, ["RUN"]));
    const [run, ...more] = runs.filter((value) => value !== undefined);
    return more.length === 0 ? parseJson(run) : undefined;
}

/** The value of one of the run's params. */
export function runParam({ runSpec }: DeclaredTrigger, name: string): unknown {
    return valueAt(
        list(runSpec, "params").find((param) => valueAt(param, ["name"]) === name),
        ["value"],
    );
}

/** The accounts that a run's tasks run as, the run's own included. */
export function runAccounts({ account, runSpec }: DeclaredTrigger): ServiceAccount[] {
    const names = [
        valueAt(runSpec, ["taskRunTemplate", "serviceAccountName"]) ?? "default",
        ...list(runSpec, "taskRunSpecs").map((task) => valueAt(task, ["serviceAccountName"]) ?? "default"),
    ];
    return [...new Set(names.map(String))].map((name) => ({ namespace: account.namespace, name }));
}

/** The declared Task behind a task of a Pipeline; undefined when the reference finds none. */
export function declaredTask(snapshot: Snapshot, pipelineTask: unknown): DeclaredObject | undefined {
    const reference = clusterReference(valueAt(pipelineTask, ["taskRef"]));
    return objectsOf(snapshot, COMPONENTS.buildPipeline, "Task").find(
        ({ name, namespace }) => name === reference?.name && namespace === reference.namespace,
    );
}

/** Tasks of a Pipeline, the final ones included. */
export function tasksOf(pipeline: DeclaredObject): unknown[] {
    const spec = valueAt(pipeline.resource.inputs, ["spec"]);
    return [...list(spec, "tasks"), ...list(spec, "finally")];
}

/** The declared Tasks behind the tasks of a Pipeline. */
export function declaredTasks(snapshot: Snapshot, pipeline: DeclaredObject): DeclaredObject[] {
    return tasksOf(pipeline).flatMap((task) => declaredTask(snapshot, task) ?? []);
}

/** Which task a pipeline's result is taken from; undefined when it is not a task's result. */
export function resultSource(value: unknown): string | undefined {
    return typeof value === "string"
        ? /^\$\(tasks\.(?<task>[^.)]+)\.results\.[^.)]+\)$/.exec(value)?.groups?.["task"]
        : undefined;
}

/** Which tasks a pipeline's result is taken from, one a line; undefined when anything else is in it. */
export function resultSources(value: unknown): readonly string[] | undefined {
    const sources = typeof value === "string" ? value.split("\n").map(resultSource) : [undefined];
    return sources.every((source) => source !== undefined) ? sources : undefined;
}

/** The declared Pipeline that a trigger's runs refer to; a finding when there is none. */
export function pipelineOf(
    findings: Findings,
    snapshot: Snapshot,
    trigger: DeclaredTrigger,
): DeclaredObject | undefined {
    const reference = clusterReference(valueAt(trigger.runSpec, ["pipelineRef"]));
    const pipeline = objectsOf(snapshot, COMPONENTS.buildPipeline, "Pipeline").find(
        ({ name, namespace }) => name === reference?.name && namespace === reference.namespace,
    );
    if (pipeline === undefined) {
        findings.fail(
            `${trigger.declared.resource.name}: data.steps.json creates a run of ${
                reference === undefined ? "no Pipeline" : `the Pipeline ${reference.namespace}/${reference.name}`
            }; it must be a declared one, through the cluster resolver`,
        );
    }
    return pipeline;
}

/** A controller's Deployment and the account it runs as. */
export interface Controller {
    deployment: DeclaredObject;
    account: ServiceAccount;
    /** The account as access.ts writes subjects. */
    subject: string;
}

/**
 * The one Deployment of those that may be the controller; a finding when it is not there, not alone, or when something else
 * runs as its account.
 */
function controller(
    findings: Findings,
    snapshot: Snapshot,
    [deployment, ...more]: readonly DeclaredObject[],
    what: string,
): Controller | undefined {
    const account = deployment === undefined ? undefined : accountOf(deployment);
    if (deployment === undefined || account === undefined || more.length > 0) {
        findings.fail(
            `${what} is declared ${String(more.length + (deployment === undefined ? 0 : 1))} times; it must be declared once`,
        );
        return undefined;
    }
    if (valueAt(deployment.resource.inputs, ["spec", "replicas"]) === 0) {
        findings.fail(`${deployment.resource.name} runs in no pod`);
        return undefined;
    }
    const subject = subjectOf(account);
    for (const other of declaredPods(snapshot)) {
        if (other.subject === subject && other.object.resource.urn !== deployment.resource.urn) {
            findings.fail(`${other.object.resource.name} runs as ${subject}, the account of ${what}`);
        }
    }
    return { deployment, account, subject };
}

/** A source's way through the platform: what a merge sets off, and the controller that runs it. */
export interface BuildService {
    trigger: DeclaredTrigger;
    tekton: Controller;
}

/**
 * Every merge trigger with Tekton's controller of its namespace; a finding for what is missing, and for two sources that
 * share a namespace, and with it their accounts and their controller.
 */
export function buildServices(findings: Findings, snapshot: Snapshot): BuildService[] {
    const declared = triggers(findings, snapshot);
    const namespaces = declared.map(({ account }) => account.namespace);
    const services = declared.flatMap((trigger, index) => {
        const { namespace } = trigger.account;
        if (namespaces.indexOf(namespace) !== index) {
            findings.fail(`${trigger.declared.resource.name}: another source is built in ${namespace} too`);
        }
        const tekton = tektonController(findings, snapshot, namespace);
        return tekton === undefined ? [] : [{ trigger, tekton }];
    });
    for (const deployment of controllersIn(snapshot)) {
        const served = servedNamespace(deployment);
        if (served === undefined || !namespaces.includes(served)) {
            findings.fail(
                `${deployment.resource.name} is a controller of Tekton's for ${served ?? "every namespace"}; it must be for one in which builds run`,
            );
        }
    }
    const homes = new Set(services.map(({ tekton }) => tekton.account.namespace));
    if (homes.size > 1) {
        findings.fail(`Tekton's controllers run in ${[...homes].join(", ")}; they must read one configuration`);
    }
    return services;
}

const TEKTON_CONTAINER = "tekton-pipelines-controller";

function controllersIn(snapshot: Snapshot): DeclaredObject[] {
    return running(snapshot, TEKTON_CONTAINER);
}

/** Tekton's Deployments that run a container of this name. */
function running(snapshot: Snapshot, container: string): DeclaredObject[] {
    return objectsOf(snapshot, COMPONENTS.tektonPipelines, "Deployment").filter((candidate) =>
        containerNames(candidate).includes(container),
    );
}

/** The one namespace that a controller of Tekton's is told to serve; undefined when it may serve others. */
function servedNamespace(deployment: DeclaredObject): string | undefined {
    const [container] = list(valueAt(deployment.resource.inputs, ["spec", "template", "spec"]), "containers");
    const args = list(container, "args").map(String);
    const flags = args.flatMap((arg, index) => (/^--?namespace(?:=|$)/.test(arg) ? [[arg, args[index + 1]]] : []));
    const [flag, ...more] = flags;
    return flag !== undefined && more.length === 0 && flag[0] === "-namespace" && flag[1] !== "" ? flag[1] : undefined;
}

/** Tekton's pipelines controller of a namespace: the one that runs its builds. */
export function tektonController(findings: Findings, snapshot: Snapshot, namespace: string): Controller | undefined {
    return controller(
        findings,
        snapshot,
        controllersIn(snapshot).filter((candidate) => servedNamespace(candidate) === namespace),
        `Tekton's controller for ${namespace}`,
    );
}

/** Tekton's webhook: the one that checks Tekton's objects. */
export function tektonWebhook(findings: Findings, snapshot: Snapshot): Controller | undefined {
    return controller(findings, snapshot, running(snapshot, "webhook"), "Tekton's webhook");
}

/** Tekton's resolvers: the ones that fetch definitions. */
export function tektonResolvers(findings: Findings, snapshot: Snapshot): Controller | undefined {
    return controller(findings, snapshot, running(snapshot, "controller"), "Tekton's resolvers");
}

/** Chains' controller: the one that generates and signs provenance. */
export function chainsController(findings: Findings, snapshot: Snapshot): Controller | undefined {
    return controller(
        findings,
        snapshot,
        objectsOf(snapshot, COMPONENTS.tektonChains, "Deployment"),
        "Chains' controller",
    );
}

function containerNames(deployment: DeclaredObject): unknown[] {
    const containers = valueAt(deployment.resource.inputs, ["spec", "template", "spec", "containers"]);
    return Array.isArray(containers) ? containers.map((container) => valueAt(container, ["name"])) : [];
}

/** JSON text of a planned value; undefined when it is none. */
export function parseJson(text: unknown): unknown {
    if (typeof text !== "string") {
        return undefined;
    }
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}
