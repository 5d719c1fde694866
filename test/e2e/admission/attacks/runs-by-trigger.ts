import { OTHER_BUILDS, OTHER_RUN, RUN } from "../builds";
import { create } from "../requests";
import { attacksOn, entry } from "./attack";

export const runsByTrigger = attacksOn("runs-by-trigger", {
    D: [
        entry(
            "the declared run by an editor",
            "editor",
            "signed builds of commits that were never merged",
            create("pipelineruns", RUN),
        ),
        entry(
            "the declared run by another repository's trigger",
            "otherTrigger",
            "builds of all repositories with the token of one",
            create("pipelineruns", RUN),
        ),
        entry(
            "the declared run by a build's own account",
            "builder",
            "a build that starts builds",
            create("pipelineruns", RUN),
        ),
        entry(
            "another repository's run by this trigger",
            "trigger",
            "builds of all repositories with the token of one",
            create("pipelineruns", OTHER_RUN, OTHER_BUILDS),
        ),
        entry(
            "a run by Tekton's controller",
            "tekton",
            "runs with the token of a controller",
            create("pipelineruns", RUN),
        ),
    ],
});
