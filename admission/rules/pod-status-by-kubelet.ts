import { all, any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byNode } from "../who";

/**
 * What a step wrote as its results stands in the status of its pod, and Tekton's controller takes it from there, as it does
 * how the step ended. Others of Kubernetes write there too, as the scheduler, but not what containers did; and a pod that is
 * said to have failed is one that nobody trusts.
 */
export const podStatusByKubelet: Rule = {
    name: "pod-status-by-kubelet",
    reason: "Tekton takes a task's results from its pod's status: another digest there is another image with good provenance",
    cure: "leave what containers did to the kubelet of their node, and build again from a merge",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods/status"], operations: ["UPDATE"] }],
        checks: [
            {
                holds: any(
                    byNode,
                    all(
                        unchanged("status", "containerStatuses"),
                        unchanged("status", "initContainerStatuses"),
                        any(unchanged("status", "phase"), `object.?status.?phase.orValue("") == "Failed"`),
                    ),
                ),
                otherwise: "somebody else than a kubelet says what the containers of a pod did",
            },
        ],
    },
};
