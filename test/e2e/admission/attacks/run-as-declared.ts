import type { Json } from "../../../../admission/cel";
import { BUILDS, COMMIT, OTHER_BUILDS, RUN, runAt, runWith, withField } from "../builds";
import { apply, create } from "../requests";
import { attacksOn, entry, type Entry } from "./attack";

/** A run that the trigger creates. */
const byTrigger = (name: string, wouldGain: string, body: Json): Entry =>
    entry(name, "trigger", wouldGain, create("pipelineruns", body));

/** The same with one field set, or taken out. */
const run = (name: string, wouldGain: string, field: string, value?: Json): Entry =>
    byTrigger(name, wouldGain, runWith(field, value));

const commit = (name: string, wouldGain: string, value: Json): Entry => byTrigger(name, wouldGain, runAt(value));

const param = (name: string, value: Json): Json => ({ name, value });
const { spec } = RUN as { spec: { params: Json[]; taskRunSpecs: Json[] } };
const REFERENCE = "spec.pipelineRef";

export const runAsDeclared = attacksOn("run-as-declared", {
    D: [
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
        commit(
            "a commit with a line break at its end",
            "text after the commit in scripts and provenance",
            `${COMMIT}\n`,
        ),
        commit("a commit after a line break", "text before the commit in scripts and provenance", `main\n${COMMIT}`),
        commit("a commit as a list", "several values where one is compared", [COMMIT]),
        commit("a commit as an object", "values under names that nobody compares", { sha: COMMIT }),
        run("a run without a commit", "whatever the Task takes by default", "spec.params", [spec.params[0] ?? null]),
        run("one param more", "an input that nobody declared", "spec.params", [
            ...spec.params,
            param("insecure", "true"),
        ]),
        run("the commit twice", "one commit compared and another built", "spec.params", [
            ...spec.params,
            param("commit", "main"),
        ]),
        run(
            "params in another order",
            "a URL where the commit is looked for",
            "spec.params",
            [...spec.params].reverse(),
        ),
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
        run("a run that does not wait its turn", "more builds at a time than may go on", "spec.status"),
        run(
            "a run that waits to be stopped",
            "an end that the merge's steps do not know",
            "spec.status",
            "StoppedRunFinally",
        ),
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
            apply("pipelineruns", runAt("main")),
        ),
    ],
    E: [
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
        run(
            "steps as root",
            "what the node lets root do",
            "spec.taskRunTemplate.podTemplate.securityContext.runAsUser",
            0,
        ),
        run(
            "an environment for all steps",
            "a program of the attacker's in every step",
            "spec.taskRunTemplate.podTemplate.env",
            [{ name: "LD_PRELOAD", value: "/workspace/source/evil.so" }],
        ),
        run(
            "a volume for all pods",
            "the registry's credential in every pod",
            "spec.taskRunTemplate.podTemplate.volumes",
            [{ name: "credential", secret: { secretName: "registry-credentials" } }],
        ),
        run("a step of a task with another environment", "another proxy for Go's modules", "spec.taskRunSpecs", [
            { ...(spec.taskRunSpecs[0] as Record<string, Json>), stepSpecs: [{ name: "clone", computeResources: {} }] },
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
            spec.taskRunSpecs.slice(1),
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
    ],
});
