import { any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byTekton, byVolumeBinder } from "../who";

/**
 * Tekton's controller makes a claim of a run's template, unless one of its name is there already; the name can be computed
 * from the run's UID (https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/reconciler/volumeclaim/pvchandler.go). A claim
 * that has no volume yet may be given one, once.
 */
export const volumesByTekton: Rule = {
    name: "volumes-by-tekton",
    reason: "source and images pass from task to task in the run's volume: who chooses the volume may write to it from elsewhere",
    cure: "let the trigger create a PipelineRun: Tekton's controller makes its claim and Kubernetes binds it",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["persistentvolumeclaims"], operations: ["CREATE", "UPDATE"] }],
        checks: [
            {
                holds: any(`request.operation != "CREATE"`, byTekton),
                otherwise: "a volume is claimed by somebody else than the namespace's Tekton controller",
            },
            {
                holds: any(`request.operation != "UPDATE"`, byVolumeBinder, unchanged("spec", "volumeName")),
                otherwise: "the volume of a claim is chosen by somebody else than Kubernetes",
            },
        ],
    },
};
