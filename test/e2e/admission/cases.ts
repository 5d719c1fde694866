import { attempt, type Attempt } from "./attempt";
import {
    ANSWER,
    ASSISTANT,
    ASSISTANT_POD,
    BINDING,
    CLAIM,
    COMMIT,
    CUSTOM_RUN,
    DIGEST,
    FOREIGN_OWNER,
    nameAt,
    OTHER_BUILDS,
    OTHER_RUN,
    POD,
    renamed,
    RESOLUTION,
    RUN,
    runAt,
    runWith,
    STEP_ACTION,
    TASK,
    TASK_RUN,
    terminated,
    withField,
} from "./builds";
import { apply, create, jsonPatch, merge, path, remove, start } from "./requests";

/** What a rule refuses, and what like it must go on. */
export interface Case {
    readonly refused: Attempt;
    readonly allowed: readonly Attempt[];
}

export const CASES: Readonly<Record<string, Case>> = {
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
    "pods-by-tekton": {
        refused: attempt("a pod by an editor", "editor", create("pods", renamed(POD, "mine"))),
        allowed: [
            attempt("a pod by Tekton", "tekton", create("pods", renamed(POD, "crane-1-build-pod"))),
            attempt(
                "an affinity assistant by Tekton",
                "tekton",
                create("statefulsets", renamed(ASSISTANT, "affinity-assistant-abcdef0123")),
            ),
            attempt("its pod by its controller", "statefulSets", create("pods", ASSISTANT_POD)),
            attempt(
                "a finalizer of an affinity assistant",
                "garbageCollector",
                merge("statefulsets", "affinity-assistant-0123456789", {
                    metadata: { finalizers: ["example.test/kept"] },
                }),
            ),
        ],
    },
    "volumes-by-tekton": {
        refused: attempt(
            "a claim by an editor",
            "editor",
            create("persistentvolumeclaims", renamed(CLAIM, "pvc-0123456789")),
        ),
        allowed: [
            attempt("a claim by Tekton", "tekton", create("persistentvolumeclaims", renamed(CLAIM, "pvc-0123456789"))),
            attempt(
                "a volume for a claim by Kubernetes",
                "volumes",
                merge("persistentvolumeclaims", "pvc-abcdef0123", { spec: { volumeName: "pv-1" } }),
            ),
            attempt(
                "a claim that is done with by Tekton",
                "tekton",
                merge("persistentvolumeclaims", "pvc-abcdef0123", { metadata: { finalizers: [] } }),
            ),
            attempt(
                "where a claim's pod will be by whoever schedules",
                "editor",
                merge("persistentvolumeclaims", "pvc-abcdef0123", {
                    metadata: { annotations: { "volume.kubernetes.io/selected-node": "one" } },
                }),
            ),
        ],
    },
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
    "definitions-fixed": {
        refused: attempt("a Task by an editor", "editor", create("tasks", renamed(TASK, "mine"))),
        allowed: [
            attempt("a Task by who may define", "deployer", create("tasks", renamed(TASK, "push-images-2"))),
            attempt(
                "a StepAction by who may define",
                "deployer",
                create("stepactions", renamed(STEP_ACTION, "clone-2")),
            ),
            attempt("a Task deleted by who may define", "deployer", remove("tasks", "push-images")),
            attempt("a dry run of a Task by Tekton", "tekton", create("tasks", renamed(TASK, "8b4f5f0e"))),
            attempt("a Task deleted with its namespace", "namespaces", remove("tasks", "push-images")),
            attempt(
                "a finalizer of a Task by the garbage collector",
                "garbageCollector",
                merge("tasks", "push-images", { metadata: { finalizers: ["foregroundDeletion"] } }),
            ),
        ],
    },
    "surroundings-fixed": {
        refused: attempt(
            "another source of the trigger by an editor",
            "editor",
            merge("configmaps", "merge-trigger", { data: { branch: "mine" } }),
        ),
        allowed: [
            attempt(
                "steps of the trigger by who may define",
                "deployer",
                merge("configmaps", "merge-trigger", { data: { "steps.json": "[{}]" } }),
            ),
            attempt(
                "a network policy by who may define",
                "deployer",
                create("networkpolicies", { metadata: { name: "clone" }, spec: { podSelector: {} } }),
            ),
            attempt("an account deleted by who may define", "deployer", remove("serviceaccounts", "builder")),
            attempt("a ConfigMap of somebody else", "editor", merge("configmaps", "others", { data: { a: "b" } })),
            attempt(
                "a network policy with its namespace",
                "namespaces",
                remove("networkpolicies", "nothing-by-default"),
            ),
            attempt("the trigger's steps with their namespace", "namespaces", remove("configmaps", "merge-trigger")),
            ...[
                ["configmaps", "merge-trigger"],
                ["serviceaccounts", "builder"],
                ["networkpolicies", "nothing-by-default"],
            ].map(([resource = "", name = ""]) =>
                attempt(
                    `a finalizer of ${resource} by the garbage collector`,
                    "garbageCollector",
                    merge(resource, name, { metadata: { finalizers: ["foregroundDeletion"] } }),
                ),
            ),
        ],
    },
    "resolutions-by-tekton": {
        refused: attempt(
            "an answer by an editor",
            "editor",
            merge("resolutionrequests", "cluster-0123456789/status", ANSWER),
        ),
        allowed: [
            attempt("a question by Tekton", "tekton", create("resolutionrequests", renamed(RESOLUTION, "cluster-2"))),
            attempt(
                "an answer by the resolvers",
                "resolvers",
                merge("resolutionrequests", "cluster-0123456789/status", ANSWER),
            ),
        ],
    },
    "no-entry": {
        refused: attempt(
            "an ephemeral container by an editor",
            "editor",
            merge("pods", "build-pod/ephemeralcontainers", {
                spec: { ephemeralContainers: [{ name: "in", image: "tools.test/shell" }] },
            }),
        ),
        allowed: [attempt("reading a pod", "editor", { method: "GET", path: path("pods", "build-pod") })],
    },
    "pod-images-fixed": {
        refused: attempt(
            "another image of a step by an editor",
            "editor",
            jsonPatch("pods", "build-pod", [
                { op: "replace", path: "/spec/containers/0/image", value: "tools.test/evil" },
            ]),
        ),
        allowed: [
            attempt(
                "an annotation that starts a step by Tekton",
                "tekton",
                merge("pods", "build-pod", { metadata: { annotations: { "tekton.dev/ready": "READY" } } }),
            ),
            attempt(
                "a pod's deadline by an editor",
                "editor",
                merge("pods", "build-pod", { spec: { activeDeadlineSeconds: 60 } }),
            ),
        ],
    },
    "pods-bound-by-scheduler": {
        refused: attempt("a node for a pod by an editor", "editor", create("pods/build-pod/binding", BINDING)),
        allowed: [
            attempt("a node for a pod by the scheduler", "scheduler", create("pods/build-pod/binding", BINDING)),
            attempt(
                "a node for a pod, with where it stands, by the scheduler",
                "scheduler",
                create(
                    "pods/build-pod/binding",
                    withField(BINDING, ["metadata", "labels"], { "topology.kubernetes.io/zone": "a" }),
                ),
            ),
        ],
    },
    "pod-owners-by-controllers": {
        refused: attempt(
            "another owner of a pod by an editor",
            "editor",
            merge("pods", "build-pod", { metadata: { ownerReferences: [FOREIGN_OWNER] } }),
        ),
        allowed: [
            ...(["tekton", "statefulSets", "garbageCollector"] as const).map((controller) =>
                attempt(
                    `another owner of a pod by ${controller}`,
                    controller,
                    merge("pods", "build-pod", { metadata: { ownerReferences: [FOREIGN_OWNER] } }),
                ),
            ),
            attempt(
                "the status of a pod that has an owner, by its kubelet",
                "kubelet",
                merge("pods", "owned-pod/status", { status: { message: DIGEST } }),
            ),
        ],
    },
    "pod-labels-by-tekton": {
        refused: attempt(
            "another label of a pod by an editor",
            "editor",
            merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/pipelineTask": "push" } } }),
        ),
        allowed: [
            attempt(
                "a label by Tekton",
                "tekton",
                merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/a": "b" } } }),
            ),
            attempt(
                "the status of a pod by its kubelet",
                "kubelet",
                merge("pods", "build-pod/status", { status: { message: DIGEST } }),
            ),
        ],
    },
    "pod-status-by-kubelet": {
        refused: attempt(
            "how a step ended by an editor",
            "editor",
            merge("pods", "build-pod/status", { status: { containerStatuses: [terminated("step-build")] } }),
        ),
        allowed: [
            attempt(
                "how a step ended by its kubelet",
                "kubelet",
                merge("pods", "build-pod/status", {
                    status: { phase: "Succeeded", containerStatuses: [terminated("step-build")] },
                }),
            ),
            attempt(
                "where a pod is by its kubelet",
                "kubelet",
                merge("pods", "build-pod/status", {
                    status: { podIP: "10.244.0.9", podIPs: [{ ip: "10.244.0.9" }], hostIP: "10.0.0.9" },
                }),
            ),
            attempt(
                "a condition by whoever else writes there",
                "editor",
                merge("pods", "build-pod/status", {
                    status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "Test" }] },
                }),
            ),
            attempt(
                "a pod that is said to have failed by whoever cleans up",
                "podGarbageCollector",
                merge("pods", "build-pod/status", { status: { phase: "Failed" } }),
            ),
        ],
    },
    "tokens-by-administrator": {
        refused: attempt(
            "a token of the trigger by an editor",
            "editor",
            create("serviceaccounts/merge-trigger/token", { spec: { audiences: null } }),
        ),
        allowed: [
            attempt(
                "a token of the trigger by who may issue",
                "deployer",
                create("serviceaccounts/merge-trigger/token", { spec: { audiences: null } }),
            ),
            attempt(
                "a token by a kubelet",
                "kubelet",
                create("serviceaccounts/builder/token", { spec: { audiences: null } }),
            ),
            attempt(
                "a Secret that is no token by an editor",
                "editor",
                create("secrets", { metadata: { name: "plain" }, stringData: { commit: COMMIT } }),
            ),
        ],
    },
};
