import * as compute from "@pulumi/gcp/compute";
import type * as inputs from "@pulumi/gcp/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { CidrPort } from "./build-namespace";
import { googleName } from "./google-name";

/** Where Tekton's webhook listens; Chains has none. A release whose webhook listens elsewhere adds its port. */
export const WEBHOOK_PORTS = [8443] as const;

const ANYWHERE = "0.0.0.0/0";

/** The lower, the earlier. GKE's own rules, which only let in, have 1000. */
const PRIORITY = { noSsh: 100, allow: 900, deny: 1000 } as const;

interface FirewallArgs {
    project: string;
    network: pulumi.Input<string>;
    /** CIDRs. */
    ranges: { nodes: string; pods: string };
    /** Network tags of the two kinds of nodes. */
    tags: { system: string; build: string };
    /** Where Google's APIs are reached. */
    googleApis: string;
    /** Where builds may connect to, beside the cluster and Google's APIs. */
    buildEgress: readonly CidrPort[];
    options: pulumi.CustomResourceOptions;
}

/**
 * Who may reach what. Whatever comes from outside is refused by VPC itself. Every rule logs but the two that let build nodes
 * live: what they allow is in the flow logs.
 *
 * What a firewall cannot refuse is the metadata server, which is the name server too: a build's pods reach it as their
 * NetworkPolicy says.
 *
 * @see https://cloud.google.com/firewall/docs/firewalls#blockedtraffic
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules
 */
export function firewall(name: string, args: FirewallArgs): compute.Firewall[] {
    const rule = (
        purpose: string,
        rest: Omit<compute.FirewallArgs, "project" | "network" | "name">,
    ): compute.Firewall =>
        new compute.Firewall(
            `${name}-${purpose}`,
            {
                project: args.project,
                network: args.network,
                name: googleName("firewall rule", `${name}-${purpose}`),
                ...rest,
            },
            args.options,
        );
    const allowBuilds = (
        purpose: string,
        description: string,
        destinationRanges: readonly string[],
        allows: inputs.compute.FirewallAllow[],
        logged: boolean,
    ): compute.Firewall =>
        rule(`build-to-${purpose}`, {
            description,
            direction: "EGRESS",
            priority: PRIORITY.allow,
            targetTags: [args.tags.build],
            destinationRanges: [...destinationRanges],
            allows,
            ...(logged ? LOGGED : {}),
        });
    return [
        rule("no-ssh", {
            description: "Nobody logs in to a node, not even from another one.",
            direction: "INGRESS",
            priority: PRIORITY.noSsh,
            sourceRanges: [ANYWHERE],
            denies: [{ protocol: "tcp", ports: ["22"] }],
            ...LOGGED,
        }),
        rule("webhooks", {
            // The control plane's end lies in the nodes' range (Private Service Connect), konnectivity's agents are pods.
            description: "The control plane asks admission webhooks.",
            direction: "INGRESS",
            priority: PRIORITY.allow,
            sourceRanges: [args.ranges.nodes, args.ranges.pods],
            targetTags: [args.tags.system],
            allows: [{ protocol: "tcp", ports: WEBHOOK_PORTS.map(String) }],
            ...LOGGED,
        }),
        rule("build-to-nowhere", {
            description: "Build nodes reach what other rules declare, and nothing else.",
            direction: "EGRESS",
            priority: PRIORITY.deny,
            targetTags: [args.tags.build],
            destinationRanges: [ANYWHERE],
            denies: [{ protocol: "all" }],
            ...LOGGED,
        }),
        allowBuilds(
            "cluster",
            "Build nodes are a part of the cluster: control plane, name servers, pods as network policies let them.",
            [args.ranges.nodes, args.ranges.pods],
            [{ protocol: "all" }],
            false,
        ),
        allowBuilds(
            "google-apis",
            "Build nodes pull images and write logs.",
            [args.googleApis],
            [{ protocol: "tcp", ports: ["443"] }],
            false,
        ),
        ...[...byPort(args.buildEgress)].map(([port, cidrs]) =>
            allowBuilds(
                port,
                "What source repositories declare that their builds need.",
                cidrs,
                [{ protocol: "tcp", ports: [port] }],
                true,
            ),
        ),
    ];
}

const LOGGED = { logConfig: { metadata: "INCLUDE_ALL_METADATA" } } as const;

/** Port -> CIDRs, each once and in an order that does not depend on the repositories'. */
function byPort(destinations: readonly CidrPort[]): Map<string, string[]> {
    const ports = new Map<string, string[]>();
    for (const destination of [...new Set(destinations)].sort()) {
        const [cidr = "", port = ""] = destination.split(":");
        ports.set(port, [...(ports.get(port) ?? []), cidr]);
    }
    return ports;
}
