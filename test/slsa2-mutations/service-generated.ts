import type { Snapshot } from "../../requirements/snapshot";
import { at, declare, grant, remove, resource, set } from "../snapshot-edit";
import {
    add,
    builder,
    CHAINS,
    container,
    data,
    type Properties,
    run,
    task,
    TEKTON,
    trigger,
    UNKNOWN,
    visitor,
    type Row,
} from "./plan-edit";
import { runPrunerBreaks } from "./run-pruner";

const VALIDATION = "tekton-pipelines/ValidatingWebhookConfiguration/validation.webhook.pipeline.tekton.dev";

function foreignWebhook(snapshot: Snapshot, rules: object[]): void {
    declare(snapshot, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "foreign" },
        webhooks: [{ name: "foreign.example", clientConfig: { url: "https://example.com" }, rules }],
    } as never);
}

/** The trigger whose merges cancel older runs. */
const canceller = { namespace: "builds-page", name: "merge-trigger" };
const RECORD_POLICY = "ValidatingAdmissionPolicy/slsa-build-platform.record-by-controllers";
const RECORD_BINDING = "ValidatingAdmissionPolicyBinding/slsa-build-platform.record-by-controllers";

/** Changes the spec of the policy that keeps it from changing more of them. */
function recordPolicy(snapshot: Snapshot, path: (string | number)[], to: unknown): void {
    set(resource(snapshot, RECORD_POLICY).inputs, ["spec", ...path], to);
}

/** What breaks the row Provenance – Service generated. */
export const serviceGenerated: Row = {
    breaks: {
        "the trigger may cancel runs": (snapshot) => {
            grant(snapshot, "builds-crane", trigger, {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns"],
                verbs: ["cancel"],
            });
        },
        "the trigger of another namespace may patch runs": (snapshot) => {
            grant(snapshot, "builds-hello", trigger, {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns"],
                verbs: ["patch"],
            });
        },
        "the trigger may cancel runs, and its steps cancel none": (snapshot) => {
            const steps = data(snapshot, "merge-trigger-page-steps");
            steps["steps.json"] = String(steps["steps.json"]).replace(
                '"CANCEL_OLDER": "true"',
                '"CANCEL_OLDER": "false"',
            );
        },
        ...Object.fromEntries(
            [
                ["update", "pipelineruns"],
                ["patch", "pipelineruns/status"],
                ["patch", "taskruns"],
            ].map(([verb = "", name = ""]) => [
                `the trigger that cancels runs may ${verb} ${name}`,
                (snapshot: Snapshot) => {
                    const rule = { apiGroups: ["tekton.dev"], resources: [name], verbs: [verb] };
                    grant(snapshot, "builds-page", canceller, rule);
                },
            ]),
        ),
        "somebody may cancel runs as the trigger does": (snapshot) => {
            const rule = { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["patch"] };
            grant(snapshot, "builds-page", visitor, rule);
        },
        "nothing keeps the trigger to starting and cancelling": (snapshot) => {
            remove(snapshot, RECORD_POLICY);
        },
        "what keeps the trigger to starting and cancelling is not in force": (snapshot) => {
            remove(snapshot, RECORD_BINDING);
        },
        "what keeps the trigger to starting and cancelling only warns": (snapshot) => {
            set(resource(snapshot, RECORD_BINDING).inputs, ["spec", "validationActions"], ["Warn"]);
        },
        "what keeps the trigger to starting and cancelling is in force for some": (snapshot) => {
            const spec = at(resource(snapshot, RECORD_BINDING).inputs, "spec") as Properties;
            spec["matchResources"] = { objectSelector: { matchLabels: { x: "y" } } };
        },
        "what keeps the trigger to starting and cancelling lets through what it cannot judge": (snapshot) => {
            recordPolicy(snapshot, ["failurePolicy"], "Ignore");
        },
        "what keeps the trigger to starting and cancelling has a condition": (snapshot) => {
            recordPolicy(snapshot, ["matchConditions"], [{ name: "x", expression: "false" }]);
        },
        "what keeps the trigger to starting and cancelling lets it change more": (snapshot) => {
            recordPolicy(snapshot, ["validations", 1, "expression"], "true");
        },
        "what keeps the trigger to starting and cancelling is for another namespace": (snapshot) => {
            const selector = ["matchConstraints", "namespaceSelector", "matchExpressions", 0, "values"];
            recordPolicy(snapshot, selector, ["builds-crane", "builds-hello"]);
        },
        "what keeps the trigger to starting and cancelling knows another controller": (snapshot) => {
            const { inputs } = resource(snapshot, RECORD_POLICY);
            inputs["spec"] = JSON.parse(
                JSON.stringify(inputs["spec"]).replaceAll("tekton-chains:tekton-chains-controller", "default:chains"),
            ) as unknown;
        },
        "somebody may delete task runs": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, {
                apiGroups: ["tekton.dev"],
                resources: ["taskruns"],
                verbs: ["deletecollection"],
            });
        },
        ...runPrunerBreaks,
        "somebody may write a run's status": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, {
                apiGroups: ["tekton.dev"],
                resources: ["*/status"],
                verbs: ["update"],
            });
        },
        "the account that builds run as holds a right": (snapshot) => {
            grant(snapshot, "builds-crane", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
        },
        "a run's pods are given a token": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["taskRunTemplate", "podTemplate", "automountServiceAccountToken"], true);
            });
        },
        "somebody may change what Chains is told": (snapshot) => {
            grant(snapshot, "tekton-chains", visitor, {
                apiGroups: [""],
                resources: ["configmaps"],
                verbs: ["patch"],
            });
        },
        "the builder's id is Chains' default": (snapshot) => {
            data(snapshot, "tekton-chains-config")["builder.id"] = "https://tekton.dev/chains/v2";
        },
        "runs do not record their definitions": (snapshot) => {
            data(snapshot, "tekton-pipelines-feature-flags")["enable-provenance-in-status"] = "false";
        },
        "Chains may not update runs": (snapshot) => {
            remove(snapshot, "tekton-chains/ClusterRoleBinding/tekton-chains-controller-cluster-access");
        },

        "a group of all accounts of the builds holds a right": (snapshot) => {
            grant(snapshot, "builds-crane", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["subjects", 0], {
                kind: "Group",
                name: "system:serviceaccounts:builds-crane",
            });
        },
        "a group of all accounts holds a right": (snapshot) => {
            grant(snapshot, "builds-crane", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["subjects", 0], { kind: "Group", name: "system:serviceaccounts" });
        },
        "everybody holds a right to more than a ConfigMap's name": (snapshot) => {
            grant(snapshot, "builds-crane", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["subjects", 0], { kind: "Group", name: "system:authenticated" });
        },
        "the account that builds run as holds a right as a user": (snapshot) => {
            grant(snapshot, "builds-crane", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["subjects", 0], {
                kind: "User",
                name: "system:serviceaccount:builds-crane:builder",
            });
        },
        "the pods of one task are given a token": (snapshot) => {
            run(snapshot, (spec) => {
                Object.assign(at(spec, "taskRunSpecs", 1) as Properties, {
                    podTemplate: { automountServiceAccountToken: true },
                });
            });
        },
        "a run's pods are given a volume": (snapshot) => {
            run(snapshot, (spec) => {
                const template = at(spec, "taskRunTemplate", "podTemplate") as Properties;
                template["volumes"] = [{ name: "x", configMap: { name: "x" } }];
            });
        },
        "a Task is given a token": (snapshot) => {
            add(task(snapshot, "ko-image"), "volumes", {
                name: "x",
                projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
            });
        },
        "Tekton gives the pods of every run more": (snapshot) => {
            const defaults = resource(snapshot, "tekton-pipelines/ConfigMap/tekton-pipelines/config-defaults").inputs;
            defaults["data"] = { "default-pod-template": "hostNetwork: true" };
        },
        "Tekton reads its switches elsewhere": (snapshot) => {
            add(container(snapshot, TEKTON), "env", { name: "CONFIG_FEATURE_FLAGS_NAME", value: "other" });
        },
        "Chains reads its configuration in another namespace": (snapshot) => {
            add(container(snapshot, CHAINS), "env", { name: "SYSTEM_NAMESPACE", value: "default" });
        },
        "a controller's environment comes from elsewhere": (snapshot) => {
            add(container(snapshot, CHAINS), "envFrom", { configMapRef: { name: "x" } });
        },
        "a controller's image names no digest": (snapshot) => {
            container(snapshot, CHAINS)["image"] = "example.com/chains:latest";
        },
        "nothing checks runs": (snapshot) => {
            remove(snapshot, VALIDATION);
        },
        "runs are stored when nothing checked them": (snapshot) => {
            set(resource(snapshot, VALIDATION).inputs, ["webhooks", 0, "failurePolicy"], "Ignore");
        },
        "somebody else checks runs": (snapshot) => {
            set(resource(snapshot, VALIDATION).inputs, ["webhooks", 0, "clientConfig"], { url: "https://example.com" });
        },
        ...Object.fromEntries(
            ["namespaceSelector", "objectSelector"].map((key) => [
                `a ${key} leaves runs unchecked`,
                (snapshot: Snapshot) => {
                    Object.assign(at(resource(snapshot, VALIDATION).inputs, "webhooks", 0) as Properties, {
                        [key]: { matchLabels: { x: "y" } },
                    });
                },
            ]),
        ),
        "a condition leaves runs unchecked": (snapshot) => {
            add(at(resource(snapshot, VALIDATION).inputs, "webhooks", 0) as Properties, "matchConditions", {
                name: "x",
                expression: "false",
            });
        },
        "the namespace of the builds is passed over": (snapshot) => {
            const labels = at(resource(snapshot, "builds-crane-namespace").inputs, "metadata", "labels") as Properties;
            labels["webhooks.knative.dev/exclude"] = "";
        },
        "a foreign webhook changes runs": (snapshot) => {
            foreignWebhook(snapshot, [{ apiGroups: ["tekton.dev"], resources: ["*"] }]);
        },
        "a foreign webhook changes pods": (snapshot) => {
            foreignWebhook(snapshot, [{ apiGroups: [""], resources: ["services", "pods"] }]);
        },
        "a foreign webhook does not say what it changes": (snapshot) => {
            foreignWebhook(snapshot, []);
        },
        "a policy changes objects": (snapshot) => {
            const apiVersion = "admissionregistration.k8s.io/v1beta1";
            declare(snapshot, { apiVersion, kind: "MutatingAdmissionPolicy", metadata: { name: "x" } });
        },
        "somebody else serves Tekton's API": (snapshot) => {
            declare(snapshot, {
                apiVersion: "apiregistration.k8s.io/v1",
                kind: "APIService",
                metadata: { name: "v1.tekton.dev" },
                spec: { group: "tekton.dev", version: "v1" },
            } as never);
        },
        "somebody else converts runs": (snapshot) => {
            const crd = resource(snapshot, "tekton-pipelines/CustomResourceDefinition/pipelineruns.tekton.dev").inputs;
            const webhook = { clientConfig: { url: "https://example.com" } };
            Object.assign(crd["spec"] as Properties, { conversion: { strategy: "Webhook", webhook } });
        },
    },
    moves: {
        "an account of Chains' name in another namespace is bound instead": (snapshot) => {
            set(
                resource(snapshot, "tekton-chains/ClusterRoleBinding/tekton-chains-controller-cluster-access").inputs,
                ["subjects", 0, "namespace"],
                "default",
            );
        },
    },
    hides: {
        "the builder's id is known only after deployment": (snapshot) => {
            data(snapshot, "tekton-chains-config")["builder.id"] = "[unknown: urn:pulumi:x::y::z::w#id]";
        },

        "whom a binding names is known only after deployment": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["subjects"], UNKNOWN);
        },
    },
};
