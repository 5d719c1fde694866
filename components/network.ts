import * as compute from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";
import type { CidrPort } from "./build-namespace";
import { deletionPolicy } from "./deletion-policy";
import { googleName } from "./google-name";
import { checkRanges } from "./ip-ranges";
import { firewall } from "./network-firewall";
import { GOOGLE_APIS, googleApis } from "./network-google-apis";

/** Ranges of a network, as CIDRs. */
export interface NetworkRanges {
    nodes: string;
    /** A node takes twice the addresses of the pods that it may run. */
    pods: string;
    services: string;
}

/** Arguments of {@link Network}. */
export interface NetworkArgs {
    /** Id of the project. */
    project: string;
    region: string;
    /** On whatever has labels. */
    labels: Readonly<Record<string, string>>;
    /** @default {@link DEFAULT_RANGES} */
    ranges?: NetworkRanges;
    /** Where builds may connect to, beside the cluster and Google's APIs: what the source repositories declare. */
    buildEgress: readonly CidrPort[];
    /** Whether network and subnetwork refuse to be deleted or replaced: the cluster would go with them. */
    protect: boolean;
    /** The enabled services. */
    dependsOn: pulumi.Resource[];
}

/** What a cluster must know of the network it is in. */
export interface ClusterNetwork {
    /** Self link. */
    readonly network: pulumi.Output<string>;
    /** Self link. */
    readonly subnetwork: pulumi.Output<string>;
    /** Names of the subnetwork's ranges. */
    readonly secondaryRanges: { readonly pods: string; readonly services: string };
    /** Network tags, by which the firewall tells nodes apart. */
    readonly tags: { readonly system: string; readonly build: string };
    /** Ready when nodes may run: their firewall stands before them. */
    readonly ready: pulumi.Resource[];
}

/** 1,024 nodes; 65,536 addresses of pods, which are 256 nodes of at most 110 pods; 4,096 services. */
export const DEFAULT_RANGES: NetworkRanges = {
    nodes: "10.10.0.0/22",
    pods: "10.20.0.0/16",
    services: "10.30.0.0/20",
};

const SECONDARY_RANGES = { pods: "pods", services: "services" } as const;

/**
 * The cluster's own network: nodes without external addresses, who reach Google's APIs inside Google's network and the rest
 * by Cloud NAT. Build nodes get through to the NAT only where a destination is declared: the firewall refuses all else and
 * logs it.
 */
export class Network extends pulumi.ComponentResource implements ClusterNetwork {
    readonly network: pulumi.Output<string>;
    readonly subnetwork: pulumi.Output<string>;
    readonly secondaryRanges = SECONDARY_RANGES;
    readonly tags: { readonly system: string; readonly build: string };
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:Network", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const kept = { ...child, protect: args.protect };
        const ranges = args.ranges ?? DEFAULT_RANGES;
        checkRanges({ nodes: ranges.nodes, pods: ranges.pods, services: ranges.services });
        this.tags = {
            system: googleName("network tag", `${name}-system`),
            build: googleName("network tag", `${name}-build`),
        };

        const network = new compute.Network(
            `${name}-network`,
            {
                project: args.project,
                name: googleName("network", name),
                description: "The build platform's cluster.",
                autoCreateSubnetworks: false,
                routingMode: "REGIONAL",
                deletionPolicy: deletionPolicy(args.protect),
            },
            kept,
        );
        const subnetwork = new compute.Subnetwork(
            `${name}-nodes`,
            {
                project: args.project,
                region: args.region,
                network: network.selfLink,
                name: googleName("network", `${name}-nodes`),
                description: "Nodes, and the control plane's end of Private Service Connect.",
                ipCidrRange: ranges.nodes,
                secondaryIpRanges: [
                    { rangeName: SECONDARY_RANGES.pods, ipCidrRange: ranges.pods },
                    { rangeName: SECONDARY_RANGES.services, ipCidrRange: ranges.services },
                ],
                stackType: "IPV4_ONLY",
                privateIpGoogleAccess: true,
                logConfig: {
                    aggregationInterval: "INTERVAL_5_SEC",
                    flowSampling: 0.5,
                    metadata: "INCLUDE_ALL_METADATA",
                },
                deletionPolicy: deletionPolicy(args.protect),
            },
            kept,
        );
        this.network = network.selfLink;
        this.subnetwork = subnetwork.selfLink;

        const router = new compute.Router(
            `${name}-router`,
            {
                project: args.project,
                region: args.region,
                network: network.selfLink,
                name: googleName("network", `${name}-router`),
            },
            child,
        );
        const nat = new compute.RouterNat(
            `${name}-nat`,
            {
                project: args.project,
                region: args.region,
                router: router.name,
                name: googleName("network", `${name}-nat`),
                natIpAllocateOption: "AUTO_ONLY",
                // A pod leaves the cluster under its node's address.
                sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
                subnetworks: [{ name: subnetwork.selfLink, sourceIpRangesToNats: ["PRIMARY_IP_RANGE"] }],
                // A node that pulls images, or builds, opens more connections to one server than the 64 it would get.
                enableDynamicPortAllocation: true,
                logConfig: { enable: true, filter: "ALL" },
            },
            child,
        );
        const rules = firewall(name, {
            project: args.project,
            network: network.selfLink,
            ranges,
            tags: this.tags,
            googleApis: GOOGLE_APIS.range,
            buildEgress: args.buildEgress,
            options: child,
        });
        const names = googleApis(name, {
            project: args.project,
            network: network.selfLink,
            labels: args.labels,
            options: child,
        });
        this.ready = [nat, ...rules, ...names];
        this.registerOutputs({});
    }
}
