import type { Snapshot } from "../requirements/snapshot";
import { at, declare, grant, remove, resource, resourceLike, set } from "./snapshot-edit";

/** Changes a plan so that one requirement is broken. */
export type Mutation = (snapshot: Snapshot) => void;

/** Somebody who has nothing to do with builds. */
const visitor = { namespace: "default", name: "visitor" };
const builder = { namespace: "builds", name: "builder" };
const trigger = { namespace: "builds", name: "merge-trigger" };
const RBAC = "rbac.authorization.k8s.io/v1";

function data(snapshot: Snapshot, name: string): Record<string, string> {
    return at(resource(snapshot, name).inputs, "data") as Record<string, string>;
}

function pipeline(snapshot: Snapshot): Record<string, unknown> {
    return at(resourceLike(snapshot, /^Pipeline\//).inputs, "spec") as Record<string, unknown>;
}

function pipelineResult(snapshot: Snapshot, name: string): Record<string, unknown> {
    const found = (pipeline(snapshot)["results"] as Record<string, unknown>[]).find(
        (result) => result["name"] === name,
    );
    if (found === undefined) {
        throw new Error(`no result ${name}`);
    }
    return found;
}

function withoutPipelineResult(snapshot: Snapshot, name: string): void {
    pipelineResult(snapshot, name);
    const spec = pipeline(snapshot);
    spec["results"] = (spec["results"] as Record<string, unknown>[]).filter((result) => result["name"] !== name);
}

/** Changes the spec of the run that the trigger creates. */
export function run(snapshot: Snapshot, change: (spec: Record<string, unknown>) => void): void {
    const declared = data(snapshot, "merge-trigger-steps");
    const steps = JSON.parse(declared["steps.json"] ?? "") as { env: Record<string, string> }[];
    const env = steps[0]?.env ?? {};
    const run = JSON.parse(env["RUN"] ?? "") as { spec: Record<string, unknown> };
    change(run.spec);
    env["RUN"] = JSON.stringify(run);
    declared["steps.json"] = JSON.stringify(steps);
}

function rekorArgs(snapshot: Snapshot): string[] {
    return at(
        resource(snapshot, "transparency-log-rekor").inputs,
        "spec",
        "template",
        "spec",
        "containers",
        0,
        "args",
    ) as string[];
}

function without(list: unknown[], pattern: RegExp): void {
    const index = list.findIndex((item) => pattern.test(String(item)));
    if (index < 0) {
        throw new Error(`nothing matches ${String(pattern)}`);
    }
    list.splice(index, 1);
}

/** One row of the announcement's table: what breaks it, and which right elsewhere under the same names does not count. */
export interface Row {
    breaks: Record<string, Mutation>;
    /** Moves what the row rests on to another place, its names unchanged. */
    moves: Record<string, Mutation>;
    /** Makes a decisive value known only after deployment. */
    hides?: Record<string, Mutation>;
}

/** The announcement's table, in its order, with what breaks each row. */
export const ROWS: Record<string, Row> = {
    "Source – Version controlled": {
        breaks: {
            "the repository is not named": (snapshot) => {
                data(snapshot, "merge-trigger-steps")["repository"] = "";
            },
            "the repository's URL carries a credential": (snapshot) => {
                data(snapshot, "merge-trigger-steps")["repository"] = "https://user:word@example.com/app.git";
            },
            "another repository is built than the one that is named": (snapshot) => {
                run(snapshot, (spec) => {
                    set(spec, ["params", 0, "value"], "https://example.com/other.git");
                });
            },
            "every merge builds the same commit": (snapshot) => {
                run(snapshot, (spec) => {
                    set(spec, ["params", 1, "value"], "0".repeat(40));
                });
            },
            "every branch is built": (snapshot) => {
                data(snapshot, "merge-trigger-steps")["branch"] = "*";
            },
            "the commit is what the run asked for, not what was cloned": (snapshot) => {
                pipelineResult(snapshot, "CHAINS-GIT_COMMIT")["value"] = "$(params.commit)";
            },
            "the source's URL is not stated": (snapshot) => {
                withoutPipelineResult(snapshot, "CHAINS-GIT_URL");
            },
            "the clone always fetches the same branch": (snapshot) => {
                set(pipeline(snapshot), ["tasks", 0, "params", 1, "value"], "main");
            },
        },
        moves: {
            "the commit comes from a result of the same name of another task": (snapshot) => {
                pipelineResult(snapshot, "CHAINS-GIT_COMMIT")["value"] = "$(tasks.build.results.CHAINS-GIT_COMMIT)";
            },
        },
        hides: {
            "the repository is known only after deployment": (snapshot) => {
                data(snapshot, "merge-trigger-steps")["repository"] = "[unknown: urn:pulumi:x::y::z::w#url]";
            },
        },
    },
    "Build – Scripted build": {
        breaks: {
            "a Task is not declared": (snapshot) => {
                remove(snapshot, resourceLike(snapshot, /^Task\/ko/).name);
            },
            "a step has no script": (snapshot) => {
                delete (at(resourceLike(snapshot, /^Task\/ko/).inputs, "spec", "steps", 0) as Record<string, unknown>)[
                    "script"
                ];
            },
            "somebody may change what a merge runs": (snapshot) => {
                grant(snapshot, "builds", visitor, { apiGroups: [""], resources: ["configmaps"], verbs: ["update"] });
            },
            "somebody may change Pipelines": (snapshot) => {
                grant(snapshot, "builds", visitor, { apiGroups: ["tekton.dev"], resources: ["*"], verbs: ["create"] });
                // Creating runs is another row's matter.
                const rules = snapshot.resources.at(-2)?.inputs["rules"] as { resources: string[] }[];
                set(rules, [0, "resources"], ["pipelines"]);
            },
            "a run may bring its own specification": (snapshot) => {
                data(snapshot, "tekton-pipelines-feature-flags")["disable-inline-spec"] = "";
            },
            "a task is referred to by name, without the resolver that records its digest": (snapshot) => {
                set(pipeline(snapshot), ["tasks", 1, "taskRef"], { name: "ko-image" });
            },
        },
        moves: {
            "a Task of the same name lies in another namespace": (snapshot) => {
                set(resourceLike(snapshot, /^Task\/git-clone/).inputs, ["metadata", "namespace"], "default");
            },
        },
        hides: {
            "the switch is known only after deployment": (snapshot) => {
                data(snapshot, "tekton-pipelines-feature-flags")["disable-inline-spec"] =
                    "[unknown: urn:pulumi:x::y::z::w#flag]";
            },
        },
    },
    "Build – Build service": {
        breaks: {
            "Tekton's controller may not create pods": (snapshot) => {
                remove(snapshot, "builds-tekton-pipelines-controller-binding");
            },
            "the trigger may create nothing": (snapshot) => {
                remove(snapshot, "merge-trigger-binding");
            },
            "somebody may create pods": (snapshot) => {
                grant(snapshot, "builds", visitor, { apiGroups: [""], resources: ["pods"], verbs: ["create"] });
            },
            "somebody may create jobs": (snapshot) => {
                grant(snapshot, "builds", visitor, { apiGroups: ["batch"], resources: ["*"], verbs: ["create"] });
            },
            "the trigger may create TaskRuns": (snapshot) => {
                grant(snapshot, "builds", trigger, {
                    apiGroups: ["tekton.dev"],
                    resources: ["taskruns"],
                    verbs: ["create"],
                });
            },
            "the namespace of the builds is not declared": (snapshot) => {
                remove(snapshot, "builds-namespace");
            },
        },
        moves: {
            "the trigger's binding lies in another namespace": (snapshot) => {
                set(resource(snapshot, "merge-trigger-binding").inputs, ["metadata", "namespace"], "default");
            },
            "an account of the trigger's name in another namespace is bound instead": (snapshot) => {
                set(resource(snapshot, "merge-trigger-binding").inputs, ["subjects", 0, "namespace"], "default");
            },
        },
        hides: {
            "somebody is bound to a role that is not declared": (snapshot) => {
                declare(snapshot, {
                    apiVersion: RBAC,
                    kind: "RoleBinding",
                    metadata: { name: "people", namespace: "builds" },
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "made-by-hand" },
                    subjects: [{ kind: "Group", name: "people" }],
                } as never);
            },
        },
    },
    "Provenance – Available": {
        breaks: {
            "provenance is not stored beside the image": (snapshot) => {
                data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.storage"] = "";
            },
            "transparency is spelt so that Chains reads false": (snapshot) => {
                data(snapshot, "tekton-chains-config")["transparency.enabled"] = "True ";
            },
            "the log keeps no attestations": (snapshot) => {
                without(rekorArgs(snapshot), /^--enable_attestation_storage$/);
            },
            "the log's storage loses every body": (snapshot) => {
                const args = rekorArgs(snapshot);
                without(args, /^--attestation_storage_bucket=/);
                args.push("--attestation_storage_bucket=file:///var/lib/attestations");
            },
            "the log is not deployed": (snapshot) => {
                remove(snapshot, "transparency-log-rekor");
            },
            "the images are a constant": (snapshot) => {
                pipelineResult(snapshot, "IMAGES")["value"] = `example.com/other@sha256:${"0".repeat(64)}`;
            },
            "the images are what the run was asked for": (snapshot) => {
                pipelineResult(snapshot, "IMAGES")["value"] = "$(params.images)";
            },
            "the images are stated by the task that runs the source": (snapshot) => {
                pipelineResult(snapshot, "IMAGES")["value"] = "$(tasks.build.results.IMAGES)";
            },
            "an image's URL is stated without its digest": (snapshot) => {
                pipelineResult(snapshot, "IMAGES")["name"] = "IMAGE_URL";
            },
            "the log drops large statements": (snapshot) => {
                rekorArgs(snapshot).push("--max_attestation_size=1");
            },
            "a later flag switches the log's storage off": (snapshot) => {
                rekorArgs(snapshot).push("--enable_attestation_storage=false");
            },
            "provenance lies in another repository": (snapshot) => {
                data(snapshot, "tekton-chains-config")["storage.oci.repository"] = "example.com/elsewhere";
            },
            "the Pipeline names no image": (snapshot) => {
                withoutPipelineResult(snapshot, "IMAGES");
            },
        },
        moves: {
            "the log's Service has another address": (snapshot) => {
                set(resource(snapshot, "transparency-log-rekor-service").inputs, ["spec", "clusterIP"], "10.96.0.99");
            },
            "a log of the same name runs in another namespace": (snapshot) => {
                set(resource(snapshot, "transparency-log-rekor").inputs, ["metadata", "namespace"], "default");
            },
        },
        hides: {
            "the storage is known only after deployment": (snapshot) => {
                data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.storage"] =
                    "[unknown: urn:pulumi:x::y::z::w#storage]";
            },
        },
    },
    "Provenance – Authenticated": {
        breaks: {
            "nothing signs": (snapshot) => {
                delete data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.signer"];
            },
            "Chains has no key": (snapshot) => {
                remove(snapshot, "tekton-chains-signing-key");
            },
            "somebody may read every secret": (snapshot) => {
                grant(snapshot, undefined, visitor, { apiGroups: [""], resources: ["secrets"], verbs: ["list"] });
            },
            "somebody may run commands in Chains' pods": (snapshot) => {
                grant(snapshot, "tekton-chains", visitor, {
                    apiGroups: [""],
                    resources: ["pods/exec"],
                    verbs: ["create"],
                });
            },
            "Fulcio signs instead of the key": (snapshot) => {
                data(snapshot, "tekton-chains-config")["signers.x509.fulcio.enabled"] = "true";
            },
            "a second Secret of the same name holds another key": (snapshot) => {
                const metadata = { name: "signing-secrets", namespace: "tekton-chains" };
                declare(snapshot, {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata,
                    data: { "x509.pem": "b3RoZXI=" },
                } as never);
            },
            "another Deployment mounts the key": (snapshot) => {
                const volumes = [{ name: "key", secret: { secretName: "signing-secrets" } }];
                const spec = { template: { spec: { serviceAccountName: "other", containers: [], volumes } } };
                const metadata = { name: "other", namespace: "tekton-chains" };
                declare(snapshot, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as never);
            },
            "another container runs beside Chains": (snapshot) => {
                const chains = resource(
                    snapshot,
                    "tekton-chains/Deployment/tekton-chains/tekton-chains-controller",
                ).inputs;
                (at(chains, "spec", "template", "spec", "containers") as unknown[]).push({ name: "sidecar" });
            },
            "the private key is handed to the builds too": (snapshot) => {
                const key = at(
                    resource(snapshot, "tekton-chains-signing-key").inputs,
                    "stringData",
                    "x509.pem",
                ) as string;
                data(snapshot, "builds-registry-ca")["key.pem"] = key;
            },
            "the public half of another key is published": (snapshot) => {
                data(snapshot, "merge-trigger-steps")["signing.pub"] =
                    data(snapshot, "merge-trigger-steps")["log.pub"] ?? "";
            },
            "the resolvers are bound to read secrets again": (snapshot) => {
                set(resourceLike(snapshot, /resolution-request-updates$/).inputs, ["rules", 0], {
                    apiGroups: [""],
                    resources: ["secrets"],
                    verbs: ["get"],
                });
            },
        },
        moves: {
            "a Secret of the same name lies in another namespace": (snapshot) => {
                set(resource(snapshot, "tekton-chains-signing-key").inputs, ["metadata", "namespace"], "default");
            },
        },
        hides: {
            "somebody is bound in Chains' namespace to a role that is not declared": (snapshot) => {
                declare(snapshot, {
                    apiVersion: RBAC,
                    kind: "RoleBinding",
                    metadata: { name: "people", namespace: "tekton-chains" },
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "made-by-hand" },
                    subjects: [{ kind: "Group", name: "people" }],
                } as never);
            },
        },
    },
    "Provenance – Service generated": {
        breaks: {
            "the trigger may patch runs": (snapshot) => {
                grant(snapshot, "builds", trigger, {
                    apiGroups: ["tekton.dev"],
                    resources: ["pipelineruns"],
                    verbs: ["patch"],
                });
            },
            "somebody may write a run's status": (snapshot) => {
                grant(snapshot, "builds", visitor, {
                    apiGroups: ["tekton.dev"],
                    resources: ["*/status"],
                    verbs: ["update"],
                });
            },
            "the account that builds run as holds a right": (snapshot) => {
                grant(snapshot, "builds", builder, { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] });
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
        },
        moves: {
            "an account of Chains' name in another namespace is bound instead": (snapshot) => {
                set(
                    resource(snapshot, "tekton-chains/ClusterRoleBinding/tekton-chains-controller-cluster-access")
                        .inputs,
                    ["subjects", 0, "namespace"],
                    "default",
                );
            },
        },
        hides: {
            "the builder's id is known only after deployment": (snapshot) => {
                data(snapshot, "tekton-chains-config")["builder.id"] = "[unknown: urn:pulumi:x::y::z::w#id]";
            },
        },
    },
};
