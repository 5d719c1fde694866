import { attempt } from "../attempt";
import {
    COMMIT,
    CUSTOM_RUN,
    nameAt,
    OTHER_BUILDS,
    OTHER_RUN,
    renamed,
    RUN,
    runAt,
    runWith,
    TASK_RUN,
    withField,
} from "../builds";
import { create } from "../requests";
import type { Cases } from "./case";

/** What may be run, and by whom. */
export const runsCases: Cases = {
    "runs-by-trigger": {
        refused: attempt("the declared run by an editor", "editor", create("pipelineruns", RUN)),
        allowed: [
            attempt("the declared run by the trigger", "trigger", create("pipelineruns", RUN)),
            attempt(
                "another repository's run by its own trigger",
                "otherTrigger",
                create("pipelineruns", OTHER_RUN, OTHER_BUILDS),
            ),
        ],
    },
    "run-as-declared": {
        refused: attempt("a run of a branch", "trigger", create("pipelineruns", runAt("refs/heads/main"))),
        allowed: [
            attempt("a run of another commit", "trigger", create("pipelineruns", runAt("f".repeat(40)))),
            attempt(
                "a run whose timeout and volume are written as declared",
                "trigger",
                create(
                    "pipelineruns",
                    withField(
                        runWith("spec.timeouts.pipeline", "90m"),
                        [..."spec.workspaces.0.volumeClaimTemplate.spec.resources.requests.storage".split(".")],
                        "1024Mi",
                    ),
                ),
            ),
        ],
    },
    "run-named-by-commit": {
        refused: attempt("a run under a name of its own", "trigger", create("pipelineruns", renamed(RUN, "crane-1"))),
        allowed: [
            attempt("a run named by its commit", "trigger", create("pipelineruns", RUN)),
            ...["-2", "-9"].map((end) =>
                attempt(
                    `an attempt whose name ends in ${end}`,
                    "trigger",
                    create("pipelineruns", renamed(RUN, nameAt(COMMIT, end))),
                ),
            ),
            attempt("a run of another commit", "trigger", create("pipelineruns", runAt("f".repeat(40)))),
        ],
    },
    "run-is-new": {
        refused: attempt(
            "a run that says it is signed",
            "trigger",
            create("pipelineruns", withField(RUN, ["metadata", "annotations", "chains.tekton.dev/signed"], "true")),
        ),
        allowed: [attempt("a run with the declared metadata", "trigger", create("pipelineruns", RUN))],
    },
    "runs-in-build-namespaces": {
        refused: attempt(
            "a task run elsewhere",
            "editor",
            create("taskruns", renamed(TASK_RUN, "elsewhere", "elsewhere"), "elsewhere"),
        ),
        allowed: [attempt("a run where builds are", "trigger", create("pipelineruns", RUN))],
    },
    "task-runs-by-tekton": {
        refused: attempt("a task run by an editor", "editor", create("taskruns", renamed(TASK_RUN, "mine"))),
        allowed: [
            attempt("a task run by Tekton", "tekton", create("taskruns", renamed(TASK_RUN, "crane-1-push"))),
            attempt("a custom run by Tekton", "tekton", create("customruns", renamed(CUSTOM_RUN, "crane-1-custom"))),
        ],
    },
};
