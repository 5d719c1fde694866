import { pipelineRun } from "../../pipelines/run";
import { literal } from "../cel";
import type { Rule } from "../rule";

/**
 * At creation Tekton's webhook drops annotations of `chains.tekton.dev` without a word before this rule sees the run; the
 * rule does not rely on it. The webhook adds no label, annotation, finalizer or owner to a PipelineRun.
 */
export const runIsNew: Rule = {
    name: "run-is-new",
    reason: "a run that says it is signed is never attested, one with a finalizer or owner is kept or removed at will, and Tekton acts on labels and annotations",
    cure: "create the run with the metadata of the trigger's declared steps and no other",
    judges: (build) => {
        const { annotations } = pipelineRun(build.runTemplate, { url: build.url, commit: "" }).metadata;
        return {
            where: "builds",
            requests: [{ apiGroups: ["tekton.dev"], resources: ["pipelineruns"], operations: ["CREATE"] }],
            checks: [
                {
                    holds: `object.metadata.?annotations.orValue({}) == ${literal(annotations)}`,
                    otherwise: "the new run has other annotations than the declared ones",
                },
                {
                    holds: "object.metadata.?labels.orValue({}).size() == 0",
                    otherwise: "the new run has labels",
                },
                {
                    holds: "object.metadata.?finalizers.orValue([]).size() == 0",
                    otherwise: "the new run has finalizers",
                },
                {
                    holds: "object.metadata.?ownerReferences.orValue([]).size() == 0",
                    otherwise: "the new run has owners",
                },
            ],
        };
    },
};
