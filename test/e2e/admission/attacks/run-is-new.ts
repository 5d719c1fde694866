import { FOREIGN_OWNER, RUN, withField } from "../builds";
import { create } from "../requests";
import { attacksOn, entry } from "./attack";

export const runIsNew = attacksOn("run-is-new", {
    E: [
        entry(
            "a run with labels",
            "trigger",
            "labels that Tekton copies to task runs and pods",
            create(
                "pipelineruns",
                withField(RUN, ["metadata", "labels"], { "app.kubernetes.io/managed-by": "mallory" }),
            ),
        ),
        entry(
            "a run that says whose it is by an owner",
            "trigger",
            "a run that is deleted with an object of the attacker's before it is attested",
            create("pipelineruns", withField(RUN, ["metadata", "ownerReferences"], [FOREIGN_OWNER])),
        ),
        entry(
            "a run with a finalizer",
            "trigger",
            "a run, and a namespace, that cannot be deleted",
            create("pipelineruns", withField(RUN, ["metadata", "finalizers"], ["mallory.test/kept"])),
        ),
        entry(
            "a run that keeps its volume",
            "trigger",
            "volumes until the quota ends all building",
            create("pipelineruns", withField(RUN, ["metadata", "annotations"])),
        ),
    ],
    F: [
        entry(
            "a run that says it is signed",
            "trigger",
            "images without provenance from a run that looks attested",
            create("pipelineruns", withField(RUN, ["metadata", "annotations", "chains.tekton.dev/signed"], "true")),
        ),
        entry(
            "a run whose retries are used up",
            "trigger",
            "images without provenance: Chains gives up at once",
            create("pipelineruns", withField(RUN, ["metadata", "annotations", "chains.tekton.dev/retries"], "3")),
        ),
    ],
});
