import type { Json } from "../../../admission/cel";
import type { Build } from "../../../admission";
import { koPipeline } from "../../../pipelines/ko";
import { pipelineRun } from "../../../pipelines/run";
import { runName } from "../../../pipelines/run-name";
import { KO_ARGS } from "../../pipelines/values";

/** The namespace of the builds that are attacked. */
export const BUILDS = "builds-crane";
export const OTHER_BUILDS = "builds-other";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const URL = "https://git.test/team/crane";

const ko = (namespace: string): ReturnType<typeof koPipeline> =>
    koPipeline({ ...KO_ARGS, namespace, workspaceSize: "1024Mi", storageClass: "fast", timeout: "90m" });

export const DECLARED: Build = { namespace: BUILDS, runTemplate: ko(BUILDS).runTemplate, url: URL };
/** Its URL holds what would end a literal that is not quoted. */
export const OTHER: Build = {
    namespace: OTHER_BUILDS,
    runTemplate: ko(OTHER_BUILDS).runTemplate,
    url: `https://git.test/a"b'c\\d\n\${e}`,
};

/**
 * A run as Tekton's webhook hands it to the policies. There is no webhook in this test: what it changes in a run of this
 * project was read from its code (Tekton Pipelines v1.15.0, `SetDefaults` and the round trip through the Go type) and seen
 * by letting that code default such a run. Durations and quantities are written in Go's form, each volume claim gets an
 * empty `metadata` and `status`, the run a `status`; annotations of Chains are dropped, which this leaves out, so that it is
 * seen that the rules do not need it.
 */
export function asTektonStoresIt(run: Json): Json {
    let stored = withField(run, ["spec", "timeouts", "pipeline"], "1h30m0s");
    stored = withField(stored, ["spec", "workspaces", "0", "volumeClaimTemplate", "metadata"], {});
    stored = withField(stored, ["spec", "workspaces", "0", "volumeClaimTemplate", "status"], {});
    stored = withField(
        stored,
        ["spec", "workspaces", "0", "volumeClaimTemplate", "spec", "resources", "requests", "storage"],
        "1Gi",
    );
    return withField(stored, ["status"], {});
}

/** A copy of a JSON value with one field set, or taken out where no value is given. */
export function withField(value: Json, path: readonly string[], field?: Json): Json {
    const copy = structuredClone(value);
    const last = path.at(-1);
    let at = copy as Record<string, Json>;
    for (const key of path.slice(0, -1)) {
        at[key] ??= {};
        at = at[key] as Record<string, Json>;
    }
    if (last !== undefined) {
        if (field === undefined) {
            Reflect.deleteProperty(at, last);
        } else {
            at[last] = field;
        }
    }
    return copy;
}

const runOf = ({ runTemplate, url }: Build): Json =>
    asTektonStoresIt(pipelineRun(runTemplate, { url, commit: COMMIT }) as unknown as Json);

/** The declared run of each namespace, with a full commit. */
export const RUN = runOf(DECLARED);
export const OTHER_RUN = runOf(OTHER);

/** The declared run once its turn has come. */
export const STARTED = withField(RUN, ["spec", "status"]);

/** The declared run with one field set, or taken out. */
export function runWith(path: string, field?: Json): Json {
    return withField(RUN, path.split("."), field);
}

/** The name of the declared run of a commit, the end of an attempt's behind it. */
export const nameAt = (commit: string, attempt = ""): string =>
    runName(DECLARED.runTemplate.namePrefix, commit, attempt);

/** The declared run of another commit; or of what is none, which no run could be named by. */
export function runAt(commit: Json): Json {
    const run = runWith("spec.params.1.value", commit);
    return typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit) ? renamed(run, nameAt(commit)) : run;
}

export const DIGEST = `sha256:${"a".repeat(64)}`;
export const EVIL_DIGEST = `sha256:${"e".repeat(64)}`;

const inBuilds = (name: string): Record<string, Json> => ({ name, namespace: BUILDS });

/** A container image that does not matter: nothing runs. */
export const container = (image = "tools.test/a"): Json => ({ name: "step-build", image });

/** How a container ended, in the status of its pod; the message is where Tekton's results are. */
export const terminated = (name: string, message = ""): Json => ({
    name,
    image: "tools.test/a",
    imageID: "",
    ready: false,
    restartCount: 0,
    state: { terminated: { exitCode: 0, message } },
});

export const POD: Json = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...inBuilds("build-pod"), labels: { "tekton.dev/pipelineTask": "build" } },
    spec: {
        automountServiceAccountToken: false,
        serviceAccountName: "builder",
        containers: [container()],
        initContainers: [{ name: "prepare", image: "tools.test/prepare" }],
    },
};

/** The pod of a task run that is there, as Tekton's controller makes it. */
export function ownedPod(uid: string): Json {
    return withField(
        renamed(POD, "owned-pod"),
        ["metadata", "ownerReferences"],
        [{ apiVersion: "tekton.dev/v1", kind: "TaskRun", name: "crane-done-push", uid, controller: true }],
    );
}

/** Where that pod is. */
export const ADDRESSES = {
    podIP: "10.244.0.5",
    podIPs: [{ ip: "10.244.0.5" }],
    hostIP: "10.0.0.5",
    hostIPs: [{ ip: "10.0.0.5" }],
} satisfies Json;

/** A node for the pod. */
export const BINDING: Json = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: inBuilds("build-pod"),
    target: { apiVersion: "v1", kind: "Node", name: "one" },
};

/** What a run's source and images pass through. */
export const CLAIM: Json = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: inBuilds("pvc-abcdef0123"),
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "1Gi" } } },
};

export const ASSISTANT: Json = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
        ...inBuilds("affinity-assistant-0123456789"),
        labels: { "app.kubernetes.io/component": "affinity-assistant" },
    },
    spec: {
        replicas: 1,
        serviceName: "",
        selector: { matchLabels: { "app.kubernetes.io/component": "affinity-assistant" } },
        template: {
            metadata: { labels: { "app.kubernetes.io/component": "affinity-assistant" } },
            spec: { containers: [container("tools.test/nop")] },
        },
    },
};

export const ASSISTANT_POD: Json = {
    ...(POD as Record<string, Json>),
    metadata: {
        ...inBuilds("affinity-assistant-0123456789-0"),
        labels: { "app.kubernetes.io/component": "affinity-assistant" },
        ownerReferences: [
            {
                apiVersion: "apps/v1",
                kind: "StatefulSet",
                name: "affinity-assistant-0123456789",
                uid: "8b4f5f0e-0000-4000-8000-000000000001",
                controller: true,
            },
        ],
    },
};

export const TASK_RUN: Json = {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: {
        ...inBuilds("crane-done-push"),
        labels: { "tekton.dev/pipelineTask": "push" },
        annotations: { "chains.tekton.dev/signed": "true" },
        finalizers: ["chains.tekton.dev/taskrun"],
    },
    spec: { serviceAccountName: "pusher", taskRef: { name: "push-images" } },
};

export const TASK_RUN_STATUS = {
    podName: "crane-done-push-pod",
    taskSpec: { results: [{ name: "IMAGES", type: "string" }], steps: [{ name: "push", image: "tools.test/crane" }] },
    results: [{ name: "IMAGES", type: "string", value: `registry.test/one@${DIGEST}` }],
} satisfies Json;

export const TASK: Json = {
    apiVersion: "tekton.dev/v1",
    kind: "Task",
    metadata: inBuilds("push-images"),
    spec: { steps: [{ name: "push", image: "tools.test/crane", command: ["/bin/sh", "-c", "crane push"] }] },
};

export const PIPELINE: Json = {
    apiVersion: "tekton.dev/v1",
    kind: "Pipeline",
    metadata: inBuilds("ko"),
    spec: { tasks: [{ name: "push", taskRef: { name: "push-images" } }] },
};

export const STEP_ACTION: Json = {
    apiVersion: "tekton.dev/v1beta1",
    kind: "StepAction",
    metadata: inBuilds("clone"),
    spec: { image: "tools.test/git", script: "git clone" },
};

export const CUSTOM_RUN: Json = {
    apiVersion: "tekton.dev/v1beta1",
    kind: "CustomRun",
    metadata: inBuilds("custom"),
    spec: { customRef: { apiVersion: "example.test/v1", kind: "Approval" } },
};

export const RESOLUTION: Json = {
    apiVersion: "resolution.tekton.dev/v1beta1",
    kind: "ResolutionRequest",
    metadata: { ...inBuilds("cluster-0123456789"), labels: { "resolution.tekton.dev/type": "cluster" } },
    spec: { params: [{ name: "kind", value: "pipeline" }] },
};

/** What the controller takes as the definition: base64 of an empty object. */
export const ANSWER: Json = { status: { data: "e30=", refSource: {}, source: {} } };

/** An object of the attacker's that something may be said to belong to. */
export const FOREIGN_OWNER: Json = {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "mine",
    uid: "8b4f5f0e-0000-4000-8000-000000000002",
};

/** The object under another name, in the same namespace or another. */
export function renamed(object: Json, name: string, namespace = BUILDS): Json {
    return withField(withField(object, ["metadata", "name"], name), ["metadata", "namespace"], namespace);
}
