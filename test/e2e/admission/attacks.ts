import type { Json } from "../../../admission/cel";
import type { Request } from "./api";
import {
    ANSWER,
    ASSISTANT,
    ASSISTANT_POD,
    BUILDS,
    COMMIT,
    container,
    CUSTOM_RUN,
    EVIL_DIGEST,
    OTHER_BUILDS,
    OTHER_RUN,
    PIPELINE,
    POD,
    renamed,
    RESOLUTION,
    RUN,
    runWith,
    STEP_ACTION,
    TASK,
    TASK_RUN,
    withField,
} from "./builds";
import { apply, create, jsonPatch, merge, path, remove } from "./requests";
import type { UserName } from "./users";

/** What somebody tries who holds the trigger's token, may edit the namespace, or runs in a pod of a build. */
export interface Attack {
    /** Letter of SLSA v1.2, "Threats & mitigations". */
    readonly threat: "D" | "E" | "F";
    readonly name: string;
    readonly as: UserName;
    readonly wouldGain: string;
    readonly request: Request;
    /** The rule that refuses it. */
    readonly refusedBy: string;
}

type Entry = Omit<Attack, "threat" | "refusedBy">;

const attacks = (threat: Attack["threat"], refusedBy: string, entries: readonly Entry[]): readonly Attack[] =>
    entries.map((entry) => ({ threat, refusedBy, ...entry }));

const entry = (name: string, as: UserName, wouldGain: string, request: Request): Entry => ({
    name,
    as,
    wouldGain,
    request,
});

/** A run that the trigger creates with one field set, or taken out. */
const run = (name: string, wouldGain: string, field: string, value?: Json): Entry =>
    entry(name, "trigger", wouldGain, create("pipelineruns", runWith(field, value)));

const commit = (name: string, wouldGain: string, value: Json): Entry =>
    run(name, wouldGain, "spec.params.1.value", value);

const param = (name: string, value: Json): Json => ({ name, value });
const PARAMS = (RUN as { spec: { params: Json[] } }).spec.params;
const TASK_RUN_SPECS = (RUN as { spec: { taskRunSpecs: Json[] } }).spec.taskRunSpecs;
const REFERENCE = "spec.pipelineRef";

const PARAMETERS = attacks("D", "run-as-declared", [
    run(
        "a run of a fork",
        "signed images of a repository that nobody reviews",
        "spec.params.0.value",
        "https://git.test/mallory/crane",
    ),
    run(
        "a URL that goes on after a line break",
        "a second URL for whatever reads line by line",
        "spec.params.0.value",
        "https://git.test/team/crane\nhttps://git.test/mallory/crane",
    ),
    commit("a run of a branch", "whatever the branch holds when it is cloned", "main"),
    commit("a commit of 39 digits", "a prefix that a second commit may share", COMMIT.slice(1)),
    commit("a commit of 41 digits", "a name that is no commit's", `${COMMIT}0`),
    commit("a commit in upper case", "one commit under two names in provenance", COMMIT.toUpperCase()),
    commit("a commit with a line break at its end", "text after the commit in scripts and provenance", `${COMMIT}\n`),
    commit("a commit after a line break", "text before the commit in scripts and provenance", `main\n${COMMIT}`),
    commit("a commit as a list", "several values where one is compared", [COMMIT]),
    commit("a commit as an object", "values under names that nobody compares", { sha: COMMIT }),
    run("a run without a commit", "whatever the Task takes by default", "spec.params", [PARAMS[0] ?? null]),
    run("one param more", "an input that nobody declared", "spec.params", [...PARAMS, param("insecure", "true")]),
    run("the commit twice", "one commit compared and another built", "spec.params", [
        ...PARAMS,
        param("commit", "f".repeat(40)),
    ]),
    run("params in another order", "a URL where the commit is looked for", "spec.params", [...PARAMS].reverse()),
    run(
        "another pipeline",
        "a pipeline of the attacker's in the same namespace",
        `${REFERENCE}.params.1.value`,
        "mine",
    ),
    run(
        "a pipeline of another namespace",
        "a definition that others may write",
        `${REFERENCE}.params.2.value`,
        OTHER_BUILDS,
    ),
    run("another resolver", "a pipeline from any repository", `${REFERENCE}.resolver`, "git"),
    run("a pipeline by name without the resolver", "a definition whose digest no provenance holds", REFERENCE, {
        name: "ko",
    }),
    run(
        "a pipeline of another API version",
        "a definition read by other rules",
        `${REFERENCE}.apiVersion`,
        "tekton.dev/v1beta1",
    ),
    run(
        "an inline pipeline beside the reference",
        "any steps under the name of the declared pipeline",
        "spec.pipelineSpec",
        { tasks: [] },
    ),
    run("an inline pipeline in place of the reference", "any steps at all", "spec", {
        pipelineSpec: { tasks: [{ name: "a", taskSpec: { steps: [{ name: "a", image: "tools.test/evil" }] } }] },
    }),
    run("a run without a timeout", "a build that never ends", "spec.timeouts"),
    run("a run with no limit of time", "a build that never ends", "spec.timeouts.pipeline", "0s"),
    run("a limit of time for the tasks", "a push that is cut off", "spec.timeouts.tasks", "1s"),
    run("a run that waits", "a run that is changed before it starts", "spec.status", "PipelineRunPending"),
    run(
        "a run that another controller manages",
        "a status that the attacker writes",
        "spec.managedBy",
        "mallory.test/controller",
    ),
    entry("a run through the API's older version", "trigger", "settings that an older version spells otherwise", {
        method: "POST",
        path: `/apis/tekton.dev/v1beta1/namespaces/${BUILDS}/pipelineruns`,
        body: withField(runWith("spec.serviceAccountName", "pusher"), ["apiVersion"], "tekton.dev/v1beta1"),
    }),
    entry(
        "a branch by server-side apply",
        "trigger",
        "a run that is created by another verb",
        apply(
            "pipelineruns",
            withField(renamed(runWith("spec.params.1.value", "main"), "applied"), ["metadata", "generateName"]),
        ),
    ),
]);

const SETTINGS = attacks("E", "run-as-declared", [
    run(
        "the build as the pusher",
        "the registry's credential in the task that runs the source",
        "spec.taskRunSpecs.1.serviceAccountName",
        "pusher",
    ),
    run(
        "all tasks as another account",
        "the rights of that account",
        "spec.taskRunTemplate.serviceAccountName",
        "merge-trigger",
    ),
    run(
        "an API token in each pod",
        "the API of the cluster from within a build",
        "spec.taskRunTemplate.podTemplate.automountServiceAccountToken",
        true,
    ),
    run(
        "the node's network",
        "every address that the node reaches, past all network policies",
        "spec.taskRunTemplate.podTemplate.hostNetwork",
        true,
    ),
    run("steps as root", "what the node lets root do", "spec.taskRunTemplate.podTemplate.securityContext.runAsUser", 0),
    run(
        "an environment for all steps",
        "a program of the attacker's in every step",
        "spec.taskRunTemplate.podTemplate.env",
        [{ name: "LD_PRELOAD", value: "/workspace/source/evil.so" }],
    ),
    run("a volume for all pods", "the registry's credential in every pod", "spec.taskRunTemplate.podTemplate.volumes", [
        { name: "credential", secret: { secretName: "registry-credentials" } },
    ]),
    run("a step of a task with another environment", "another proxy for Go's modules", "spec.taskRunSpecs", [
        { ...(TASK_RUN_SPECS[0] as Record<string, Json>), stepSpecs: [{ name: "clone", computeResources: {} }] },
    ]),
    run("a sidecar's settings", "a container that nobody declared", "spec.taskRunSpecs.0.sidecarSpecs", [
        { name: "evil", computeResources: {} },
    ]),
    run("other pods for one task", "the node's network for the build alone", "spec.taskRunSpecs.1.podTemplate", {
        hostNetwork: true,
    }),
    run(
        "labels for the pods of a task",
        "the network policy of the push for the build",
        "spec.taskRunSpecs.1.metadata",
        { labels: { "tekton.dev/pipelineTask": "push" } },
    ),
    run(
        "a task run's settings left out",
        "the account of the template for the push",
        "spec.taskRunSpecs",
        TASK_RUN_SPECS.slice(1),
    ),
    run(
        "the registry's credential as the workspace",
        "the credential in the task that runs the source",
        "spec.workspaces.0",
        { name: "source", secret: { secretName: "registry-credentials" } },
    ),
    run("a volume that outlives the run", "a source that an earlier run left", "spec.workspaces.0", {
        name: "source",
        persistentVolumeClaim: { claimName: "mine" },
    }),
    run("a folder of the workspace", "files of another run", "spec.workspaces.0.subPath", "evil"),
    run("one workspace more", "files beside the source", "spec.workspaces.1", { name: "extra", emptyDir: {} }),
    run(
        "a volume made from another",
        "a source that the attacker prepared",
        "spec.workspaces.0.volumeClaimTemplate.spec.dataSource",
        { kind: "PersistentVolumeClaim", name: "mine" },
    ),
    run(
        "a larger volume",
        "the namespace's quota of storage, and no more builds",
        "spec.workspaces.0.volumeClaimTemplate.spec.resources.requests.storage",
        "100Gi",
    ),
    run(
        "a volume that many nodes write",
        "the source changed from a pod elsewhere",
        "spec.workspaces.0.volumeClaimTemplate.spec.accessModes",
        ["ReadWriteMany"],
    ),
    run(
        "a limit to the volume",
        "a field that nobody compares",
        "spec.workspaces.0.volumeClaimTemplate.spec.resources.limits",
        { storage: "1Gi" },
    ),
    run(
        "a volume of another class",
        "storage that others can write",
        "spec.workspaces.0.volumeClaimTemplate.spec.storageClassName",
        "shared",
    ),
]);

const STARTS = [
    ...attacks("D", "runs-by-trigger", [
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
    ]),
    ...attacks("E", "run-is-new", [
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
            create(
                "pipelineruns",
                withField(
                    RUN,
                    ["metadata", "ownerReferences"],
                    [
                        {
                            apiVersion: "v1",
                            kind: "ConfigMap",
                            name: "mine",
                            uid: "8b4f5f0e-0000-4000-8000-000000000002",
                        },
                    ],
                ),
            ),
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
    ]),
    ...attacks("F", "run-is-new", [
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
    ]),
    ...attacks("E", "runs-in-build-namespaces", [
        entry(
            "a task in Chains' namespace under Chains' account",
            "editor",
            "the signing key, mounted in a step",
            create(
                "taskruns",
                withField(
                    renamed(TASK_RUN, "sign", "tekton-chains"),
                    ["spec", "serviceAccountName"],
                    "tekton-chains-controller",
                ),
                "tekton-chains",
            ),
        ),
        entry(
            "a task in the namespace of Tekton's controllers",
            "editor",
            "the account of a controller",
            create("taskruns", renamed(TASK_RUN, "control", "tekton-pipelines"), "tekton-pipelines"),
        ),
        entry(
            "a run in a namespace without rules",
            "trigger",
            "provenance of any steps at all",
            create("pipelineruns", withField(RUN, ["metadata", "namespace"], "elsewhere"), "elsewhere"),
        ),
        entry(
            "a custom run elsewhere",
            "tekton",
            "results of the attacker's under Tekton's name",
            create("customruns", renamed(CUSTOM_RUN, "elsewhere", "elsewhere"), "elsewhere"),
        ),
    ]),
];

const PODS = [
    ...attacks("E", "task-runs-by-tekton", [
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
    ]),
    ...attacks("E", "pods-by-tekton", [
        entry(
            "a pod with Tekton's labels by the trigger",
            "trigger",
            "the network of the push",
            create(
                "pods",
                renamed(
                    withField(POD, ["metadata", "labels"], {
                        "tekton.dev/pipelineTask": "push",
                        "app.kubernetes.io/managed-by": "tekton-pipelines",
                    }),
                    "mine",
                ),
            ),
        ),
        entry(
            "a pod by another namespace's controller",
            "otherTekton",
            "all namespaces with the token of one controller",
            create("pods", renamed(POD, "mine")),
        ),
        entry(
            "a pod that a node reports as its own",
            "kubelet",
            "a pod from a file on a node that was taken over",
            create("pods", renamed(POD, "static-one")),
        ),
        entry(
            "an assistant's pod by an editor",
            "editor",
            "a pod in the guise of a run's assistant",
            create("pods", ASSISTANT_POD),
        ),
        entry(
            "a pod of a StatefulSet that is no assistant",
            "statefulSets",
            "a pod by way of a StatefulSet that was there before",
            create("pods", withField(ASSISTANT_POD, ["metadata", "ownerReferences", "0", "name"], "mine")),
        ),
        entry(
            "a pod of an assistant without its label",
            "statefulSets",
            "an assistant that other rules do not know",
            create("pods", withField(ASSISTANT_POD, ["metadata", "labels"])),
        ),
        entry(
            "a StatefulSet named as an assistant",
            "editor",
            "pods that the StatefulSet controller creates",
            create("statefulsets", renamed(ASSISTANT, "affinity-assistant-evil")),
        ),
        entry(
            "another template of an assistant",
            "editor",
            "a pod of the attacker's when the assistant is made anew",
            jsonPatch("statefulsets", "affinity-assistant-0123456789", [
                { op: "replace", path: "/spec/template/spec/containers/0/image", value: "tools.test/evil" },
            ]),
        ),
        entry(
            "an assistant scaled up",
            "editor",
            "pods until the quota ends all building",
            merge("statefulsets", "affinity-assistant-0123456789/scale", { spec: { replicas: 50 } }),
        ),
        entry(
            "a Deployment",
            "editor",
            "pods that mount the registry's credential",
            create("deployments", {
                metadata: { name: "mine" },
                spec: {
                    selector: { matchLabels: { a: "b" } },
                    template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
                },
            }),
        ),
        entry(
            "a DaemonSet",
            "editor",
            "a pod on every node",
            create("daemonsets", {
                metadata: { name: "mine" },
                spec: {
                    selector: { matchLabels: { a: "b" } },
                    template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
                },
            }),
        ),
        entry(
            "a Job",
            "editor",
            "a pod that mounts the registry's credential",
            create("jobs", {
                metadata: { name: "mine" },
                spec: { template: { spec: { restartPolicy: "Never", containers: [container()] } } },
            }),
        ),
        entry(
            "a CronJob",
            "editor",
            "a pod later, when nobody looks",
            create("cronjobs", {
                metadata: { name: "mine" },
                spec: {
                    schedule: "* * * * *",
                    jobTemplate: {
                        spec: { template: { spec: { restartPolicy: "Never", containers: [container()] } } },
                    },
                },
            }),
        ),
        entry(
            "a revision of an assistant",
            "editor",
            "another template under the name of an earlier one",
            create("controllerrevisions", {
                metadata: { name: "affinity-assistant-evil" },
                data: { spec: {} },
                revision: 7,
            }),
        ),
    ]),
    ...attacks("E", "no-entry", [
        entry("a command in a pod", "editor", "a shell in a build", {
            method: "POST",
            path: `${path("pods", "build-pod/exec")}?command=sh&stdin=true&stdout=true`,
            stored: true,
        }),
        entry("attached to a pod", "editor", "the input of a step", {
            method: "POST",
            path: `${path("pods", "build-pod/attach")}?stdin=true&stdout=true`,
            stored: true,
        }),
        entry("a port of a pod", "editor", "what listens in a build", {
            method: "POST",
            path: `${path("pods", "build-pod/portforward")}?ports=80`,
            stored: true,
        }),
        entry("a pod by the API server's proxy", "editor", "what listens in a build", {
            method: "GET",
            path: path("pods", "build-pod/proxy/"),
        }),
        entry(
            "an ephemeral container",
            "editor",
            "a container in a build, with its volumes",
            merge("pods", "build-pod/ephemeralcontainers", {
                spec: { ephemeralContainers: [{ name: "in", image: "tools.test/shell" }] },
            }),
        ),
        entry(
            "an ephemeral container by Tekton's controller",
            "tekton",
            "a build entered with the token of a controller",
            merge("pods", "build-pod/ephemeralcontainers", {
                spec: { ephemeralContainers: [{ name: "in", image: "tools.test/shell" }] },
            }),
        ),
    ]),
    ...attacks("E", "pod-images-fixed", [
        entry(
            "another image of a step",
            "editor",
            "other work under the name of a declared step",
            jsonPatch("pods", "build-pod", [
                { op: "replace", path: "/spec/containers/0/image", value: "tools.test/evil" },
            ]),
        ),
        entry(
            "another image of a step before the first",
            "editor",
            "another entrypoint in every step",
            jsonPatch("pods", "build-pod", [
                { op: "replace", path: "/spec/initContainers/0/image", value: "tools.test/evil" },
            ]),
        ),
        entry(
            "an image that does nothing, by Tekton's controller",
            "tekton",
            "a step that is skipped",
            jsonPatch("pods", "build-pod", [
                { op: "replace", path: "/spec/containers/0/image", value: "tools.test/nop" },
            ]),
        ),
    ]),
    ...attacks("E", "pod-labels-by-tekton", [
        entry(
            "the build's pod labelled as the push's",
            "editor",
            "the registry and the names that only the push may reach",
            merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/pipelineTask": "push" } } }),
        ),
        entry(
            "the label taken off",
            "editor",
            "a pod that no network policy was written for",
            merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/pipelineTask": null } } }),
        ),
        entry(
            "the label by way of the status",
            "kubelet",
            "the same by another endpoint",
            merge("pods", "build-pod/status", { metadata: { labels: { "tekton.dev/pipelineTask": "push" } } }),
        ),
    ]),
    ...attacks("E", "tokens-by-administrator", [
        entry(
            "a token of the trigger",
            "editor",
            "runs in the trigger's name",
            create("serviceaccounts/merge-trigger/token", { spec: { audiences: null } }),
        ),
        entry(
            "a token of the trigger by a build's account",
            "builder",
            "a build that starts builds",
            create("serviceaccounts/merge-trigger/token", { spec: { audiences: null } }),
        ),
        entry(
            "a Secret that Kubernetes fills with the trigger's token",
            "editor",
            "a token that never expires",
            create("secrets", {
                metadata: { name: "mine", annotations: { "kubernetes.io/service-account.name": "merge-trigger" } },
                type: "kubernetes.io/service-account-token",
            }),
        ),
    ]),
];

const DEFINITIONS = [
    ...attacks("E", "definitions-fixed", [
        entry(
            "another script in a Task",
            "editor",
            "other work under a name that provenance trusts",
            jsonPatch("tasks", "push-images", [{ op: "replace", path: "/spec/steps/0/script", value: "evil" }]),
        ),
        entry(
            "another script in a Task by who may define",
            "deployer",
            "two definitions under one name",
            jsonPatch("tasks", "push-images", [{ op: "replace", path: "/spec/steps/0/script", value: "evil" }]),
        ),
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
    ]),
    ...attacks("F", "definitions-fixed", [
        entry(
            "an annotation of Chains on a Task",
            "editor",
            "runs that look attested: Tekton copies annotations to them",
            merge("tasks", "push-images", { metadata: { annotations: { "chains.tekton.dev/signed": "true" } } }),
        ),
    ]),
    ...attacks("E", "resolutions-by-tekton", [
        entry(
            "an answer to a resolution",
            "editor",
            "a pipeline of the attacker's under the declared name",
            merge("resolutionrequests", "cluster-0123456789/status", ANSWER),
        ),
        entry(
            "a resolution asked before the run asks",
            "editor",
            "an answer that is ready when Tekton looks for it",
            create("resolutionrequests", renamed(RESOLUTION, "cluster-early")),
        ),
        entry(
            "another question",
            "editor",
            "an answer to what was not asked",
            jsonPatch("resolutionrequests", "cluster-0123456789", [
                { op: "replace", path: "/spec/params/0/value", value: "task" },
            ]),
        ),
    ]),
];

const DONE = "crane-done-push";

const RECORD = [
    ...attacks("E", "record-by-controllers", [
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
            merge("pipelineruns", "crane-done", {
                metadata: {
                    ownerReferences: [
                        {
                            apiVersion: "v1",
                            kind: "ConfigMap",
                            name: "mine",
                            uid: "8b4f5f0e-0000-4000-8000-000000000002",
                        },
                    ],
                },
            }),
        ),
        entry(
            "a finalizer put on a run",
            "editor",
            "a namespace that cannot be deleted",
            merge("pipelineruns", "crane-done", { metadata: { finalizers: ["mallory.test/kept"] } }),
        ),
        entry(
            "a finalizer put on a run by Chains",
            "chains",
            "a namespace that cannot be deleted",
            merge("pipelineruns", "crane-done", { metadata: { finalizers: ["mallory.test/kept"] } }),
        ),
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
    ]),
    ...attacks("F", "record-by-controllers", [
        entry(
            "another digest in a task run's result",
            "editor",
            "good provenance for an image that nobody built",
            merge("taskruns", `${DONE}/status`, {
                status: { results: [{ name: "IMAGES", type: "string", value: `registry.test/one@${EVIL_DIGEST}` }] },
            }),
        ),
        entry(
            "another digest by a JSON patch",
            "trigger",
            "the same by another kind of patch",
            jsonPatch("taskruns", `${DONE}/status`, [
                { op: "replace", path: "/status/results/0/value", value: `registry.test/one@${EVIL_DIGEST}` },
            ]),
        ),
        entry(
            "another digest by Chains",
            "chains",
            "provenance of what Chains says it saw",
            merge("taskruns", `${DONE}/status`, {
                status: { results: [{ name: "IMAGES", type: "string", value: `registry.test/one@${EVIL_DIGEST}` }] },
            }),
        ),
        entry(
            "a forged mark of a signature",
            "editor",
            "a run that is never attested and looks so",
            merge("pipelineruns", "crane-done", { metadata: { annotations: { "chains.tekton.dev/signed": "true" } } }),
        ),
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
        entry(
            "a forged mark by Tekton's controller",
            "tekton",
            "the same with the token of a controller",
            merge("pipelineruns", "crane-done", { metadata: { annotations: { "chains.tekton.dev/signed": "true" } } }),
        ),
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
    ]),
];

/** All of them, in the order of SLSA's threats. */
export const ATTACKS: readonly Attack[] = [PARAMETERS, SETTINGS, STARTS, PODS, DEFINITIONS, RECORD]
    .flat()
    .sort((one, other) => one.threat.localeCompare(other.threat));
