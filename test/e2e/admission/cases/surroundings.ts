import { attempt } from "../attempt";
import { ANSWER, CLAIM, COMMIT, renamed, RESOLUTION, STEP_ACTION, TASK } from "../builds";
import { create, merge, remove } from "../requests";
import type { Cases } from "./case";

/** What builds are made of and live among. */
export const surroundingsCases: Cases = {
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
