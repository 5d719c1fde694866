import { CUSTOM_RUN, renamed, RUN, TASK_RUN, withField } from "../builds";
import { create } from "../requests";
import { attacksOn, entry } from "./attack";

export const runsInBuildNamespaces = attacksOn("runs-in-build-namespaces", {
    E: [
        entry(
            "a task in Chains' namespace under Chains' account",
            "editor",
            "the signing key, mounted in a step",
            create(
                "taskruns",
                withField(
                    renamed(TASK_RUN, "sign", "tekton-chains"),
                    ["spec", "serviceAccountName"],
                    "tekton-chains-controller",
                ),
                "tekton-chains",
            ),
        ),
        entry(
            "a task in the namespace of Tekton's controllers",
            "editor",
            "the account of a controller",
            create("taskruns", renamed(TASK_RUN, "control", "tekton-pipelines"), "tekton-pipelines"),
        ),
        entry(
            "a run in a namespace without rules",
            "trigger",
            "provenance of any steps at all",
            create("pipelineruns", withField(RUN, ["metadata", "namespace"], "elsewhere"), "elsewhere"),
        ),
        entry(
            "a custom run elsewhere",
            "tekton",
            "results of the attacker's under Tekton's name",
            create("customruns", renamed(CUSTOM_RUN, "elsewhere", "elsewhere"), "elsewhere"),
        ),
    ],
});
