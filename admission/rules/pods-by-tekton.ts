import { BUILD_IDENTITIES } from "../../names";
import { all, any, literal, unchanged } from "../cel";
import type { Rule } from "../rule";
import { affinityAssistant, byStatefulSetController, byTekton } from "../who";

/**
 * Every workload makes pods, so none may be made here but the StatefulSets by which Tekton's controller keeps the pods of a
 * run on one node (its affinity assistants). Their template must stay too: their controller makes the pod anew from it.
 */
export const podsByTekton: Rule = {
    name: "pods-by-tekton",
    reason: "a pod here may mount the registry's credential, or write its own source into the workspace of a run",
    cure: "run what you need in a namespace of your own",
    judges: {
        where: "builds",
        requests: [
            { apiGroups: [""], resources: ["pods"], operations: ["CREATE"] },
            {
                apiGroups: [""],
                resources: ["replicationcontrollers", "replicationcontrollers/scale"],
                operations: ["CREATE", "UPDATE"],
            },
            {
                apiGroups: ["apps"],
                resources: [
                    "daemonsets",
                    "deployments",
                    "deployments/scale",
                    "replicasets",
                    "replicasets/scale",
                    "statefulsets",
                    "statefulsets/scale",
                    "controllerrevisions",
                ],
                operations: ["CREATE", "UPDATE"],
            },
            { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], operations: ["CREATE", "UPDATE"] },
        ],
        checks: [
            {
                holds: any(
                    `request.resource.resource != "pods"`,
                    byTekton,
                    all(byStatefulSetController, affinityAssistant),
                ),
                otherwise: "a pod is created by somebody else than the namespace's Tekton controller",
            },
            {
                // Of what it runs as, a pod may mount a token. An assistant runs as the run's template says.
                holds: any(
                    `request.resource.resource != "pods"`,
                    `object.spec.?serviceAccountName.orValue("") in ${literal([BUILD_IDENTITIES.builder, BUILD_IDENTITIES.pusher])}`,
                ),
                otherwise: "a pod runs as another account than those of the declared tasks",
            },
            {
                holds: any(
                    `request.resource.resource in ["pods", "controllerrevisions"]`,
                    all(`request.resource.resource == "statefulsets" && request.operation == "CREATE"`, byTekton),
                    `request.operation == "UPDATE" && ${unchanged("spec")}`,
                ),
                otherwise: "a workload is created, or what its pods are is changed",
            },
            {
                holds: any(
                    `request.resource.resource != "controllerrevisions"`,
                    byStatefulSetController,
                    `request.operation == "UPDATE" && ${unchanged("data")} && ${unchanged("revision")}`,
                ),
                otherwise: "a revision of a workload is written by somebody else than its controller",
            },
        ],
    },
};
