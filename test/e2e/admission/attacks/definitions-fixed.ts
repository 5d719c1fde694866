import { PIPELINE, renamed, STEP_ACTION, TASK } from "../builds";
import { apply, create, jsonPatch, merge, path, remove } from "../requests";
import { attacksOn, entry } from "./attack";

const script = jsonPatch("tasks", "push-images", [{ op: "replace", path: "/spec/steps/0/command", value: ["evil"] }]);

export const definitionsFixed = attacksOn("definitions-fixed", {
    E: [
        entry("another script in a Task", "editor", "other work under a name that provenance trusts", script),
        entry("another script in a Task by who may define", "deployer", "two definitions under one name", script),
        entry("a Task deleted", "editor", "the name, to give it to another Task", remove("tasks", "push-images")),
        entry("all Tasks deleted", "editor", "all names at once", { method: "DELETE", path: path("tasks") }),
        entry(
            "a Pipeline of the attacker's",
            "editor",
            "a pipeline in a namespace from which runs resolve",
            create("pipelines", renamed(PIPELINE, "mine")),
        ),
        entry(
            "a Pipeline by the trigger",
            "trigger",
            "a pipeline in a namespace from which runs resolve",
            create("pipelines", renamed(PIPELINE, "mine")),
        ),
        entry(
            "a Task by server-side apply",
            "editor",
            "the same by another verb",
            apply("tasks", renamed(TASK, "mine")),
        ),
        entry(
            "other tasks in a Pipeline",
            "editor",
            "a task between build and push",
            merge("pipelines", "ko", { spec: { tasks: [{ name: "evil", taskRef: { name: "mine" } }] } }),
        ),
        entry(
            "another image in a StepAction",
            "editor",
            "other work in a step that Tasks share",
            merge("stepactions", "clone", { spec: { image: "tools.test/evil" } }),
        ),
        entry(
            "a StepAction of the attacker's",
            "editor",
            "a step that Tasks may name",
            create("stepactions", renamed(STEP_ACTION, "mine")),
        ),
        entry("a Task that Tekton's controller would store", "tekton", "definitions with the token of a controller", {
            ...create("tasks", renamed(TASK, "stored")),
            stored: true,
        }),
        entry(
            "a dry run of another namespace's controller",
            "otherTekton",
            "definitions with the token of another controller",
            create("tasks", renamed(TASK, "tried")),
        ),
    ],
    F: [
        entry(
            "an annotation of Chains on a Task",
            "editor",
            "runs that look attested: Tekton copies annotations to them",
            merge("tasks", "push-images", { metadata: { annotations: { "chains.tekton.dev/signed": "true" } } }),
        ),
    ],
});
