import { all, any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byNode, byPodGarbageCollector } from "../who";

/**
 * What a step wrote as its results stands in the status of its pod, and Tekton's controller takes it from there, as it does
 * how the step ended. Networks take from there which addresses a policy is for, and leave out pods that have ended: kube-router
 * and Calico do. Others of Kubernetes write there too, as the scheduler, but none of that; where a node is gone, Kubernetes
 * says that its pods have failed.
 */
export const podStatusByKubelet: Rule = {
    name: "pod-status-by-kubelet",
    reason: "Tekton takes a task's results from its pod's status: another digest there is another image with good provenance; and by another address or phase there a build is rid of its network policies",
    cure: "leave what containers did to the kubelet of their node, and build again from a merge",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods/status"], operations: ["UPDATE"] }],
        checks: [
            {
                holds: any(
                    byNode,
                    all(unchanged("status", "containerStatuses"), unchanged("status", "initContainerStatuses")),
                ),
                otherwise: "somebody else than a kubelet says what the containers of a pod did",
            },
            {
                holds: any(
                    byNode,
                    unchanged("status", "phase"),
                    all(byPodGarbageCollector, `object.?status.?phase.orValue("") == "Failed"`),
                ),
                otherwise: "somebody else than a kubelet says that a pod goes on or has ended",
            },
            {
                holds: any(
                    byNode,
                    all(...["podIP", "podIPs", "hostIP", "hostIPs"].map((address) => unchanged("status", address))),
                ),
                otherwise: "somebody else than a kubelet says which addresses a pod has",
            },
        ],
    },
};
