import { isDeepStrictEqual } from "node:util";
import type { JsonMap } from "../property";
import { objectPath } from "./api-server";
import type { ApiServer } from "./api-server";
import { annotated, at, identity, mapsAt, numberAt, textAt } from "./object";

/** Whether an object works; when it does not yet, what is missing, and whether it never will. */
export interface Readiness {
    readonly ready: boolean;
    readonly waitingFor: string;
    readonly failed?: boolean;
}

type Check = (object: JsonMap, api: ApiServer) => Readiness | Promise<Readiness>;

const ready: Readiness = { ready: true, waitingFor: "" };

/** The annotation by which a program says that an object need not work before the next one is made. */
export const skipAwait = "pulumi.com/skipAwait";

const checks: Readonly<Record<string, Check>> = {
    "apps/v1/Deployment": (object) => {
        const wanted = wantedReplicas(object);
        const [updated, available, all] = counts(object, "updatedReplicas", "availableReplicas", "replicas");
        return observed(object, updated === wanted && available === wanted && all === wanted, {
            waitingFor: `${available.toString()} of ${wanted.toString()} replicas available, ${updated.toString()} updated`,
        });
    },
    "apps/v1/StatefulSet": (object) => {
        const wanted = wantedReplicas(object);
        const [isReady, updated] = counts(object, "readyReplicas", "updatedReplicas");
        const rolling = textAt(object, "spec", "updateStrategy", "type") !== "OnDelete";
        return observed(object, isReady === wanted && (!rolling || updated === wanted), {
            waitingFor: `${isReady.toString()} of ${wanted.toString()} replicas ready, ${updated.toString()} updated`,
        });
    },
    "apps/v1/DaemonSet": (object) => {
        const [wanted, isReady, updated] = counts(
            object,
            "desiredNumberScheduled",
            "numberReady",
            "updatedNumberScheduled",
        );
        return observed(object, isReady === wanted && updated === wanted, {
            waitingFor: `${isReady.toString()} of ${wanted.toString()} pods ready`,
        });
    },
    "batch/v1/Job": (object) => {
        const failure = condition(object, "Failed");
        if (isTrue(failure)) {
            return { ready: false, failed: true, waitingFor: `the job failed: ${textAt(failure, "message")}` };
        }
        const done = isTrue(condition(object, "Complete")) || at(object, "spec", "suspend") === true;
        return done ? ready : { ready: false, waitingFor: "the job to complete" };
    },
    "v1/Pod": (object) => {
        const phase = textAt(object, "status", "phase");
        if (phase === "Failed") {
            return { ready: false, failed: true, waitingFor: `the pod failed: ${textAt(object, "status", "message")}` };
        }
        const isReady = phase === "Succeeded" || isTrue(condition(object, "Ready"));
        return isReady ? ready : { ready: false, waitingFor: `the pod to be ready (it is ${phase || "not seen yet"})` };
    },
    "v1/PersistentVolume": (object) => {
        const phase = textAt(object, "status", "phase");
        return phase === "Available" || phase === "Bound" ? ready : { ready: false, waitingFor: "the volume" };
    },
    "v1/PersistentVolumeClaim": async (object, api) => {
        if (textAt(object, "status", "phase") === "Bound") {
            return ready;
        }
        // Such a claim is bound when the first pod that mounts it is scheduled: waiting here would be for ever.
        return (await bindsLate(object, api)) ? ready : { ready: false, waitingFor: "a volume for the claim" };
    },
    "v1/ResourceQuota": (object) => {
        const taken = isDeepStrictEqual(at(object, "spec", "hard"), at(object, "status", "hard"));
        return taken ? ready : { ready: false, waitingFor: "the quota to be taken over" };
    },
    "v1/Secret": (object) => {
        const isToken = textAt(object, "type") === "kubernetes.io/service-account-token";
        return !isToken || textAt(object, "data", "token") !== "" ? ready : { ready: false, waitingFor: "its token" };
    },
    "v1/Service": serviceReadiness,
    "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => {
        const refused = condition(object, "NamesAccepted");
        if (textAt(refused, "status") === "False") {
            return { ready: false, failed: true, waitingFor: `its names: ${textAt(refused, "message")}` };
        }
        return isTrue(condition(object, "Established")) ? ready : { ready: false, waitingFor: "it to be established" };
    },
};

/**
 * Whether an object does its work. Kinds that do none by themselves (a ConfigMap, a webhook configuration, any custom
 * resource) are ready once they are there; the real provider sees it the same way.
 */
export async function readiness(object: JsonMap, api: ApiServer): Promise<Readiness> {
    const { apiVersion, kind } = identity(object);
    return annotated(object, skipAwait, "true")
        ? ready
        : ((await checks[`${apiVersion}/${kind}`]?.(object, api)) ?? ready);
}

/** A condition of an object's status by its type. */
export function condition(object: JsonMap, type: string): JsonMap | undefined {
    return mapsAt(object, "status", "conditions").find((entry) => textAt(entry, "type") === type);
}

function isTrue(entry: JsonMap | undefined): boolean {
    return textAt(entry, "status") === "True";
}

function wantedReplicas(object: JsonMap): number {
    return at(object, "spec", "replicas") === undefined ? 1 : numberAt(object, "spec", "replicas");
}

function counts<const Names extends readonly string[]>(
    object: JsonMap,
    ...names: Names
): { [Place in keyof Names]: number } {
    return names.map((name) => numberAt(object, "status", name)) as { [Place in keyof Names]: number };
}

/** A status counts only when it is about the object as it was applied last. */
function observed(object: JsonMap, done: boolean, otherwise: { waitingFor: string }): Readiness {
    const seen = numberAt(object, "status", "observedGeneration") >= numberAt(object, "metadata", "generation");
    if (!seen) {
        return { ready: false, waitingFor: "its controller to see the change" };
    }
    return done ? ready : { ready: false, ...otherwise };
}

async function serviceReadiness(object: JsonMap, api: ApiServer): Promise<Readiness> {
    const type = textAt(object, "spec", "type");
    const balancer = mapsAt(object, "status", "loadBalancer", "ingress");
    if (type === "LoadBalancer" && balancer.length === 0) {
        return { ready: false, waitingFor: "the address of its load balancer" };
    }
    const selector = at(object, "spec", "selector");
    if (type === "ExternalName" || selector === undefined || Object.keys(Object(selector) as object).length === 0) {
        return ready;
    }
    const { namespace = "", name } = identity(object);
    const slices = await api.send("GET", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
        labelSelector: `kubernetes.io/service-name=${name}`,
    });
    const endpoints = mapsAt(slices, "items").flatMap((slice) => mapsAt(slice, "endpoints"));
    const some = endpoints.some((endpoint) => at(endpoint, "conditions", "ready") !== false);
    return some ? ready : { ready: false, waitingFor: "a ready pod that its selector finds" };
}

async function bindsLate(claim: JsonMap, api: ApiServer): Promise<boolean> {
    const name = textAt(claim, "spec", "storageClassName");
    const resource = { plural: "storageclasses", namespaced: false };
    if (name === "" || textAt(claim, "spec", "volumeName") !== "") {
        return false;
    }
    const storageClass = await api.send("GET", objectPath("storage.k8s.io/v1", resource, "", name));
    return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
}
