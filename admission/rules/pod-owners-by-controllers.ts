import { any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byGarbageCollector, byStatefulSetController, byTekton } from "../who";

/** The status of a pod cannot carry owners: Kubernetes keeps those that the pod has. */
export const podOwnersByControllers: Rule = {
    name: "pod-owners-by-controllers",
    reason: "Tekton looks after a pod as long as it is owned by its task run: without it the build never ends, and with another it ends with an object of the attacker's",
    cure: "leave the owners of a pod to the controllers that make and delete it",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods"], operations: ["UPDATE"] }],
        checks: [
            {
                holds: any(
                    byTekton,
                    byStatefulSetController,
                    byGarbageCollector,
                    unchanged("metadata", "ownerReferences"),
                ),
                otherwise: "the owners of a pod are changed by somebody else than a controller",
            },
        ],
    },
};
