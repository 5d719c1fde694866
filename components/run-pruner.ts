import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import { NAMESPACES, OBJECTS, runPruner } from "../names";
import type { PruneStep } from "../pipelines/prune-runs";
import { namesFrom } from "./name-servers";
import { REGISTRY_PORT } from "./registry-configuration";
import { RESTRICTED_CONTAINER, restrictedPod } from "./restricted";
import { restrictedNamespace, type RestrictedNamespace } from "./restricted-namespace";
import { LOG_PORT } from "./transparency-log-workloads";
import { VERIFICATION_KEYS, verificationData, type Verification } from "./verification";

/** Arguments of {@link RunPruner}. */
export interface RunPrunerArgs {
    /** Where runs are pruned, and by which steps. */
    builds: readonly { namespace: string; steps: readonly PruneStep[] }[];
    verification: Verification;
    /** CIDRs of name servers. */
    nameServers: readonly string[];
    /** The namespaces, and the rules by which the pruner may delete. */
    dependsOn: pulumi.Resource[];
}

/** Every ten minutes. A run is not missed for good: it is still there the next time. */
const SCHEDULE = "*/10 * * * *";
const UID = 65532;
const SHARED = "/shared";
/** Where programs in a cluster look for their token: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Where API servers listen. Which address they have, only the cluster knows. */
const API_PORTS = [443, 6443];
const RBAC = "rbac.authorization.k8s.io";

/**
 * Deletes runs when their time is over, so that they and their pods do not pile up: for each builds namespace an identity
 * that may delete its runs and nothing else, in a namespace where no build can reach it. What verifies has no token; what has
 * a token runs nothing but the declared steps.
 */
export class RunPruner extends pulumi.ComponentResource {
    constructor(name: string, args: RunPrunerArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:RunPruner", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const { metadata } = restrictedNamespace(name, NAMESPACES.runPruner, child);
        // A policy for each direction: kube-router takes what one policy lets out for let in by it, where both pods are of it.
        new networking.NetworkPolicy(
            `${name}-network-no-callers`,
            { metadata: metadata("no-callers"), spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [] } },
            { parent: this },
        );
        new networking.NetworkPolicy(
            `${name}-network-calls`,
            { metadata: metadata("calls"), spec: { podSelector: {}, policyTypes: ["Egress"], egress: egress(args) } },
            { parent: this },
        );
        const known = new core.ConfigMap(
            `${name}-verification`,
            {
                metadata: metadata(OBJECTS.verification),
                data: verificationData(args.verification),
            },
            { parent: this },
        );
        for (const { namespace, steps } of args.builds) {
            const granted = this.identity(`${name}-${namespace}`, metadata, namespace, child);
            new batch.CronJob(
                `${name}-${namespace}`,
                { metadata: metadata(runPruner(namespace).name), spec: schedule(namespace, steps) },
                { parent: this, dependsOn: [known, granted] },
            );
        }
        this.registerOutputs({});
    }

    /** Who may delete the runs of a namespace. */
    private identity(
        name: string,
        metadata: RestrictedNamespace["metadata"],
        namespace: string,
        options: pulumi.CustomResourceOptions,
    ): pulumi.Resource {
        const account = new core.ServiceAccount(
            `${name}-identity`,
            { metadata: metadata(runPruner(namespace).name), automountServiceAccountToken: false },
            options,
        );
        const role = new rbac.Role(
            `${name}-role`,
            {
                metadata: { name: NAMESPACES.runPruner, namespace },
                rules: [{ apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["get", "list", "delete"] }],
            },
            options,
        );
        return new rbac.RoleBinding(
            `${name}-binding`,
            {
                metadata: { name: NAMESPACES.runPruner, namespace },
                roleRef: { apiGroup: RBAC, kind: "Role", name: role.metadata.name },
                subjects: [
                    { kind: "ServiceAccount", name: account.metadata.name, namespace: account.metadata.namespace },
                ],
            },
            options,
        );
    }
}

/** Registry, log, API server and name servers. */
function egress({ nameServers }: RunPrunerArgs): types.input.networking.v1.NetworkPolicyEgressRule[] {
    const to = (namespace: string, port: number): types.input.networking.v1.NetworkPolicyEgressRule => ({
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }],
        ports: [{ port, protocol: "TCP" }],
    });
    return [
        to(NAMESPACES.registry, REGISTRY_PORT),
        to(NAMESPACES.transparencyLog, LOG_PORT),
        { ports: API_PORTS.map((port) => ({ port, protocol: "TCP" })) },
        ...namesFrom(nameServers),
    ];
}

function schedule(namespace: string, steps: readonly PruneStep[]): types.input.batch.v1.CronJobSpec {
    const containers = steps.map(container);
    return {
        schedule: SCHEDULE,
        concurrencyPolicy: "Forbid",
        // Without it a CronJob that was kept from a hundred of its times never runs again.
        startingDeadlineSeconds: 300,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
            spec: {
                backoffLimit: 0,
                // Longer than the steps begin to verify: pipelines/prune-runs/verify-ended.ts.
                activeDeadlineSeconds: 3600,
                template: {
                    spec: {
                        restartPolicy: "Never",
                        serviceAccountName: runPruner(namespace).name,
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        securityContext: restrictedPod(UID),
                        initContainers: containers.slice(0, -1),
                        containers: containers.slice(-1),
                        volumes: [
                            // The images of every ended run: a run of 600 writes some 0.3 MB.
                            { name: "shared", emptyDir: { sizeLimit: "1Gi" } },
                            // Statements of four images at a time, each as often as the image was built: see verify.ts.
                            { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
                            { name: "token", projected: { sources: TOKEN_SOURCES } },
                        ],
                    },
                },
            },
        },
    };
}

/** What Kubernetes would mount in every container of a pod. */
const TOKEN_SOURCES: types.input.core.v1.VolumeProjection[] = [
    { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
];

function container(step: PruneStep): types.input.core.v1.Container {
    const inputs = step.inputs.map((input) =>
        input === "SHARED"
            ? { name: input, value: SHARED }
            : {
                  name: input,
                  valueFrom: { configMapKeyRef: { name: OBJECTS.verification, key: VERIFICATION_KEYS[input] } },
              },
    );
    return {
        name: step.name,
        image: step.image,
        command: ["sh", "-c", step.script],
        env: [...Object.entries(step.env).map(([name, value]) => ({ name, value })), ...inputs],
        volumeMounts: [
            { name: "shared", mountPath: SHARED },
            { name: "tmp", mountPath: "/tmp" },
            ...(step.token ? [{ name: "token", mountPath: TOKEN, readOnly: true }] : []),
        ],
        resources: { requests: { cpu: "10m", memory: "64Mi" } },
        securityContext: RESTRICTED_CONTAINER,
    };
}
