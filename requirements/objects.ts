import { hasUnknown, type PlannedResource, type Snapshot } from "./snapshot";
import { valueAt } from "./findings";

/** A declared Kubernetes object. */
export interface DeclaredObject {
    resource: PlannedResource;
    kind: string;
    /** `""` for the core group. */
    group: string;
    name: string;
    /** undefined for what is not in a namespace. */
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
                group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
                name: String(valueAt(resource.inputs, ["metadata", "name"])),
                namespace: typeof namespace === "string" ? namespace : undefined,
            },
        ];
    });
}

/**
 * Resources that make Kubernetes objects without showing them: lists, charts, YAML files, and objects whose kind the plan
 * does not tell.
 */
export function opaqueResources(snapshot: Snapshot): PlannedResource[] {
    return snapshot.resources.filter(({ type, inputs }) => {
        if (!type.startsWith("kubernetes:")) {
            return false;
        }
        const { apiVersion, kind } = inputs;
        return typeof apiVersion !== "string" || typeof kind !== "string" || hasUnknown(kind) || kind.endsWith("List");
    });
}

/** Whether a resource belongs to a component of this type, directly or through another component. */
export function belongsTo(snapshot: Snapshot, resource: PlannedResource, componentType: string): boolean {
    for (let at: PlannedResource | undefined = resource; at !== undefined;) {
        if (at.type === componentType) {
            return true;
        }
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
} as const;
