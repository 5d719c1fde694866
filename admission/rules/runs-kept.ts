import { all, any } from "../cel";
import type { Rule } from "../rule";
import { byGarbageCollector, byNamespaceController, byPruner } from "../who";

/** Status of a run's condition; Tekton says Unknown, or nothing, while it goes on. */
const ended = (status: "True" | "False"): string =>
    `oldObject.?status.?conditions.orValue([]).exists(condition, condition.type == "Succeeded" && condition.status == "${status}")`;

/**
 * The API server has no clock and verifies nothing: that a run's time is over, and that its provenance verified, is what its
 * pruner looks at (pipelines/prune-runs.ts). Here is what can be seen in the run. The mark of Chains, which nobody else can
 * set, does not prove that there is provenance; without it there is none.
 *
 * Task runs go after their run, by the garbage collector: Chains cannot sign a run whose task runs are gone.
 */
export const runsKept: Rule = {
    name: "runs-kept",
    reason: "provenance is made from a run's record: whoever deletes it, or a task run of it, keeps its images from ever having any",
    cure: "let the run pruner delete runs when their time is over",
    judges: {
        where: "builds",
        requests: [
            {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns", "taskruns", "customruns"],
                operations: ["DELETE"],
            },
        ],
        checks: [
            {
                holds: any(
                    byNamespaceController,
                    all(`request.resource.resource == "pipelineruns"`, byPruner),
                    all(`request.resource.resource != "pipelineruns"`, byGarbageCollector),
                ),
                otherwise: "a run is deleted by somebody else than the namespace's run pruner",
            },
            {
                holds: any(
                    `!(${byPruner})`,
                    ended("False"),
                    all(
                        ended("True"),
                        `oldObject.metadata.?annotations[?"chains.tekton.dev/signed"].orValue("") == "true"`,
                    ),
                ),
                otherwise: "a run is deleted that goes on, or that succeeded and is not signed",
            },
            {
                holds: any(
                    `!(${byPruner})`,
                    all(
                        `request.?options.?propagationPolicy.orValue("Background") == "Background"`,
                        `!request.?options.?orphanDependents.hasValue()`,
                    ),
                ),
                otherwise: "task runs of the run would go before it, or stay behind without it",
            },
        ],
    },
};
