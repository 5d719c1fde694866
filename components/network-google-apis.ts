import * as dns from "@pulumi/gcp/dns";
import type * as pulumi from "@pulumi/pulumi";
import { googleName } from "./google-name";

/**
 * Where Google's APIs answer that honour VPC Service Controls. Four addresses, which a firewall rule can name; those of the
 * public names are many and change.
 *
 * @see https://cloud.google.com/vpc/docs/configure-private-google-access
 */
export const GOOGLE_APIS = {
    range: "199.36.153.4/30",
    addresses: ["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"],
} as const;

/** APIs, and images: those of this project and those that GKE runs. */
const DOMAINS = ["googleapis.com", "gcr.io", "pkg.dev"] as const;

const TTL_SECONDS = 300;

/** Has the network's name server give the addresses above for the names of Google's APIs and registries. */
export function googleApis(
    name: string,
    args: {
        project: string;
        network: pulumi.Input<string>;
        labels: Readonly<Record<string, string>>;
        options: pulumi.CustomResourceOptions;
    },
): pulumi.Resource[] {
    return DOMAINS.flatMap((domain) => {
        const resource = `${name}-${domain.replace(".", "-")}`;
        const zone = new dns.ManagedZone(
            resource,
            {
                project: args.project,
                name: googleName("DNS zone", resource),
                dnsName: `${domain}.`,
                description: "Google's APIs, reached without an external address.",
                visibility: "private",
                privateVisibilityConfig: { networks: [{ networkUrl: args.network }] },
                labels: args.labels,
            },
            args.options,
        );
        const record = (type: string, owner: string, rrdatas: string[]): dns.RecordSet =>
            new dns.RecordSet(
                `${resource}-${type.toLowerCase()}`,
                { project: args.project, managedZone: zone.name, name: owner, type, ttl: TTL_SECONDS, rrdatas },
                args.options,
            );
        return [record("A", `${domain}.`, [...GOOGLE_APIS.addresses]), record("CNAME", `*.${domain}.`, [`${domain}.`])];
    });
}
