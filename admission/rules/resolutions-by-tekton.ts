import { any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byResolvers, byTekton } from "../who";

/**
 * Between a run and its pipeline stands a ResolutionRequest: Tekton's controller asks by one whose name can be computed, and
 * takes as the definition whatever is in its status.
 */
export const resolutionsByTekton: Rule = {
    name: "resolutions-by-tekton",
    reason: "who writes the answer to a resolution request writes the pipeline that the run executes",
    cure: "leave resolution to Tekton: its controller asks and its resolvers answer",
    judges: {
        where: "builds",
        requests: [
            {
                apiGroups: ["resolution.tekton.dev"],
                resources: ["resolutionrequests", "resolutionrequests/status"],
                operations: ["CREATE", "UPDATE"],
            },
        ],
        checks: [
            {
                holds: any(`request.operation != "CREATE"`, byTekton),
                otherwise: "a resolution is asked for by somebody else than the namespace's Tekton controller",
            },
            {
                holds: any(
                    `request.operation != "UPDATE"`,
                    byTekton,
                    byResolvers,
                    `${unchanged("spec")} && ${unchanged("status")} && ${unchanged("metadata", "annotations")}`,
                ),
                otherwise: "a resolution is answered by somebody else than Tekton's resolvers",
            },
        ],
    },
};
