import type { Rule } from "../rule";

export const runsInBuildNamespaces: Rule = {
    name: "runs-in-build-namespaces",
    reason: "Chains signs what it finds in any namespace; a task in its own namespace could hold its account and its key",
    cure: "declare the source repository in the platform's settings, which gives it a namespace for its builds",
    judges: {
        where: "elsewhere",
        requests: [
            {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns", "taskruns", "customruns"],
                operations: ["CREATE"],
            },
        ],
        checks: [{ holds: "false", otherwise: "a run is created in a namespace that is not for builds" }],
    },
};
