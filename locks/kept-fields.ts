import { isRecord, valueAt, type KubernetesObject } from "./kubernetes-object";
import { isVersionLabel } from "./version-labels";

/**
 * Fields of a release's object that are kept whole, each at the path it has in the Kubernetes object, so that a check
 * reads a reduced object as it reads a full one. An absent field is absent in the object too.
 */
export interface KeptFields {
    /** Role, ClusterRole. */
    rules?: unknown[];
    /** ClusterRole. */
    aggregationRule?: unknown;
    /** RoleBinding, ClusterRoleBinding. */
    roleRef?: unknown;
    subjects?: unknown[];
    /** Webhook configurations: name, rules, failurePolicy, selectors and service of each webhook. */
    webhooks?: Record<string, unknown>[];
    /** Namespace (Pod Security levels) and ClusterRole (aggregation): labels that do more than describe. */
    metadata?: { labels: Record<string, unknown> };
    /** Workloads: service account, and the secrets and ConfigMaps they mount or read. CRDs: names, scope, versions. */
    spec?: Record<string, unknown>;
    /** ConfigMaps that switch features: keys and values. */
    data?: Record<string, unknown>;
    /** Other ConfigMaps and Secrets: the keys alone. `_example`, a text for people, is left out of both. */
    dataKeys?: string[];
}

/** ConfigMaps whose values decide what a controller does for or against a build's trust. */
const SWITCHES: ReadonlySet<string> = new Set([
    "feature-flags",
    "resolvers-feature-flags",
    "config-defaults",
    "config-spire",
    "cluster-resolver-config",
    "chains-config",
]);

const WEBHOOK_FIELDS = [
    "name",
    "rules",
    "failurePolicy",
    "matchPolicy",
    "namespaceSelector",
    "objectSelector",
    "sideEffects",
] as const;

/** Where a workload keeps its pod's spec. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
    Deployment: ["spec", "template", "spec"],
    StatefulSet: ["spec", "template", "spec"],
    DaemonSet: ["spec", "template", "spec"],
    Job: ["spec", "template", "spec"],
    CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
    Pod: ["spec"],
};

/** The kept fields of an object; none for kinds that no reader asks about (their content hash still counts). */
export function keptFields(object: KubernetesObject): KeptFields {
    switch (object.kind) {
        case "Namespace":
            return labelsOf(object);
        case "ClusterRole":
            return { ...labelsOf(object), ...pick(object, ["rules", "aggregationRule"]) };
        case "Role":
            return pick(object, ["rules"]);
        case "RoleBinding":
        case "ClusterRoleBinding":
            return pick(object, ["roleRef", "subjects"]);
        case "MutatingWebhookConfiguration":
        case "ValidatingWebhookConfiguration":
            return { webhooks: records(object["webhooks"]).map(webhook) };
        case "ConfigMap":
            return configMap(object);
        case "Secret":
            return { dataKeys: keysOf(object["data"], object["stringData"]) };
        case "CustomResourceDefinition":
            return { spec: customResource(object["spec"]) };
        default: {
            const path = POD_SPECS[object.kind];
            return path === undefined ? {} : { spec: nested(path.slice(1), podSpec(valueAt(object, path))) };
        }
    }
}

function labelsOf({ metadata }: KubernetesObject): KeptFields {
    const labels = Object.entries(metadata.labels ?? {}).filter(
        ([key]) => !isVersionLabel(key) && !key.startsWith("app.kubernetes.io/"),
    );
    return labels.length === 0 ? {} : { metadata: { labels: Object.fromEntries(labels) } };
}

function webhook(declared: Record<string, unknown>): Record<string, unknown> {
    const service = valueAt(declared, ["clientConfig", "service"]);
    return {
        ...pick(declared, WEBHOOK_FIELDS),
        ...(service === undefined ? {} : { clientConfig: { service } }),
    };
}

function configMap(object: KubernetesObject): KeptFields {
    const keys = keysOf(object["data"], object["binaryData"]);
    if (!SWITCHES.has(object.metadata.name) || !isRecord(object["data"])) {
        return keys.length === 0 ? {} : { dataKeys: keys };
    }
    return { data: Object.fromEntries(Object.entries(object["data"]).filter(([key]) => key !== "_example")) };
}

function customResource(spec: unknown): Record<string, unknown> {
    const declared = isRecord(spec) ? spec : {};
    return {
        ...pick(declared, ["group", "scope"]),
        names: pick(declared["names"], ["kind", "plural"]),
        versions: records(declared["versions"]).map((version) => pick(version, ["name", "served", "storage"])),
    };
}

/** Who a pod is and which secrets and ConfigMaps it can read. */
function podSpec(spec: unknown): Record<string, unknown> {
    const declared = isRecord(spec) ? spec : {};
    const volumes = records(declared["volumes"])
        .filter((volume) => ["secret", "configMap", "projected", "hostPath", "csi"].some((source) => source in volume))
        .map((volume) => pick(volume, ["name", "secret", "configMap", "projected", "hostPath", "csi"]));
    return {
        ...pick(declared, ["serviceAccountName", "automountServiceAccountToken", "hostNetwork", "hostPID", "hostIPC"]),
        ...containersThatRead(declared, "initContainers"),
        ...containersThatRead(declared, "containers"),
        ...(volumes.length === 0 ? {} : { volumes }),
    };
}

/** Containers by name, with the environment they take from secrets and ConfigMaps. */
function containersThatRead(spec: Record<string, unknown>, list: string): Record<string, unknown> {
    const containers = records(spec[list]).map((container) => {
        const env = records(container["env"]).filter(
            (variable) =>
                valueAt(variable, ["valueFrom", "secretKeyRef"]) !== undefined ||
                valueAt(variable, ["valueFrom", "configMapKeyRef"]) !== undefined,
        );
        return { ...pick(container, ["name", "envFrom"]), ...(env.length === 0 ? {} : { env }) };
    });
    return containers.length === 0 ? {} : { [list]: containers };
}

function nested(path: readonly string[], value: Record<string, unknown>): Record<string, unknown> {
    return path.reduceRight<Record<string, unknown>>((held, key) => ({ [key]: held }), value);
}

function keysOf(...maps: readonly unknown[]): string[] {
    return maps
        .flatMap((map) => (isRecord(map) ? Object.keys(map) : []))
        .filter((key) => key !== "_example")
        .sort();
}

function records(value: unknown): Record<string, unknown>[] {
    return Array.isArray(value) ? value.filter(isRecord) : [];
}

function pick(value: unknown, keys: readonly string[]): Record<string, unknown> {
    return isRecord(value)
        ? Object.fromEntries(keys.filter((key) => key in value).map((key) => [key, value[key]]))
        : {};
}
