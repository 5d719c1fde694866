import type { Rule } from "../rule";
import { byTekton } from "../who";

export const taskRunsByTekton: Rule = {
    name: "task-runs-by-tekton",
    reason: "a task run on its own names steps and accounts that no declared pipeline names, and Chains reads its results",
    cure: "let the trigger create a PipelineRun: Tekton's controller creates its task runs",
    judges: {
        where: "builds",
        requests: [{ apiGroups: ["tekton.dev"], resources: ["taskruns", "customruns"], operations: ["CREATE"] }],
        checks: [
            {
                holds: byTekton,
                otherwise: "a task run is created by somebody else than the namespace's Tekton controller",
            },
        ],
    },
};
