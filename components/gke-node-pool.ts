import * as container from "@pulumi/gcp/container";
import type * as inputs from "@pulumi/gcp/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { BUILD_POOL } from "./gke-build-pods";
import type { NodeIdentity } from "./gke-node-identity";

/** What the nodes of a pool are, and how many. */
export interface PoolSize {
    /** A gVisor sandbox takes at least two whole CPUs: no e2-micro, -small or -medium. */
    readonly machineType: string;
    readonly diskSizeGb: number;
    /** In all zones together. */
    readonly maxNodes: number;
}

/** A pool that always has nodes. */
export interface SystemPoolSize extends PoolSize {
    /** In all zones together. */
    readonly minNodes: number;
}

interface NodeArgs {
    labels: Readonly<Record<string, string>>;
    identity: NodeIdentity;
    /** Network tag. */
    tag: string;
    size: PoolSize;
}

interface PoolArgs extends NodeArgs {
    project: string;
    region: string;
    cluster: container.Cluster;
    options: pulumi.CustomResourceOptions;
}

/**
 * What all nodes have in common: a verified boot, an account of their pool's own, no way in, and GKE's metadata server, which
 * shows pods their own identity in place of the node's.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster
 */
export function nodeConfig(args: NodeArgs): inputs.container.NodePoolNodeConfig & inputs.container.ClusterNodeConfig {
    return {
        machineType: args.size.machineType,
        diskType: "pd-balanced",
        diskSizeGb: args.size.diskSizeGb,
        imageType: "COS_CONTAINERD",
        serviceAccount: args.identity.email,
        // What the account may do is said by its roles.
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE" },
        metadata: { "disable-legacy-endpoints": "true", "block-project-ssh-keys": "true" },
        tags: [args.tag],
        resourceLabels: args.labels,
    };
}

/** Where controllers run: Tekton's, Chains', GKE's own. */
export function systemPool(name: string, args: PoolArgs & { size: SystemPoolSize }): container.NodePool {
    return pool(name, "system", args, args.size.minNodes, 1, nodeConfig(args));
}

/**
 * Where builds run, and nothing that does not tolerate it: each pod in a gVisor sandbox, and no node while there is no build.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/sandbox-pods
 */
export function buildPool(name: string, args: PoolArgs): container.NodePool {
    return pool(name, "build", args, 0, 0, {
        ...nodeConfig(args),
        sandboxConfig: { type: "GVISOR" },
        labels: { [BUILD_POOL.key]: BUILD_POOL.value },
        taints: [{ ...BUILD_POOL, effect: "NO_SCHEDULE" }],
    });
}

/** @param initialNodes - in each zone; GKE makes them before its autoscaler looks */
function pool(
    name: string,
    kind: "system" | "build",
    args: PoolArgs,
    minNodes: number,
    initialNodes: number,
    config: inputs.container.NodePoolNodeConfig,
): container.NodePool {
    return new container.NodePool(
        `${name}-${kind}-pool`,
        {
            project: args.project,
            location: args.region,
            cluster: args.cluster.id,
            name: kind,
            initialNodeCount: initialNodes,
            autoscaling: {
                totalMinNodeCount: minNodes,
                totalMaxNodeCount: args.size.maxNodes,
                locationPolicy: "BALANCED",
            },
            management: { autoRepair: true, autoUpgrade: true },
            upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
            networkConfig: { enablePrivateNodes: true },
            nodeConfig: config,
        },
        // It is the first number only: a later one would replace the pool.
        { ...args.options, ignoreChanges: ["initialNodeCount"] },
    );
}
