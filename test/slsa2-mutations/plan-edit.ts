import type { Snapshot } from "../../requirements/snapshot";
import { at, resource, resourceLike } from "../snapshot-edit";

/** Changes a plan so that one requirement is broken. */
export type Mutation = (snapshot: Snapshot) => void;

/** One row of the announcement's table: what breaks it, and which right elsewhere under the same names does not count. */
export interface Row {
    breaks: Record<string, Mutation>;
    /** Moves what the row rests on to another place, its names unchanged; or breaks other rows too. */
    moves: Record<string, Mutation>;
    /** Makes a decisive value known only after deployment. */
    hides?: Record<string, Mutation>;
}

/** Everything that breaks either. */
export function both(one: Row, other: Row): Row {
    return {
        breaks: { ...one.breaks, ...other.breaks },
        moves: { ...one.moves, ...other.moves },
        hides: { ...one.hides, ...other.hides },
    };
}

/** Somebody who has nothing to do with builds. */
export const visitor = { namespace: "default", name: "visitor" };
export const builder = { namespace: "builds-crane", name: "builder" };
export const trigger = { namespace: "builds-crane", name: "merge-trigger" };
export const RBAC = "rbac.authorization.k8s.io/v1";
export const UNKNOWN = "[unknown: urn:pulumi:x::y::z::w#value]";

/** Anything in JSON or YAML, to be changed. */
export type Properties = Record<string, unknown>;

export function data(snapshot: Snapshot, name: string): Record<string, string> {
    return at(resource(snapshot, name).inputs, "data") as Record<string, string>;
}

export function pipeline(snapshot: Snapshot): Properties {
    return at(resourceLike(snapshot, /^Pipeline\/builds-crane\//).inputs, "spec") as Properties;
}

/** The Pipeline's task of this index, in the order of its file: clone, build, push. */
export function pipelineTask(snapshot: Snapshot, index: number): Properties {
    return at(pipeline(snapshot), "tasks", index) as Properties;
}

/** The spec of the one Task whose name begins so. */
export function task(snapshot: Snapshot, name: "git-clone" | "ko-image" | "push-images"): Properties {
    return at(resourceLike(snapshot, new RegExp(`^Task/builds-crane/${name}-`)).inputs, "spec") as Properties;
}

export function pipelineResult(snapshot: Snapshot, name: string): Properties {
    const found = (pipeline(snapshot)["results"] as Properties[]).find((result) => result["name"] === name);
    if (found === undefined) {
        throw new Error(`no result ${name}`);
    }
    return found;
}

export function withoutPipelineResult(snapshot: Snapshot, name: string): void {
    pipelineResult(snapshot, name);
    const spec = pipeline(snapshot);
    spec["results"] = (spec["results"] as Properties[]).filter((result) => result["name"] !== name);
}

/** Adds to a list of an object, which need not have it yet. */
export function add(holder: Properties, key: string, ...items: unknown[]): void {
    holder[key] = [...((holder[key] as unknown[] | undefined) ?? []), ...items];
}

/** Changes the steps of a merge. */
export function mergeSteps(snapshot: Snapshot, change: (steps: { env: Properties; script: string }[]) => void): void {
    const declared = data(snapshot, "merge-trigger-crane-steps");
    const steps = JSON.parse(declared["steps.json"] ?? "") as { env: Properties; script: string }[];
    change(steps);
    declared["steps.json"] = JSON.stringify(steps);
}

/** Changes the run that the trigger creates. */
export function wholeRun(
    snapshot: Snapshot,
    change: (run: { kind: string; metadata: Properties; spec: Properties }) => void,
): void {
    mergeSteps(snapshot, ([first]) => {
        const env = first?.env ?? {};
        const run = JSON.parse(String(env["RUN"])) as { kind: string; metadata: Properties; spec: Properties };
        change(run);
        env["RUN"] = JSON.stringify(run);
    });
}

/** Changes the spec of the run that the trigger creates. */
export function run(snapshot: Snapshot, change: (spec: Properties) => void): void {
    wholeRun(snapshot, ({ spec }) => {
        change(spec);
    });
}

/** The spec of a Deployment's pods. */
export function pod(snapshot: Snapshot, name: string): Properties {
    return at(resource(snapshot, name).inputs, "spec", "template", "spec") as Properties;
}

/** The first container of a Deployment's pods. */
export function container(snapshot: Snapshot, name: string): Properties {
    return at(pod(snapshot, name), "containers", 0) as Properties;
}

export const CHAINS = "tekton-chains/Deployment/tekton-chains/tekton-chains-controller";
export const TEKTON = "tekton-pipelines/Deployment/tekton-pipelines/tekton-controller-builds-crane";
export const LOG = "transparency-log-rekor";

export function rekorArgs(snapshot: Snapshot): string[] {
    return container(snapshot, LOG)["args"] as string[];
}

export function without(list: unknown[], pattern: RegExp): void {
    const index = list.findIndex((item) => pattern.test(String(item)));
    if (index < 0) {
        throw new Error(`nothing matches ${String(pattern)}`);
    }
    list.splice(index, 1);
}
