import { valueAt } from "./findings";
import { kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { subjectOf } from "./access";
import type { Snapshot } from "./snapshot";

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

/** Names of the Secrets that a pod's volumes and environment are made from. */
export function secretsOf(spec: unknown): string[] {
    const names: unknown[] = [];
    for (const volume of list(spec, "volumes")) {
        names.push(valueAt(volume, ["secret", "secretName"]), valueAt(volume, ["csi", "nodePublishSecretRef", "name"]));
        for (const source of list(valueAt(volume, ["projected"]), "sources")) {
            names.push(valueAt(source, ["secret", "name"]));
        }
    }
    for (const container of ["initContainers", "containers", "ephemeralContainers"].flatMap((key) => list(spec, key))) {
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
