import type { Rule } from "../rule";
import { byTrigger } from "../who";

export const runsByTrigger: Rule = {
    name: "runs-by-trigger",
    reason: "a run by anybody else builds and signs what was never merged",
    cure: "merge on the declared branch and let the trigger create the run",
    judges: {
        where: "builds",
        requests: [{ apiGroups: ["tekton.dev"], resources: ["pipelineruns"], operations: ["CREATE"] }],
        checks: [
            { holds: byTrigger, otherwise: "a PipelineRun is created by somebody else than the namespace's trigger" },
        ],
    },
};
