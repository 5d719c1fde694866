import { any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byStatefulSetController, byTekton } from "../who";

export const podLabelsByTekton: Rule = {
    name: "pod-labels-by-tekton",
    reason: "network policies know a task's pod by its label: with another label the build reaches what only the push may",
    cure: "declare what a task may reach in the platform's settings",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods", "pods/status"], operations: ["UPDATE"] }],
        checks: [
            {
                holds: any(byTekton, byStatefulSetController, unchanged("metadata", "labels")),
                otherwise: "the labels of a pod are changed by somebody else than the namespace's Tekton controller",
            },
        ],
    },
};
