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

const pruner = { namespace: "run-pruner", name: "run-pruner-builds-crane" };

function prunerPod(snapshot: Snapshot): Properties {
    const { inputs } = resource(snapshot, "run-pruner-builds-crane");
    return at(inputs, "spec", "jobTemplate", "spec", "template", "spec") as Properties;
}

function prune(snapshot: Snapshot, key: "initContainers" | "containers", index: number): Properties {
    return at(prunerPod(snapshot), key, index) as Properties;
}

/** The environment of the pruner's step that verifies. */
function verifying(snapshot: Snapshot): { [name: string]: unknown; name: string }[] {
    return prune(snapshot, "initContainers", 1)["env"] as { name: string }[];
}

/** Takes a variable of the step that verifies out of a ConfigMap. */
function fromConfigMap(snapshot: Snapshot, variable: string, configMap: string): void {
    const env = verifying(snapshot);
    const valueFrom = { configMapKeyRef: { name: configMap, key: "x" } };
    env[env.findIndex(({ name }) => name === variable)] = { name: variable, valueFrom };
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
        "the pruner may delete task runs": (snapshot) => {
            grant(snapshot, "builds-crane", pruner, {
                apiGroups: ["tekton.dev"],
                resources: ["taskruns"],
                verbs: ["delete"],
            });
        },
        "the pruner of another namespace may delete runs": (snapshot) => {
            grant(snapshot, "builds-hello", pruner, {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns"],
                verbs: ["delete"],
            });
        },
        "the pruner verifies nothing": (snapshot) => {
            prune(snapshot, "initContainers", 1)["command"] = ["sh", "-c", 'touch "$SHARED"/ended/*/verified'];
        },
        "the pruner verifies by another script": (snapshot) => {
            Object.assign(verifying(snapshot).find(({ name }) => name === "VERIFY") ?? {}, {
                value: 'touch "$SHARED/verified"',
            });
        },
        "the pruner verifies by whatever a ConfigMap says": (snapshot) => {
            fromConfigMap(snapshot, "VERIFY", "verification");
        },
        "the pruner verifies by no script": (snapshot) => {
            const env = verifying(snapshot);
            env.splice(
                env.findIndex(({ name }) => name === "VERIFY"),
                1,
            );
        },
        "the pruner verifies by another script, said after the known one": (snapshot) => {
            verifying(snapshot).push({ name: "VERIFY", value: 'touch "$SHARED/verified"' });
        },
        "the pruner verifies by whatever a ConfigMap says, said after the known script": (snapshot) => {
            const valueFrom = { configMapKeyRef: { name: "verification", key: "x" } };
            verifying(snapshot).push({ name: "VERIFY", valueFrom });
        },
        ...Object.fromEntries(
            (["initContainers", "containers"] as const).map((key) => [
                `the environment of the first of the pruner's ${key} is whatever a ConfigMap says`,
                (snapshot: Snapshot) => {
                    add(prune(snapshot, key, 0), "envFrom", { configMapRef: { name: "verification" } });
                },
            ]),
        ),
        "the pruner's verification has its environment of whatever a ConfigMap says": (snapshot) => {
            add(prune(snapshot, "initContainers", 1), "envFrom", { configMapRef: { name: "verification" } });
        },
        "the pruner takes for its builder whomever a ConfigMap names": (snapshot) => {
            fromConfigMap(snapshot, "BUILDER_ID", "verification");
        },
        "the pruner verifies with a key of a ConfigMap that nobody declared": (snapshot) => {
            fromConfigMap(snapshot, "SIGNING_PUBLIC_KEY", "others");
        },
        // Kubernetes replaces $(NAME) in a script, and lets a name be what a shell takes for a command.
        "a variable of the pruner stands in its script": (snapshot) => {
            verifying(snapshot).unshift({ name: "mktemp -d", value: "echo /tmp" });
        },
        "a variable of the pruner says where its programs are": (snapshot) => {
            verifying(snapshot).push({ name: "PATH", value: "/shared" });
        },
        "somebody may change the keys that the pruner verifies with": (snapshot) => {
            grant(snapshot, pruner.namespace, visitor, {
                apiGroups: [""],
                resources: ["configmaps"],
                verbs: ["patch"],
            });
        },
        "somebody may run what they like as the pruner": (snapshot) => {
            grant(snapshot, pruner.namespace, visitor, { apiGroups: [""], resources: ["pods"], verbs: ["create"] });
        },
        ...Object.fromEntries(
            ["serviceaccounts/token", "secrets"].map((name) => [
                `somebody may take the pruner's token by ${name}`,
                (snapshot: Snapshot) => {
                    const rule = { apiGroups: [""], resources: [name], verbs: ["create"] };
                    grant(snapshot, pruner.namespace, visitor, rule);
                },
            ]),
        ),
        "the pruner runs something after its script": (snapshot) => {
            add(prune(snapshot, "containers", 0), "args", "x");
        },
        "the pruner runs something when its container starts": (snapshot) => {
            const exec = { command: ["sh", "-c", 'touch "$SHARED"/ended/*/verified'] };
            prune(snapshot, "containers", 0)["lifecycle"] = { postStart: { exec } };
        },
        "the pruner runs something to know whether it is alive": (snapshot) => {
            const exec = { command: ["sh", "-c", 'touch "$SHARED"/ended/*/verified'] };
            prune(snapshot, "containers", 0)["livenessProbe"] = { exec };
        },
        "the pruner leaves its verification out": (snapshot) => {
            const pod = prunerPod(snapshot);
            (pod["initContainers"] as unknown[]).pop();
        },
        "something else runs as the pruner": (snapshot) => {
            declare(snapshot, {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "other", namespace: pruner.namespace },
                spec: { serviceAccountName: pruner.name, containers: [{ name: "x", image: "x" }] },
            } as never);
        },
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
