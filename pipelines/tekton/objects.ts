/**
 * The part of Tekton's v1 objects that this project writes, as the API server takes them.
 *
 * @see https://tekton.dev/docs/pipelines/pipeline-api/
 */

export const TEKTON_API_VERSION = "tekton.dev/v1";

export interface ObjectMetadata {
    readonly name: string;
    readonly namespace: string;
}

export interface NameValue {
    readonly name: string;
    readonly value: string;
}

export interface ParamSpec {
    readonly name: string;
    readonly type: "string";
    readonly description: string;
}

export interface ResultSpec {
    readonly name: string;
    readonly type: "string";
    readonly description: string;
}

export interface WorkspaceSpec {
    readonly name: string;
    readonly description: string;
    readonly mountPath?: string;
    readonly readOnly?: true;
}

export interface KeyToPath {
    readonly key: string;
    readonly path: string;
}

export type VolumeObject = { readonly name: string } & VolumeSource;

export type VolumeSource =
    | { readonly emptyDir: Record<string, never> }
    | { readonly secret: { readonly secretName: string; readonly items: readonly KeyToPath[] } }
    | { readonly configMap: { readonly name: string; readonly items: readonly KeyToPath[] } };

export interface VolumeMount {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: true;
}

/** What a container may do: one of two, see `security.ts`. */
export type StepSecurityContext = RestrictedSecurityContext | BaselineSecurityContext;

/** What Pod Security level `restricted` asks of a container, and a root file system that nothing can write to. */
export interface RestrictedSecurityContext {
    readonly allowPrivilegeEscalation: false;
    readonly capabilities: { readonly drop: readonly ["ALL"] };
    readonly readOnlyRootFilesystem: true;
    readonly runAsGroup: number;
    readonly runAsNonRoot: true;
    readonly runAsUser: number;
    readonly seccompProfile: { readonly type: "RuntimeDefault" };
}

/** Root, as far as Pod Security level `baseline` lets it be, over a root file system of its own that it may change. */
export interface BaselineSecurityContext {
    readonly allowPrivilegeEscalation: false;
    readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly ["ALL"] };
    readonly readOnlyRootFilesystem: false;
    readonly runAsGroup: 0;
    readonly runAsNonRoot: false;
    readonly runAsUser: 0;
    readonly seccompProfile: { readonly type: "RuntimeDefault" };
}

/** A workspace that is mounted in the steps that name it, and in no other. */
export interface WorkspaceUsage {
    readonly name: string;
    readonly mountPath: string;
}

export interface StepObject {
    readonly name: string;
    readonly image: string;
    readonly env?: readonly NameValue[];
    readonly computeResources: { readonly requests: { readonly cpu: string; readonly memory: string } };
    readonly securityContext: StepSecurityContext;
    readonly volumeMounts?: readonly VolumeMount[];
    readonly workspaces?: readonly WorkspaceUsage[];
    /** The shell and its script. */
    readonly command: readonly [shell: string, option: "-c", script: string];
}

export interface TektonTask {
    readonly apiVersion: typeof TEKTON_API_VERSION;
    readonly kind: "Task";
    readonly metadata: ObjectMetadata;
    readonly spec: TaskSpec;
}

export interface TaskSpec {
    readonly description: string;
    readonly params?: readonly ParamSpec[];
    readonly workspaces?: readonly WorkspaceSpec[];
    readonly results?: readonly ResultSpec[];
    readonly steps: readonly StepObject[];
    readonly volumes?: readonly VolumeObject[];
}

/** A definition fetched from this cluster by Tekton's `cluster` resolver, which records its digest for the provenance. */
export interface ClusterReference {
    readonly resolver: "cluster";
    readonly params: readonly NameValue[];
}

export interface PipelineTaskObject {
    readonly name: string;
    readonly taskRef: ClusterReference;
    readonly params?: readonly NameValue[];
    readonly workspaces?: readonly { readonly name: string; readonly workspace: string }[];
    readonly runAfter?: readonly string[];
}

export interface PipelineSpec {
    readonly description: string;
    readonly params?: readonly ParamSpec[];
    readonly workspaces?: readonly WorkspaceSpec[];
    readonly tasks: readonly PipelineTaskObject[];
    readonly results?: readonly (ResultSpec & { readonly value: string })[];
}

export interface TektonPipeline {
    readonly apiVersion: typeof TEKTON_API_VERSION;
    readonly kind: "Pipeline";
    readonly metadata: ObjectMetadata;
    readonly spec: PipelineSpec;
}

export interface VolumeClaimTemplate {
    readonly spec: {
        readonly accessModes: readonly ["ReadWriteOnce"];
        readonly storageClassName?: string;
        readonly resources: { readonly requests: { readonly storage: string } };
    };
}

export interface PodTemplate {
    readonly automountServiceAccountToken: false;
    readonly enableServiceLinks: false;
    readonly securityContext: {
        readonly fsGroup: number;
        readonly runAsGroup: number;
        readonly runAsNonRoot: true;
        readonly runAsUser: number;
        readonly seccompProfile: { readonly type: "RuntimeDefault" };
    };
}

/** A run that is created so starts when this is taken away: https://tekton.dev/docs/pipelines/pipelineruns/#pending-pipelineruns */
export const PENDING = "PipelineRunPending";

export interface PipelineRunSpec {
    readonly pipelineRef: ClusterReference;
    readonly params: readonly NameValue[];
    readonly status: typeof PENDING;
    readonly taskRunTemplate: { readonly serviceAccountName: string; readonly podTemplate: PodTemplate };
    readonly taskRunSpecs: readonly { readonly pipelineTaskName: string; readonly serviceAccountName: string }[];
    readonly timeouts: { readonly pipeline: string };
    readonly workspaces: readonly { readonly name: string; readonly volumeClaimTemplate: VolumeClaimTemplate }[];
}

export interface RunMetadata extends ObjectMetadata {
    readonly annotations: { readonly "tekton.dev/auto-cleanup-pvc": "true" };
}

export interface TektonPipelineRun {
    readonly apiVersion: typeof TEKTON_API_VERSION;
    readonly kind: "PipelineRun";
    readonly metadata: RunMetadata;
    readonly spec: PipelineRunSpec;
}

/** A list as a property, or nothing: the API server does not keep empty lists, and a difference would be seen for ever. */
export function listed<Key extends string, Item>(
    key: Key,
    items: readonly Item[],
): Partial<Readonly<Record<Key, readonly Item[]>>> {
    return items.length === 0 ? {} : ({ [key]: items } as Record<Key, readonly Item[]>);
}
