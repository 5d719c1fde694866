/** The label of the nodes on which builds run, which is also their taint. */
export const BUILD_POOL = { key: "slsa-build-platform/pool", value: "build" } as const;

/** GKE taints nodes that sandbox their pods: https://cloud.google.com/kubernetes-engine/docs/how-to/sandbox-pods */
const SANDBOX = { key: "sandbox.gke.io/runtime", value: "gvisor" } as const;

/** Tekton puts it on every pod of a run, its affinity assistant's included. */
const RUN = "tekton.dev/pipelineRun";

interface Toleration {
    readonly key: string;
    readonly operator: "Equal";
    readonly value: string;
    readonly effect: "NoSchedule";
}

interface PodAffinityTerm {
    readonly topologyKey: "kubernetes.io/hostname";
    readonly labelSelector: {
        readonly matchExpressions: readonly { readonly key: string; readonly operator: "Exists" }[];
    };
    readonly mismatchLabelKeys: readonly string[];
    readonly namespaceSelector: Readonly<Record<string, never>>;
}

/** What a run's pod template says so that its pods run on the build pool. Tekton hands all but the first to the run's affinity assistant. */
export interface BuildPods {
    readonly runtimeClassName: "gvisor";
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly Toleration[];
    readonly affinity?: {
        readonly podAntiAffinity: {
            readonly requiredDuringSchedulingIgnoredDuringExecution: readonly PodAffinityTerm[];
        };
    };
}

/**
 * Pods of builds: on the build pool, each in a gVisor sandbox.
 *
 * @param oneRunANode - whether a node has pods of one run at a time. It takes Kubernetes 1.31, which first reads
 *   `mismatchLabelKeys` without being told to.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#mismatchlabelkeys
 */
export function buildPods(oneRunANode: boolean): BuildPods {
    return {
        runtimeClassName: SANDBOX.value,
        nodeSelector: { [BUILD_POOL.key]: BUILD_POOL.value },
        tolerations: [tolerated(BUILD_POOL), tolerated(SANDBOX)],
        ...(oneRunANode
            ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [OTHER_RUNS] } } }
            : {}),
    };
}

/** Pods of runs, in any namespace, whose run is another one. */
const OTHER_RUNS: PodAffinityTerm = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchExpressions: [{ key: RUN, operator: "Exists" }] },
    mismatchLabelKeys: [RUN],
    namespaceSelector: {},
};

/** The affinity assistant is not sandboxed, so that no runtime class tolerates the sandbox's taint for it. */
function tolerated(taint: { readonly key: string; readonly value: string }): Toleration {
    return { key: taint.key, operator: "Equal", value: taint.value, effect: "NoSchedule" };
}
