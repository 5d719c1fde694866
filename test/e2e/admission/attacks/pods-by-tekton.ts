import type { Json } from "../../../../admission/cel";
import { ASSISTANT, ASSISTANT_POD, container, POD, renamed, withField } from "../builds";
import { create, jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

/** A Deployment or a DaemonSet. */
const WORKLOAD: Json = {
    metadata: { name: "mine" },
    spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
    },
};

const JOB: Json = { template: { spec: { restartPolicy: "Never", containers: [container()] } } };

export const podsByTekton = attacksOn("pods-by-tekton", {
    E: [
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
            "a pod of the trigger's account by Tekton's controller",
            "tekton",
            "a token of the trigger or promoter, which a pod may mount",
            create("pods", renamed(withField(POD, ["spec", "serviceAccountName"], "merge-trigger"), "mine")),
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
        entry("a Deployment", "editor", "pods that mount the registry's credential", create("deployments", WORKLOAD)),
        entry("a DaemonSet", "editor", "a pod on every node", create("daemonsets", WORKLOAD)),
        entry(
            "a Job",
            "editor",
            "a pod that mounts the registry's credential",
            create("jobs", { metadata: { name: "mine" }, spec: JOB }),
        ),
        entry(
            "a CronJob",
            "editor",
            "a pod later, when nobody looks",
            create("cronjobs", {
                metadata: { name: "mine" },
                spec: { schedule: "* * * * *", jobTemplate: { spec: JOB } },
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
    ],
});
