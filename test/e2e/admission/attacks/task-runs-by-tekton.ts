import { CUSTOM_RUN, renamed, TASK_RUN, withField } from "../builds";
import { create } from "../requests";
import { attacksOn, entry } from "./attack";

export const taskRunsByTekton = attacksOn("task-runs-by-tekton", {
    E: [
        entry(
            "a task run by the trigger",
            "trigger",
            "one task without the pipeline, as the pusher",
            create("taskruns", renamed(TASK_RUN, "mine")),
        ),
        entry(
            "a task run by another namespace's controller",
            "otherTekton",
            "all namespaces with the token of one controller",
            create("taskruns", renamed(TASK_RUN, "mine")),
        ),
        entry(
            "a task run under a generated name",
            "editor",
            "a task run that looks like one of a run",
            create(
                "taskruns",
                withField(withField(TASK_RUN, ["metadata", "name"]), ["metadata", "generateName"], "crane-done-"),
            ),
        ),
        entry(
            "a custom run by an editor",
            "editor",
            "a result that no task computed",
            create("customruns", renamed(CUSTOM_RUN, "mine")),
        ),
    ],
});
