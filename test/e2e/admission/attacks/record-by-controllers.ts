import { EVIL_DIGEST, FOREIGN_OWNER, OTHER_BUILDS } from "../builds";
import { apply, jsonPatch, merge, start } from "../requests";
import { attacksOn, entry } from "./attack";

const DONE = "crane-done-push";

const finalizer = merge("pipelineruns", "crane-done", { metadata: { finalizers: ["mallory.test/kept"] } });

const digest = merge("taskruns", `${DONE}/status`, {
    status: { results: [{ name: "IMAGES", type: "string", value: `registry.test/one@${EVIL_DIGEST}` }] },
});

const mark = merge("pipelineruns", "crane-done", { metadata: { annotations: { "chains.tekton.dev/signed": "true" } } });

export const recordByControllers = attacksOn("record-by-controllers", {
    E: [
        entry(
            "a commit changed after creation",
            "trigger",
            "a run that was let in and then builds another commit",
            jsonPatch("pipelineruns", "crane-done", [
                { op: "replace", path: "/spec/params/1/value", value: "f".repeat(40) },
            ]),
        ),
        entry(
            "a run's spec changed by Tekton's controller",
            "tekton",
            "another account with the token of a controller",
            merge("pipelineruns", "crane-done", { spec: { taskRunTemplate: { serviceAccountName: "pusher" } } }),
        ),
        entry(
            "a task run's account changed by Tekton's controller",
            "tekton",
            "another account with the token of a controller",
            merge("taskruns", DONE, { spec: { serviceAccountName: "merge-trigger" } }),
        ),
        entry(
            "a run cancelled by an editor",
            "editor",
            "builds that never end well",
            merge("pipelineruns", "crane-done", { spec: { status: "Cancelled" } }),
        ),
        entry(
            "the label that says which task a task run is",
            "editor",
            "a task run that provenance takes for another",
            merge("taskruns", DONE, { metadata: { labels: { "tekton.dev/pipelineTask": "clone" } } }),
        ),
        entry(
            "an annotation of Tekton on a run",
            "editor",
            "a volume that stays, and what else Tekton reads there",
            merge("pipelineruns", "crane-done", {
                metadata: { annotations: { "tekton.dev/auto-cleanup-pvc": "false" } },
            }),
        ),
        entry(
            "an owner put on a run",
            "editor",
            "a run that is deleted with an object of the attacker's",
            merge("pipelineruns", "crane-done", { metadata: { ownerReferences: [FOREIGN_OWNER] } }),
        ),
        entry("a finalizer put on a run", "editor", "a namespace that cannot be deleted", finalizer),
        entry("a finalizer put on a run by Chains", "chains", "a namespace that cannot be deleted", finalizer),
        entry(
            "the result of a custom run",
            "editor",
            "a result that no task computed",
            merge("customruns", "custom/status", { status: { results: [{ name: "a", value: "b" }] } }),
        ),
        entry(
            "the status of a whole pipeline run",
            "trigger",
            "a run that ended well by its trigger's word",
            merge("pipelineruns", "crane-done/status", {
                status: { conditions: [{ type: "Succeeded", status: "True" }] },
            }),
        ),
        entry(
            "the status by another namespace's controller",
            "otherTekton",
            "all records with the token of one controller",
            merge("taskruns", `${DONE}/status`, { status: { podName: "mine" } }),
        ),
        entry(
            "a run cancelled by another repository's trigger",
            "otherTrigger",
            "builds of one repository that another ends",
            merge("pipelineruns", "crane-goes-on", { spec: { status: "Cancelled" } }),
        ),
        entry(
            "a run cancelled where the setting is off",
            "otherTrigger",
            "builds that end when nobody said so",
            merge("pipelineruns", "other-goes-on", { spec: { status: "Cancelled" } }, OTHER_BUILDS),
        ),
        entry(
            "a run that waits cancelled where the setting is off",
            "otherTrigger",
            "merges that are never built",
            merge("pipelineruns", "other-waits", { spec: { status: "Cancelled" } }, OTHER_BUILDS),
        ),
        entry(
            "a run that waits started by an editor",
            "editor",
            "more builds at a time than may go on",
            start("crane-waits"),
        ),
        entry(
            "a run that waits started by another repository's trigger",
            "otherTrigger",
            "the turns of all repositories with the token of one",
            start("crane-waits"),
        ),
        entry(
            "a run that waits started by Tekton's controller",
            "tekton",
            "more builds at a time than may go on, with the token of a controller",
            start("crane-waits"),
        ),
        entry(
            "a run that waits started and changed",
            "trigger",
            "a run that was let in and then builds another commit",
            start("crane-waits", [{ op: "replace", path: "/spec/params/1/value", value: "f".repeat(40) }]),
        ),
        entry(
            "a commit changed while the run waits",
            "trigger",
            "the same before it starts",
            jsonPatch("pipelineruns", "crane-waits", [
                { op: "replace", path: "/spec/params/1/value", value: "f".repeat(40) },
            ]),
        ),
        entry(
            "a run that goes on made to wait",
            "trigger",
            "builds that never end",
            merge("pipelineruns", "crane-goes-on", { spec: { status: "PipelineRunPending" } }),
        ),
        entry(
            "a run cancelled by Tekton's controller",
            "tekton",
            "builds that never end well, with the token of a controller",
            merge("pipelineruns", "crane-goes-on", { spec: { status: "Cancelled" } }),
        ),
        entry(
            "an ended run cancelled",
            "trigger",
            "a record that tells of another end",
            merge("pipelineruns", "crane-ended", { spec: { status: "Cancelled" } }),
        ),
        entry(
            "a run that goes on stopped otherwise",
            "trigger",
            "an end that the merge's steps do not know",
            merge("pipelineruns", "crane-goes-on", { spec: { status: "StoppedRunFinally" } }),
        ),
        entry(
            "a run cancelled and changed",
            "trigger",
            "a run that was let in and then tells of another commit",
            jsonPatch("pipelineruns", "crane-goes-on", [
                { op: "add", path: "/spec/status", value: "Cancelled" },
                { op: "replace", path: "/spec/params/1/value", value: "f".repeat(40) },
            ]),
        ),
        entry(
            "a run cancelled that loses a field",
            "trigger",
            "a run that was let in and then has no limit of time",
            jsonPatch("pipelineruns", "crane-goes-on", [
                { op: "add", path: "/spec/status", value: "Cancelled" },
                { op: "remove", path: "/spec/timeouts" },
            ]),
        ),
        entry(
            "a run cancelled that gets a field",
            "trigger",
            "a run that was let in and then another controller manages",
            merge("pipelineruns", "crane-goes-on", { spec: { status: "Cancelled", managedBy: "mallory.test/runner" } }),
        ),
        entry(
            "a task run cancelled by the trigger",
            "trigger",
            "a run that fails without a word of who ended it",
            merge("taskruns", DONE, { spec: { status: "Cancelled" } }),
        ),
    ],
    F: [
        entry(
            "another digest in a task run's result",
            "editor",
            "good provenance for an image that nobody built",
            digest,
        ),
        entry(
            "another digest by a JSON patch",
            "trigger",
            "the same by another kind of patch",
            jsonPatch("taskruns", `${DONE}/status`, [
                { op: "replace", path: "/status/results/0/value", value: `registry.test/one@${EVIL_DIGEST}` },
            ]),
        ),
        entry("another digest by Chains", "chains", "provenance of what Chains says it saw", digest),
        entry("a forged mark of a signature", "editor", "a run that is never attested and looks so", mark),
        entry(
            "a forged mark by server-side apply",
            "editor",
            "the same by another kind of patch",
            apply("pipelineruns", {
                apiVersion: "tekton.dev/v1",
                kind: "PipelineRun",
                metadata: { name: "crane-done", annotations: { "chains.tekton.dev/signed": "true" } },
            }),
        ),
        entry("a forged mark by Tekton's controller", "tekton", "the same with the token of a controller", mark),
        entry(
            "a mark of a signature taken off",
            "editor",
            "a second statement of a record that was changed meanwhile",
            merge("taskruns", DONE, { metadata: { annotations: { "chains.tekton.dev/signed": null } } }),
        ),
        entry(
            "Chains' finalizer taken off",
            "editor",
            "a run that is deleted before it is attested",
            merge("taskruns", DONE, { metadata: { finalizers: null } }),
        ),
        entry(
            "Chains' finalizer taken off by Tekton's controller",
            "tekton",
            "the same with the token of a controller",
            merge("taskruns", DONE, { metadata: { finalizers: [] } }),
        ),
        entry(
            "a mark of a signature on a run that is cancelled",
            "trigger",
            "a run that is never attested and looks so",
            merge("pipelineruns", "crane-goes-on", {
                metadata: { annotations: { "chains.tekton.dev/signed": "true" } },
                spec: { status: "Cancelled" },
            }),
        ),
    ],
});
