import { posix } from "node:path";
import { valueAt } from "./findings";
import { kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { subjectOf } from "./access";
import { hasUnknown, type Snapshot } from "./snapshot";

/** Where a kind keeps the spec of its pods. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
    Pod: ["spec"],
    Deployment: ["spec", "template", "spec"],
    StatefulSet: ["spec", "template", "spec"],
    DaemonSet: ["spec", "template", "spec"],
    ReplicaSet: ["spec", "template", "spec"],
    ReplicationController: ["spec", "template", "spec"],
    Job: ["spec", "template", "spec"],
    CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** A declared object that makes pods. */
export interface DeclaredPods {
    object: DeclaredObject;
    spec: unknown;
    /** The account of the pods, as {@link subjectOf} writes it. */
    subject: string;
}

/** Every declared object that makes pods. */
export function declaredPods(snapshot: Snapshot): DeclaredPods[] {
    return kubernetesObjects(snapshot).flatMap((object) => {
        const path = POD_SPECS[object.kind];
        const spec = path === undefined ? undefined : valueAt(object.resource.inputs, path);
        if (spec === undefined) {
            return [];
        }
        return [{ object, spec, subject: subjectOf(accountIn(spec, object.namespace)) }];
    });
}

/** Pods without an account of their own run as `default`. */
function accountIn(spec: unknown, namespace: string | undefined): ServiceAccount {
    const name = valueAt(spec, ["serviceAccountName"]) ?? valueAt(spec, ["serviceAccount"]) ?? "default";
    return { namespace: namespace ?? "", name: typeof name === "string" ? name : "" };
}

/** What of a pod may be known only after deployment: which program runs, but not as whom and with what. */
const FREE = new Set(["annotations", "args", "command", "image", "value"]);

/** The first part of an object's pods that is known only after deployment; undefined when there is none. */
export function podUnknown({ kind, resource }: DeclaredObject): string | undefined {
    return POD_SPECS[kind] === undefined ? undefined : unknownIn(resource.inputs["spec"], "spec");
}

function unknownIn(value: unknown, path: string): string | undefined {
    if (typeof value === "string") {
        return hasUnknown(value) ? path : undefined;
    }
    for (const [key, item] of Object.entries(value ?? {})) {
        const found = FREE.has(key) ? undefined : unknownIn(item, `${path}.${key}`);
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}

/** Where pods, Tasks and templates of runs keep what runs. */
const CONTAINERS = ["initContainers", "containers", "ephemeralContainers", "steps", "sidecars"];

/** Everything that runs in a pod, or in the pod of a Task. */
export function containersOf(spec: unknown): unknown[] {
    const template = valueAt(spec, ["stepTemplate"]);
    return [...CONTAINERS.flatMap((key) => list(spec, key)), ...(template === undefined ? [] : [template])];
}

/** Capabilities with which a container takes its node. */
const ROOT = new Set(["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH"]);

/** What gives a pod the node it runs on, and with it the files and keys of every other pod there. */
export function hostAccess(spec: unknown): string[] {
    const given = (value: unknown): boolean => value !== undefined && value !== false;
    return [
        ...["hostPID", "hostNetwork", "hostIPC"].filter((key) => given(valueAt(spec, [key]))),
        ...list(spec, "volumes").flatMap((volume) => (given(valueAt(volume, ["hostPath"])) ? ["hostPath"] : [])),
        ...[spec, ...containersOf(spec)].flatMap((holder) => {
            const context = valueAt(holder, ["securityContext"]);
            const added = list(valueAt(context, ["capabilities"]), "add").map((name) =>
                String(name).replace(/^CAP_/, ""),
            );
            return [
                ...(given(valueAt(context, ["privileged"])) ? ["privileged"] : []),
                ...(given(valueAt(context, ["windowsOptions", "hostProcess"])) ? ["hostProcess"] : []),
                ...added.filter((name) => ROOT.has(name)),
            ];
        }),
    ];
}

/** Names of the Secrets that the volumes and environment of a pod, or of a Task, are made from. */
export function secretsOf(spec: unknown): string[] {
    const names: unknown[] = [];
    for (const volume of list(spec, "volumes")) {
        names.push(valueAt(volume, ["secret", "secretName"]), valueAt(volume, ["csi", "nodePublishSecretRef", "name"]));
        for (const source of list(valueAt(volume, ["projected"]), "sources")) {
            names.push(valueAt(source, ["secret", "name"]));
        }
    }
    for (const container of containersOf(spec)) {
        for (const variable of list(container, "env")) {
            names.push(valueAt(variable, ["valueFrom", "secretKeyRef", "name"]));
        }
        for (const source of list(container, "envFrom")) {
            names.push(valueAt(source, ["secretRef", "name"]));
        }
    }
    return names.filter((name): name is string => typeof name === "string");
}

/** The list under a key; empty when there is none. */
export function list(value: unknown, key: string): unknown[] {
    const found = valueAt(value, [key]);
    return Array.isArray(found) ? (found as unknown[]) : [];
}

/** Whether a path is a folder or below it. */
export function isBelow(path: string, folder: string): boolean {
    return posix.normalize(`${path}/`).startsWith(posix.normalize(`${folder}/`));
}
