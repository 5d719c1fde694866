import { ATTEMPTS } from "../../pipelines/run-name";
import { all, any, text } from "../cel";
import { COMMIT, isFullSha } from "../commit";
import type { Rule } from "../rule";

/**
 * Tekton takes a task run for one of a run by its name, the run's with the task's behind it, and does not ask whose it is
 * (pipelines/run-name.ts). A name that the API server made ends in letters that nobody chose, and is refused like any other.
 *
 * A run of what is no full SHA is for run-as-declared to refuse.
 */
export const runNamedByCommit: Rule = {
    name: "run-named-by-commit",
    reason: "a run whose name gives its tasks the names of another run's takes over that run's push, and provenance says another commit than was built; a run under a merge's name makes that merge red",
    cure: "create the run with the declared steps of the trigger, which name it by its commit",
    judges: ({ runTemplate }) => {
        const named = ATTEMPTS.map(
            (attempt) => `object.metadata.name == ${text(runTemplate.namePrefix)} + param.value + ${text(attempt)}`,
        );
        return {
            where: "builds",
            requests: [
                { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], operations: ["CREATE"], apiVersion: "v1" },
            ],
            checks: [
                {
                    holds:
                        `object.spec.?params.orValue([])` +
                        `.filter(param, ${all(`param.name == ${text(COMMIT)}`, "has(param.value)", isFullSha("param.value"))})` +
                        `.all(param, ${any(...named)})`,
                    otherwise: `the run is not named ${runTemplate.namePrefix}<commit>, with ${ATTEMPTS.slice(1).join(", ")} or nothing behind it`,
                },
            ],
        };
    },
};
