import type { Json } from "../../../../admission/cel";
import type { Request } from "../api";
import { path, remove } from "../requests";
import { attacksOn, entry } from "./attack";

const withOptions = (name: string, options: Json): Request => ({ ...remove("pipelineruns", name), body: options });

export const runsKept = attacksOn("runs-kept", {
    F: [
        entry(
            "a run deleted by an editor",
            "editor",
            "images without provenance, and no record from which it could be made",
            remove("pipelineruns", "crane-signed"),
        ),
        entry(
            "a run deleted by its trigger",
            "trigger",
            "the same with the trigger's token",
            remove("pipelineruns", "crane-signed"),
        ),
        entry(
            "a run deleted by Tekton's controller",
            "tekton",
            "the same with the token of a controller",
            remove("pipelineruns", "crane-signed"),
        ),
        entry(
            "a run deleted by Chains",
            "chains",
            "the same with the token of Chains",
            remove("pipelineruns", "crane-signed"),
        ),
        entry("all runs deleted", "editor", "all names at once", { method: "DELETE", path: path("pipelineruns") }),
        entry(
            "a run deleted by another repository's pruner",
            "otherPruner",
            "the records of all repositories with the token of one pruner",
            remove("pipelineruns", "crane-signed"),
        ),
        entry("a run deleted that goes on", "pruner", "builds that never end", remove("pipelineruns", "crane-goes-on")),
        entry(
            "a run deleted that has not begun",
            "pruner",
            "merges that are never built",
            remove("pipelineruns", "crane-done"),
        ),
        entry(
            "a run deleted that is not signed",
            "pruner",
            "images that never get provenance",
            remove("pipelineruns", "crane-unsigned"),
        ),
        entry(
            "a run deleted whose signature failed",
            "pruner",
            "the only thing from which it could be signed again",
            remove("pipelineruns", "crane-unsignable"),
        ),
        entry(
            "a run's task runs deleted before it",
            "pruner",
            "a run that Chains can no longer sign",
            withOptions("crane-signed", { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" }),
        ),
        entry(
            "a run's task runs left behind",
            "pruner",
            "task runs that nobody ever deletes",
            withOptions("crane-signed", { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Orphan" }),
        ),
        entry(
            "a run's task runs left behind by the older option",
            "pruner",
            "the same by another field",
            withOptions("crane-signed", { apiVersion: "v1", kind: "DeleteOptions", orphanDependents: true }),
        ),
        entry(
            "a task run deleted by an editor",
            "editor",
            "a run that Chains can no longer sign",
            remove("taskruns", "crane-done-push"),
        ),
        entry(
            "a task run deleted by the pruner",
            "pruner",
            "the same with the token of the pruner",
            remove("taskruns", "crane-done-push"),
        ),
        entry(
            "a task run deleted by Tekton's controller",
            "tekton",
            "the same with the token of a controller",
            remove("taskruns", "crane-done-push"),
        ),
        entry(
            "a run deleted by the garbage collector",
            "garbageCollector",
            "a run that goes with an owner of the attacker's",
            remove("pipelineruns", "crane-signed"),
        ),
        entry(
            "a custom run deleted by an editor",
            "editor",
            "a run that ends otherwise than it did",
            remove("customruns", "custom"),
        ),
    ],
});
