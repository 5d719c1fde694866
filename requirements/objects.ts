import { hasUnknown, type PlannedResource, type Snapshot } from "./snapshot";
import { valueAt } from "./findings";

/** A declared Kubernetes object. */
export interface DeclaredObject {
    resource: PlannedResource;
    kind: string;
    /** `""` for the core group. */
    group: string;
    name: string;
    /** undefined for what is in no namespace, and for what names none: {@link mayLieIn}. */
    namespace: string | undefined;
}

/** Names the account under which a pod speaks to the API server. */
export interface ServiceAccount {
    namespace: string;
    name: string;
}

/** Every Kubernetes object of a snapshot. */
export function kubernetesObjects(snapshot: Snapshot): DeclaredObject[] {
    return snapshot.resources.flatMap((resource) => {
        const { apiVersion, kind } = resource.inputs;
        if (!resource.type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string") {
            return [];
        }
        const namespace = valueAt(resource.inputs, ["metadata", "namespace"]);
        return [
            {
                resource,
                kind,
                group: groupOf(apiVersion),
                name: String(valueAt(resource.inputs, ["metadata", "name"])),
                // "" is how Kubernetes itself writes that no namespace is named.
                namespace: typeof namespace === "string" && namespace !== "" ? namespace : undefined,
            },
        ];
    });
}

function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** Whether an object may lie in a namespace: one that names none lies in the provider's default one, whichever that is. */
export function mayLieIn({ namespace }: DeclaredObject, wanted: string | undefined): boolean {
    return namespace === undefined || wanted === undefined || namespace === wanted || hasUnknown(namespace);
}

/** Resources that touch no cluster by themselves. A role is nobody's before it is granted. */
const HARMLESS =
    /^(?:pulumi:pulumi:Stack|pulumi:providers:(?:gcp|kubernetes|random|tls)|slsa:index:\w+|(?:gcp:artifactregistry\/repository|gcp:kms\/|gcp:projects\/iAMCustomRole:|random:|tls:).+)$/;

/** Groups of Kubernetes itself, and Tekton's. What a custom resource of another group makes its controller do is not told. */
const GROUPS = new Set([
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "coordination.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resolution.tekton.dev",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "tekton.dev",
]);

/**
 * Resources that may make Kubernetes objects, or reach a cluster, without showing what: commands, other clouds, lists,
 * charts, YAML files, custom resources, and objects whose kind the plan does not tell.
 */
export function opaqueResources(snapshot: Snapshot): PlannedResource[] {
    return snapshot.resources.filter(({ type, inputs }) => {
        if (!type.startsWith("kubernetes:")) {
            return !HARMLESS.test(type);
        }
        const { apiVersion, kind } = inputs;
        return (
            typeof apiVersion !== "string" ||
            typeof kind !== "string" ||
            hasUnknown([apiVersion, kind]) ||
            kind.endsWith("List") ||
            ![kind, `${kind}Patch`].includes(type.slice(type.lastIndexOf(":") + 1)) ||
            !GROUPS.has(groupOf(apiVersion))
        );
    });
}

/** Whether a resource belongs to a component of this type, directly or through another component. */
export function belongsTo(snapshot: Snapshot, resource: PlannedResource, componentType: string): boolean {
    // A plan that was not written by `slsa plan` may hold a cycle of parents.
    const seen = new Set<PlannedResource>();
    for (let at: PlannedResource | undefined = resource; at !== undefined && !seen.has(at);) {
        if (at.type === componentType) {
            return true;
        }
        seen.add(at);
        const parent: string | undefined = at.parent;
        at = parent === undefined ? undefined : snapshot.resources.find(({ urn }) => urn === parent);
    }
    return false;
}

/** Objects of one kind that a component of this type declares. */
export function objectsOf(snapshot: Snapshot, componentType: string, kind: string): DeclaredObject[] {
    return kubernetesObjects(snapshot).filter(
        (object) => object.kind === kind && belongsTo(snapshot, object.resource, componentType),
    );
}

/** The service account of a Deployment's pods: `default` when none is named, as Kubernetes has it. */
export function accountOf(deployment: DeclaredObject): ServiceAccount | undefined {
    const name = valueAt(deployment.resource.inputs, ["spec", "template", "spec", "serviceAccountName"]) ?? "default";
    return deployment.namespace === undefined || typeof name !== "string"
        ? undefined
        : { namespace: deployment.namespace, name };
}

/** Components whose type tells what the objects in them are for; the names of the objects do not matter. */
export const COMPONENTS = {
    tektonPipelines: "slsa:index:TektonPipelines",
    tektonChains: "slsa:index:TektonChains",
    transparencyLog: "slsa:index:TransparencyLog",
    buildPipeline: "slsa:index:BuildPipeline",
    mergeTrigger: "slsa:index:MergeTrigger",
    runPruner: "slsa:index:RunPruner",
    imagePromoter: "slsa:index:ImagePromoter",
} as const;
