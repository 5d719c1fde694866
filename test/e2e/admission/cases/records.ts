import { attempt } from "../attempt";
import { DIGEST, OTHER_BUILDS } from "../builds";
import { apply, jsonPatch, merge, remove, start } from "../requests";
import type { Cases } from "./case";

/** What is known of a run. */
export const recordsCases: Cases = {
    "record-by-controllers": {
        refused: attempt(
            "the status of a task run by an editor",
            "editor",
            merge("taskruns", "crane-done-push/status", { status: { podName: "mine" } }),
        ),
        allowed: [
            attempt(
                "the status of a task run by Tekton",
                "tekton",
                merge("taskruns", "crane-done-push/status", { status: { podName: "crane-done-push-retry-pod" } }),
            ),
            attempt(
                "a label of a run by Tekton",
                "tekton",
                merge("pipelineruns", "crane-done", { metadata: { labels: { "tekton.dev/pipeline": "ko" } } }),
            ),
            attempt(
                "a task run cancelled by Tekton",
                "tekton",
                jsonPatch("taskruns", "crane-done-push", [
                    { op: "add", path: "/spec/status", value: "TaskRunCancelled" },
                    { op: "add", path: "/spec/statusMessage", value: "cancelled" },
                ]),
            ),
            attempt(
                "a run that goes on cancelled by the trigger",
                "trigger",
                merge("pipelineruns", "crane-goes-on", { spec: { status: "Cancelled" } }),
            ),
            attempt(
                "a run that has not begun cancelled by the trigger",
                "trigger",
                jsonPatch("pipelineruns", "crane-done", [{ op: "add", path: "/spec/status", value: "Cancelled" }]),
            ),
            attempt("a run that waits started by the trigger", "trigger", start("crane-waits")),
            attempt(
                "a run that waits cancelled by the trigger",
                "trigger",
                merge("pipelineruns", "crane-waits", { spec: { status: "Cancelled" } }),
            ),
            attempt(
                "a run that waits started by a trigger that may not cancel",
                "otherTrigger",
                start("other-waits", [], OTHER_BUILDS),
            ),
            attempt(
                "the annotation of a signature by Chains",
                "chains",
                apply("pipelineruns", {
                    apiVersion: "tekton.dev/v1",
                    kind: "PipelineRun",
                    metadata: { name: "crane-done", annotations: { "chains.tekton.dev/signed": "true" } },
                }),
            ),
            attempt(
                "its finalizer by Chains",
                "chains",
                merge("pipelineruns", "crane-done", { metadata: { finalizers: ["chains.tekton.dev/pipelinerun"] } }),
            ),
            attempt(
                "its finalizer taken off by Chains",
                "chains",
                merge("taskruns", "crane-done-push", { metadata: { finalizers: [] } }),
            ),
            attempt(
                "a finalizer by the garbage collector",
                "garbageCollector",
                merge("pipelineruns", "crane-done", { metadata: { finalizers: ["foregroundDeletion"] } }),
            ),
        ],
    },
    "results-as-declared": {
        refused: attempt(
            "a result that no task declares",
            "tekton",
            merge("taskruns", "crane-done-push/status", {
                status: { results: [{ name: "CHAINS-GIT_URL", type: "string", value: "https://git.test/other" }] },
            }),
        ),
        allowed: [
            attempt(
                "the declared result",
                "tekton",
                merge("taskruns", "crane-done-push/status", {
                    status: { results: [{ name: "IMAGES", type: "string", value: `registry.test/two@${DIGEST}` }] },
                }),
            ),
            attempt(
                "a step that has ended, and no artifacts, as Tekton writes it",
                "tekton",
                merge("taskruns", "crane-done-push/status", {
                    status: {
                        artifacts: {},
                        steps: [
                            { name: "push", container: "step-push", terminated: { exitCode: 0, reason: "Completed" } },
                        ],
                    },
                }),
            ),
            attempt(
                "a task run without results",
                "tekton",
                merge("taskruns", "crane-done-push/status", { status: { results: null, taskSpec: null } }),
            ),
        ],
    },
    "runs-kept": {
        refused: attempt("a run deleted by an editor", "editor", remove("pipelineruns", "crane-signed")),
        allowed: [
            attempt("a signed run by the pruner", "pruner", remove("pipelineruns", "crane-signed")),
            attempt("a failed run by the pruner", "pruner", {
                ...remove("pipelineruns", "crane-ended"),
                body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" },
            }),
            attempt("a task run by the garbage collector", "garbageCollector", remove("taskruns", "crane-done-push")),
            attempt("a run with its namespace", "namespaces", remove("pipelineruns", "crane-goes-on")),
            attempt("a task run with its namespace", "namespaces", remove("taskruns", "crane-done-push")),
        ],
    },
};
