import * as container from "@pulumi/gcp/container";
import * as pulumi from "@pulumi/pulumi";
import { deletionPolicy } from "./deletion-policy";
import { buildPods, type BuildPods } from "./gke-build-pods";
import { kubeconfig } from "./gke-kubeconfig";
import { nodeIdentity } from "./gke-node-identity";
import { buildPool, nodeConfig, systemPool, type PoolSize, type SystemPoolSize } from "./gke-node-pool";
import { secretsKey } from "./gke-secrets-key";
import { googleName } from "./google-name";
import { kmsAuditLog } from "./kms-audit-log";
import type { ClusterNetwork } from "./network";

/** When GKE may upgrade: an RFC 5545 recurrence of the time from start to end, which are RFC 3339 in UTC. */
export interface MaintenanceWindow {
    startTime: string;
    endTime: string;
    recurrence: string;
}

/** Arguments of {@link GkeCluster}. */
export interface GkeClusterArgs {
    /** Id of the project. */
    project: string;
    /** Number of the project. */
    projectNumber: string;
    region: string;
    /** Zones of the nodes; the control plane is in several in any case. @default all that GKE takes of the region */
    zones?: readonly string[];
    /** On whatever has labels. */
    labels: Readonly<Record<string, string>>;
    network: ClusterNetwork;
    /** @default {@link SYSTEM_POOL} */
    systemPool?: SystemPoolSize;
    /** @default {@link BUILDS} */
    buildPool?: PoolSize;
    /** Whether a build node has pods of one run at a time. */
    oneRunANode: boolean;
    /** Whether images that the project's Binary Authorization policy does not allow are refused. That policy is the project's own, and allows all until it is changed. @default true */
    binaryAuthorization?: boolean;
    /** @default {@link WEEKENDS} */
    maintenance?: MaintenanceWindow;
    /** Id of the key that encrypts Kubernetes' secrets, where it is there already. @default a new one */
    secretsKey?: string;
    /** Whether the cluster and its key refuse to be deleted or replaced. */
    protect: boolean;
    /** The enabled services. */
    dependsOn: pulumi.Resource[];
}

/** Tekton, Chains and GKE's own pods, with one node to spare. */
export const SYSTEM_POOL: SystemPoolSize = {
    machineType: "e2-standard-4",
    diskSizeGb: 100,
    minNodes: 1,
    maxNodes: 3,
};

/** Builds of a few repositories at a time. */
export const BUILDS: PoolSize = { machineType: "e2-standard-8", diskSizeGb: 200, maxNodes: 10 };

/** GKE asks for 48 hours in any 32 days: https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions */
export const WEEKENDS: MaintenanceWindow = {
    startTime: "2026-01-03T02:00:00Z",
    endTime: "2026-01-03T10:00:00Z",
    recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
};

/**
 * A GKE cluster whose control plane has no address of its own. Google's front is reached under a public name by whom IAM lets
 * connect, with a token of Google's and no other. What they may do, RBAC grants, or an IAM role that has Kubernetes'
 * permissions: GKE takes either. Whoever may set IAM policies of the project lets people in.
 *
 * Controllers run on one pool of nodes, builds on another, with an account each.
 */
export class GkeCluster extends pulumi.ComponentResource {
    /** What a Kubernetes provider takes; a secret, unknown until the cluster is there. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Under which the Kubernetes identities of the cluster are known to IAM. */
    readonly workloadPool: pulumi.Output<string>;
    /** Whom IAM must let read the images that nodes pull. */
    readonly nodeMembers: { readonly system: pulumi.Output<string>; readonly build: pulumi.Output<string> };
    /** What the pod template of a run says. */
    readonly buildPods: BuildPods;
    /** Ready when pods may run. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: GkeClusterArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:GkeCluster", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const clusterName = googleName("cluster", name);
        const workloadPool = `${args.project}.svc.id.goog`;
        const place = { project: args.project, region: args.region, labels: args.labels };
        const system = {
            labels: args.labels,
            identity: nodeIdentity(name, "system", args.project, child),
            tag: args.network.tags.system,
            size: args.systemPool ?? SYSTEM_POOL,
        };
        const build = {
            labels: args.labels,
            identity: nodeIdentity(name, "build", args.project, child),
            tag: args.network.tags.build,
            size: args.buildPool ?? BUILDS,
        };
        const key = secretsKey(name, {
            ...place,
            projectNumber: args.projectNumber,
            existing: args.secretsKey,
            protect: args.protect,
            options: child,
        });
        kmsAuditLog(name, args.project, child);

        const cluster = new container.Cluster(
            `${name}-cluster`,
            {
                project: args.project,
                location: args.region,
                name: clusterName,
                description: "Builds container images with signed provenance.",
                resourceLabels: args.labels,
                deletionProtection: args.protect,
                deletionPolicy: deletionPolicy(args.protect),
                ...(args.zones === undefined ? {} : { nodeLocations: [...args.zones] }),
                releaseChannel: { channel: "REGULAR" },
                maintenancePolicy: { recurringWindow: args.maintenance ?? WEEKENDS },

                // GKE makes this pool before it is taken away, under an account of ours: the project may not have the default one.
                initialNodeCount: 1,
                removeDefaultNodePool: true,
                nodeConfig: nodeConfig(system),
                clusterAutoscaling: { enabled: false, autoscalingProfile: "BALANCED" },

                network: args.network.network,
                subnetwork: args.network.subnetwork,
                networkingMode: "VPC_NATIVE",
                ipAllocationPolicy: {
                    clusterSecondaryRangeName: args.network.secondaryRanges.pods,
                    servicesSecondaryRangeName: args.network.secondaryRanges.services,
                    stackType: "IPV4",
                },
                datapathProvider: "ADVANCED_DATAPATH",
                enableIntranodeVisibility: true,
                serviceExternalIpsConfig: { enabled: false },

                privateClusterConfig: { enablePrivateNodes: true },
                controlPlaneEndpointsConfig: {
                    ipEndpointsConfig: { enabled: false },
                    dnsEndpointConfig: {
                        // Else nobody outside the network, a deployment for one, reaches it.
                        allowExternalTraffic: true,
                        // Google's tokens alone: IAM knows no others.
                        enableK8sTokensViaDns: false,
                        enableK8sCertsViaDns: false,
                    },
                },
                masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
                anonymousAuthenticationConfig: { mode: "LIMITED" },
                enableLegacyAbac: false,
                rbacBindingConfig: {
                    enableInsecureBindingSystemUnauthenticated: false,
                    // The releases of Tekton and Chains let everybody who is authenticated read their version.
                    enableInsecureBindingSystemAuthenticated: true,
                },

                workloadIdentityConfig: { workloadPool },
                databaseEncryption: { state: "ENCRYPTED", keyName: key.id },
                binaryAuthorization: {
                    evaluationMode:
                        (args.binaryAuthorization ?? true) ? "PROJECT_SINGLETON_POLICY_ENFORCE" : "DISABLED",
                },
                enableShieldedNodes: true,
                nodePoolDefaults: { nodeConfigDefaults: { insecureKubeletReadonlyPortEnabled: "FALSE" } },
                securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },

                loggingConfig: {
                    enableComponents: [
                        "SYSTEM_COMPONENTS",
                        "APISERVER",
                        "CONTROLLER_MANAGER",
                        "SCHEDULER",
                        "WORKLOADS",
                    ],
                },
                monitoringConfig: {
                    enableComponents: ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"],
                    managedPrometheus: { enabled: true },
                },
                addonsConfig: {
                    // Nothing here is for the outside.
                    httpLoadBalancing: { disabled: true },
                    // Tekton's webhook grows by it.
                    horizontalPodAutoscaling: { disabled: false },
                    gcePersistentDiskCsiDriverConfig: { enabled: true },
                    // The data plane has network policies of its own.
                    networkPolicyConfig: { disabled: true },
                    // Network policies name the name servers' pods.
                    dnsCacheConfig: { enabled: false },
                    configConnectorConfig: { enabled: false },
                },
            },
            {
                ...child,
                dependsOn: [...args.dependsOn, ...args.network.ready, key.ready, system.identity.ready],
                protect: args.protect,
                // Of the pool that is gone: any difference would replace the cluster.
                ignoreChanges: ["initialNodeCount", "nodeConfig"],
                additionalSecretOutputs: ["masterAuth"],
            },
        );
        const inCluster = { project: args.project, region: args.region, cluster };
        const pools = [
            systemPool(name, { ...system, ...inCluster, options: child }),
            buildPool(name, {
                ...build,
                ...inCluster,
                options: { ...child, dependsOn: [build.identity.ready] },
            }),
        ];

        // The self link is the provider's alone, so that nothing is made of a cluster that is not there yet.
        this.kubeconfig = pulumi.secret(
            pulumi
                .all([cluster.selfLink, cluster.controlPlaneEndpointsConfig])
                .apply(([, { dnsEndpointConfig }]) => kubeconfig(clusterName, dnsEndpointConfig.endpoint)),
        );
        // Known in a plan, and there once the cluster is.
        this.workloadPool = cluster.workloadIdentityConfig.apply(() => workloadPool);
        this.nodeMembers = { system: system.identity.member, build: build.identity.member };
        this.buildPods = buildPods(args.oneRunANode);
        this.ready = pools;
        this.registerOutputs({});
    }
}
