import { attempt } from "../attempt";
import {
    ASSISTANT,
    ASSISTANT_POD,
    BINDING,
    DIGEST,
    FOREIGN_OWNER,
    POD,
    renamed,
    terminated,
    withField,
} from "../builds";
import { create, jsonPatch, merge, path } from "../requests";
import type { Cases } from "./case";

/** Pods of builds. */
export const podsCases: Cases = {
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
};
