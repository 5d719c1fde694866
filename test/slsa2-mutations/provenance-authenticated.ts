import type { Snapshot } from "../../requirements/snapshot";
import { at, declare, grant, resource, resourceLike, set } from "../snapshot-edit";
import { add, both, container, data, LOG, pod, type Properties, RBAC, run, task, visitor, type Row } from "./plan-edit";
import { signingSecret } from "./signing-secret";

/** What breaks the row Provenance – Authenticated, whatever Chains signs with. */
export const authenticatedAnyway: Row = {
    breaks: {
        "nothing signs": (snapshot) => {
            delete data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.signer"];
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
        "another Deployment mounts the key": (snapshot) => {
            const volumes = [{ name: "key", secret: { secretName: "signing-secrets" } }];
            const spec = { template: { spec: { serviceAccountName: "other", containers: [], volumes } } };
            const metadata = { name: "other", namespace: "tekton-chains" };
            declare(snapshot, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as never);
        },
        "another container runs beside Chains": (snapshot) => {
            const chains = resource(snapshot, "tekton-chains/Deployment/tekton-chains/tekton-chains-controller").inputs;
            (at(chains, "spec", "template", "spec", "containers") as unknown[]).push({ name: "sidecar" });
        },
        "the public half of another key is published": (snapshot) => {
            data(snapshot, "merge-trigger-crane-steps")["signing.pub"] =
                data(snapshot, "merge-trigger-crane-steps")["log.pub"] ?? "";
        },
        "the resolvers are bound to read secrets again": (snapshot) => {
            set(resourceLike(snapshot, /resolution-request-updates$/).inputs, ["rules", 0], {
                apiGroups: [""],
                resources: ["secrets"],
                verbs: ["get"],
            });
        },

        "images are signed otherwise": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.oci.signer"] = "none";
        },
        "a pod runs beside Chains": (snapshot) => {
            const metadata = { name: "x", namespace: "tekton-chains" };
            declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [] } } as never);
        },
        ...Object.fromEntries(
            ["tekton-pipelines", "tekton-pipelines-resolvers", "builds-crane", "transparency-log"].map((namespace) => [
                `somebody may read secrets in ${namespace}`,
                (snapshot: Snapshot) => {
                    grant(snapshot, namespace, visitor, { apiGroups: [""], resources: ["secrets"], verbs: ["get"] });
                },
            ]),
        ),
        "a controller's token is in a Secret": (snapshot) => {
            declare(snapshot, {
                apiVersion: "v1",
                kind: "Secret",
                type: "kubernetes.io/service-account-token",
                metadata: { name: "x", namespace: "tekton-pipelines" },
            } as never);
        },
        "a role that aggregates roles that aggregate roles may read secrets": (snapshot) => {
            const labelled = (name: string, label: string, rest: object): void => {
                const metadata = { name, labels: { [label]: "" } };
                declare(snapshot, { apiVersion: RBAC, kind: "ClusterRole", metadata, ...rest } as never);
            };
            const aggregates = (label: string): object => ({
                aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: "" } }] },
            });
            labelled("one", "c", aggregates("a"));
            labelled("two", "a", aggregates("b"));
            labelled("three", "b", {
                ...aggregates("c"),
                rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
            });
            grant(snapshot, undefined, visitor, { apiGroups: [""], resources: ["pods"], verbs: ["get"] });
            set(snapshot.resources.at(-1)?.inputs, ["roleRef", "name"], "one");
        },
        "a pod anywhere has its node's files": (snapshot) => {
            declare(snapshot, {
                apiVersion: "apps/v1",
                kind: "DaemonSet",
                metadata: { name: "x", namespace: "default" },
                spec: { template: { spec: { volumes: [{ name: "x", hostPath: { path: "/" } }] } } },
            } as never);
        },
        ...Object.fromEntries(
            ["hostPID", "hostNetwork", "hostIPC"].map((key) => [
                `a pod anywhere has its node's ${key}`,
                (snapshot: Snapshot) => {
                    pod(snapshot, LOG)[key] = true;
                },
            ]),
        ),
        "a container anywhere is privileged": (snapshot) => {
            container(snapshot, LOG)["securityContext"] = { privileged: true };
        },
        "a container anywhere is an administrator of its node": (snapshot) => {
            container(snapshot, LOG)["securityContext"] = { capabilities: { add: ["CAP_SYS_ADMIN"] } };
        },
        "a container anywhere is a process of its node": (snapshot) => {
            container(snapshot, LOG)["securityContext"] = { windowsOptions: { hostProcess: true } };
        },
        "a volume is a node's files": (snapshot) => {
            const spec = { hostPath: { path: "/" } };
            declare(snapshot, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "x" }, spec } as never);
        },
        "a step is privileged": (snapshot) => {
            set(task(snapshot, "ko-image"), ["steps", 0, "securityContext"], { privileged: true });
        },
        "all steps of a Task are privileged": (snapshot) => {
            task(snapshot, "ko-image")["stepTemplate"] = { securityContext: { privileged: true } };
        },
        "a sidecar is privileged": (snapshot) => {
            const image = `example.com/x@sha256:${"0".repeat(64)}`;
            add(task(snapshot, "ko-image"), "sidecars", { name: "x", image, securityContext: { privileged: true } });
        },
    },
    moves: {
        "a task's pods have their node's network": (snapshot) => {
            run(snapshot, (spec) => {
                Object.assign(at(spec, "taskRunSpecs", 1) as Properties, { podTemplate: { hostNetwork: true } });
            });
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
};

/** What breaks it where Chains holds the key. */
export const provenanceAuthenticated = both(authenticatedAnyway, signingSecret);
