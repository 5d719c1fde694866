import type { Rule } from "../rule";
import { byScheduler } from "../who";

/**
 * A Binding chooses the node of a pod that has none yet. Where the API server's gate `PodTopologyLabelsAdmission` is on, as it
 * is from Kubernetes 1.35 on, its labels are copied over the pod's:
 * https://github.com/kubernetes/kubernetes/blob/v1.34.2/pkg/registry/core/pod/storage/storage.go (setPodNodeAndMetadata)
 */
export const podsBoundByScheduler: Rule = {
    name: "pods-bound-by-scheduler",
    reason: "who binds a pod chooses the node that builds, and labels by which network policies take a build for a push",
    cure: "let Kubernetes' own scheduler bind the pods of builds",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods/binding", "bindings"], operations: ["CREATE"] }],
        checks: [{ holds: byScheduler, otherwise: "a pod is bound by somebody else than Kubernetes' scheduler" }],
    },
};
