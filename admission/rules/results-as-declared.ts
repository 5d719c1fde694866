import { all } from "../cel";
import type { Rule } from "../rule";

const none = (list: string): string => `${list}.orValue([]).size() == 0`;

/**
 * Whatever a step writes into its termination message becomes a result of its task run, declared or not
 * (https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/pod/status.go, `filterResults`); results of steps, and artifacts, get
 * there in the same way. Tekton's controller cannot store such a status, and the run ends when its time is over.
 *
 * No Task of this project has results of steps or artifacts. Tekton writes empty `artifacts` when a task has ended.
 */
export const resultsAsDeclared: Rule = {
    name: "results-as-declared",
    reason: "where Chains signs images too, it signs what any task run names in IMAGES: a build could name another's image",
    cure: "write nothing into the termination message of a step",
    judges: {
        where: "builds",
        requests: [
            { apiGroups: ["tekton.dev"], resources: ["taskruns/status"], operations: ["UPDATE"], apiVersion: "v1" },
        ],
        checks: [
            {
                holds:
                    "object.?status.?results.orValue([]).all(result, " +
                    "object.?status.?taskSpec.?results.orValue([]).exists(declared, declared.name == result.name))",
                otherwise: "a task run has a result that its task does not declare",
            },
            {
                holds:
                    `object.?status.?steps.orValue([]).all(step, ${all(...["results", "inputs", "outputs"].map((list) => none(`step.?${list}`)))}) && ` +
                    all(none("object.?status.?artifacts.?inputs"), none("object.?status.?artifacts.?outputs")),
                otherwise: "a task run has results of steps, or artifacts, which no task declares",
            },
        ],
    },
};
