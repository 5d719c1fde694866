import type { Json } from "../../../admission/cel";
import type { Request } from "./api";
import { BUILDS } from "./builds";

const GROUPS: Readonly<Record<string, string>> = {
    pipelineruns: "/apis/tekton.dev/v1",
    taskruns: "/apis/tekton.dev/v1",
    customruns: "/apis/tekton.dev/v1beta1",
    pipelines: "/apis/tekton.dev/v1",
    tasks: "/apis/tekton.dev/v1",
    stepactions: "/apis/tekton.dev/v1beta1",
    resolutionrequests: "/apis/resolution.tekton.dev/v1beta1",
    statefulsets: "/apis/apps/v1",
    deployments: "/apis/apps/v1",
    daemonsets: "/apis/apps/v1",
    replicasets: "/apis/apps/v1",
    controllerrevisions: "/apis/apps/v1",
    jobs: "/apis/batch/v1",
    cronjobs: "/apis/batch/v1",
    networkpolicies: "/apis/networking.k8s.io/v1",
};

export function path(resource: string, name = "", namespace = BUILDS): string {
    return `${GROUPS[resource] ?? "/api/v1"}/namespaces/${namespace}/${resource}${name === "" ? "" : `/${name}`}`;
}

export function create(resource: string, body: Json, namespace = BUILDS): Request {
    return { method: "POST", path: path(resource, "", namespace), body };
}

/** A merge patch; the name may go on with a subresource. */
export function merge(resource: string, name: string, body: Json, namespace = BUILDS): Request {
    return { method: "PATCH", path: path(resource, name, namespace), body };
}

export function jsonPatch(resource: string, name: string, body: Json, namespace = BUILDS): Request {
    return { method: "PATCH", path: path(resource, name, namespace), body, patch: "json" };
}

/** The start of a run that waits, as a merge's steps do it; more may be changed with it. */
export function start(name: string, more: readonly Json[] = [], namespace = BUILDS): Request {
    const test = { op: "test", path: "/spec/status", value: "PipelineRunPending" };
    return jsonPatch("pipelineruns", name, [test, { op: "remove", path: "/spec/status" }, ...more], namespace);
}

/** A server-side apply of an object of this name. */
export function apply(resource: string, body: Json): Request {
    const { name } = (body as { metadata: { name: string } }).metadata;
    return { method: "PATCH", path: path(resource, name), body, patch: "apply" };
}

export function remove(resource: string, name: string): Request {
    return { method: "DELETE", path: path(resource, name) };
}
