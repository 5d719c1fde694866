import { isIPv4 } from "node:net";
import { checkRanges } from "../../components/ip-ranges";
import { Network } from "../../components/network";
import { GOOGLE_APIS } from "../../components/network-google-apis";
import { evaluate } from "../../plan/evaluate";
import type { Snapshot } from "../../requirements/snapshot";
import { resource } from "../snapshot-edit";
import { ofType, planGoogle, PROJECT } from "./google-plan";

const FIREWALL = "gcp:compute/firewall:Firewall";
const REFUSED = "is refused, by builds-build-to-nowhere";
const DECLARED = ["140.82.112.0/20:443", "192.0.2.7/32:5000", "140.82.112.0/20:443", "142.250.0.0/15:443"];

interface Rule {
    name: string;
    direction: "INGRESS" | "EGRESS";
    priority: number;
    sourceRanges?: string[];
    destinationRanges?: string[];
    targetTags?: string[];
    allows?: { protocol: string; ports?: string[] }[];
    denies?: { protocol: string; ports?: string[] }[];
    logConfig?: unknown;
}

interface Packet {
    direction: Rule["direction"];
    /** Tag of the node. */
    tag: "builds-system" | "builds-build";
    /** Address of the other end. */
    peer: string;
    port: number;
}

const rulesOf = (snapshot: Snapshot): Rule[] =>
    ofType(snapshot, FIREWALL).map(({ inputs }) => inputs as unknown as Rule);

/** What GKE adds to a cluster's network: https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules */
const GKE: Rule[] = [
    ["gke-vms", "10.10.0.0/22"],
    ["gke-all", "10.20.0.0/16"],
].map(([name = "", range = ""]) => ({
    name,
    direction: "INGRESS",
    priority: 1000,
    sourceRanges: [range],
    allows: [{ protocol: "tcp" }],
}));

/** What VPC does with a TCP packet: https://cloud.google.com/firewall/docs/firewalls#rule_evaluation */
function verdict(rules: readonly Rule[], packet: Packet): string {
    const matching = rules
        .filter(({ direction }) => direction === packet.direction)
        .filter(({ targetTags }) => targetTags?.includes(packet.tag) ?? true)
        .filter((rule) =>
            (rule.sourceRanges ?? rule.destinationRanges ?? []).some((range) => contains(range, packet.peer)),
        )
        .filter((rule) =>
            [...(rule.allows ?? []), ...(rule.denies ?? [])].some(
                ({ protocol, ports }) =>
                    (protocol === "all" || protocol === "tcp") && (ports?.includes(String(packet.port)) ?? true),
            ),
        )
        .sort((a, b) => a.priority - b.priority || Number(b.denies !== undefined) - Number(a.denies !== undefined));
    const [first] = matching;
    if (first === undefined) {
        return packet.direction === "EGRESS" ? "goes, by no rule" : "is refused, by no rule";
    }
    return `${first.denies === undefined ? "goes" : "is refused"}, by ${first.name}`;
}

function contains(cidr: string, address: string): boolean {
    const [network = "", prefix = ""] = cidr.split("/");
    const number = (text: string): number => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    expect(isIPv4(network) && isIPv4(address)).toBe(true);
    const size = 2 ** (32 - Number(prefix));
    return Math.floor(number(network) / size) === Math.floor(number(address) / size);
}

describe("Network", () => {
    let snapshot: Snapshot;

    beforeAll(async () => {
        snapshot = (await planGoogle({ network: { buildEgress: DECLARED } })).snapshot;
    });

    const egress = (tag: Packet["tag"], peer: string, port: number): Packet => ({
        direction: "EGRESS",
        tag,
        peer,
        port,
    });
    const ingress = (tag: Packet["tag"], peer: string, port: number): Packet => ({
        direction: "INGRESS",
        tag,
        peer,
        port,
    });

    it.each<[string, string, Packet]>([
        ["a build to a declared place", "goes, by builds-build-to-443", egress("builds-build", "140.82.121.4", 443)],
        ["a build to another one", "goes, by builds-build-to-443", egress("builds-build", "142.251.3.4", 443)],
        ["a build to a declared port", "goes, by builds-build-to-5000", egress("builds-build", "192.0.2.7", 5000)],
        ["a build to a port beside it", REFUSED, egress("builds-build", "192.0.2.7", 443)],
        ["a build to SSH there", REFUSED, egress("builds-build", "140.82.121.4", 22)],
        ["a build to the internet", REFUSED, egress("builds-build", "203.0.113.9", 443)],
        ["a build to a name server", REFUSED, egress("builds-build", "8.8.8.8", 53)],
        ["a build to a private address", REFUSED, egress("builds-build", "10.99.0.1", 443)],
        [
            "a build node to the control plane",
            "goes, by builds-build-to-cluster",
            egress("builds-build", "10.10.0.2", 443),
        ],
        ["a build node to a pod", "goes, by builds-build-to-cluster", egress("builds-build", "10.20.3.4", 53)],
        [
            "a build to Google's APIs",
            "goes, by builds-build-to-google-apis",
            egress("builds-build", "199.36.153.5", 443),
        ],
        ["a build to their port 80", REFUSED, egress("builds-build", "199.36.153.5", 80)],
        ["a system node to the internet", "goes, by no rule", egress("builds-system", "203.0.113.9", 443)],
        ["SSH from outside", "is refused, by builds-no-ssh", ingress("builds-system", "203.0.113.9", 22)],
        ["SSH from a node", "is refused, by builds-no-ssh", ingress("builds-build", "10.10.0.9", 22)],
        ["SSH from a pod", "is refused, by builds-no-ssh", ingress("builds-system", "10.20.3.4", 22)],
        ["SSH by Google's proxy", "is refused, by builds-no-ssh", ingress("builds-system", "35.235.240.7", 22)],
        ["the control plane to a webhook", "goes, by builds-webhooks", ingress("builds-system", "10.10.0.2", 8443)],
        ["an agent of it to a webhook", "goes, by builds-webhooks", ingress("builds-system", "10.20.3.4", 8443)],
        ["anybody else to a webhook", "is refused, by no rule", ingress("builds-system", "203.0.113.9", 8443)],
    ])("%s %s", (_title, expected, packet) => {
        expect(verdict([...rulesOf(snapshot), ...GKE], packet)).toBe(expected);
    });

    it("logs what is refused, and what builds reach outside", () => {
        const silent = rulesOf(snapshot).filter(({ logConfig }) => logConfig === undefined);
        expect(silent.map(({ name }) => name)).toEqual(["builds-build-to-cluster", "builds-build-to-google-apis"]);
    });

    it("has no rule for builds where nothing is declared, and refuses all the same", async () => {
        const { snapshot: bare } = await planGoogle();
        expect(rulesOf(bare).map(({ name }) => name)).toEqual([
            "builds-build-to-cluster",
            "builds-build-to-google-apis",
            "builds-build-to-nowhere",
            "builds-no-ssh",
            "builds-webhooks",
        ]);
        expect(verdict(rulesOf(bare), egress("builds-build", "140.82.121.4", 443))).toMatch(/^is refused/);
    });

    it("gives the same rules whatever the order of the repositories", async () => {
        const { snapshot: turned } = await planGoogle({ network: { buildEgress: [...DECLARED].reverse() } });
        expect(rulesOf(turned)).toEqual(rulesOf(snapshot));
        expect(resource(turned, "builds-build-to-443").inputs["destinationRanges"]).toEqual([
            "140.82.112.0/20",
            "142.250.0.0/15",
        ]);
    });

    it("translates the addresses of its nodes and no others, and says each time", () => {
        const { inputs } = resource(snapshot, "builds-nat");
        expect(inputs["sourceSubnetworkIpRangesToNat"]).toBe("LIST_OF_SUBNETWORKS");
        expect(inputs["subnetworks"]).toEqual([
            {
                name: `[unknown: ${resource(snapshot, "builds-nodes").urn}#selfLink]`,
                sourceIpRangesToNats: ["PRIMARY_IP_RANGE"],
            },
        ]);
        expect(inputs["logConfig"]).toEqual({ enable: true, filter: "ALL" });
    });

    it("has one subnetwork, with flow logs, from which Google's APIs are reached without an external address", () => {
        expect(resource(snapshot, "builds-network").inputs["autoCreateSubnetworks"]).toBe(false);
        expect(ofType(snapshot, "gcp:compute/subnetwork:Subnetwork")).toHaveLength(1);
        expect(resource(snapshot, "builds-nodes").inputs).toMatchObject({
            ipCidrRange: "10.10.0.0/22",
            secondaryIpRanges: [
                { rangeName: "pods", ipCidrRange: "10.20.0.0/16" },
                { rangeName: "services", ipCidrRange: "10.30.0.0/20" },
            ],
            privateIpGoogleAccess: true,
            stackType: "IPV4_ONLY",
            logConfig: { metadata: "INCLUDE_ALL_METADATA" },
        });
    });

    it("gives every name of Google's APIs and registries the addresses that builds may reach", () => {
        const records = ofType(snapshot, "gcp:dns/recordSet:RecordSet").map(
            ({ inputs }) => [inputs["name"], inputs["type"], inputs["rrdatas"]] as const,
        );
        const addresses = ["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"];
        expect(records).toEqual(
            ["gcr.io.", "googleapis.com.", "pkg.dev."].flatMap((domain) => [
                [domain, "A", addresses],
                [`*.${domain}`, "CNAME", [domain]],
            ]),
        );
        expect(addresses.every((address) => contains(GOOGLE_APIS.range, address))).toBe(true);
        for (const { inputs } of ofType(snapshot, "gcp:dns/managedZone:ManagedZone")) {
            expect([inputs["visibility"], inputs["labels"]]).toEqual(["private", { platform: "slsa-build" }]);
        }
    });

    it.each([
        [{ nodes: "10.20.1.0/24", pods: "10.20.0.0/16", services: "10.30.0.0/20" }, "nodes (10.20.1.0/24) and pods"],
        [{ nodes: "10.10.0.0/22", pods: "10.20.0.0/16", services: "10.20.0.0/20" }, "pods (10.20.0.0/16) and services"],
        [
            { nodes: "8.8.8.0/24", pods: "10.20.0.0/16", services: "10.30.0.0/20" },
            "of nodes, 8.8.8.0/24, is not private",
        ],
        [
            { nodes: "10.0.0.0/7", pods: "10.20.0.0/16", services: "10.30.0.0/20" },
            "of nodes, 10.0.0.0/7, is not private",
        ],
        [{ nodes: "10.10.0.1/22", pods: "10.20.0.0/16", services: "10.30.0.0/20" }, '"10.10.0.1/22", is no CIDR'],
        [{ nodes: "10.10.0/22", pods: "10.20.0.0/16", services: "10.30.0.0/20" }, '"10.10.0/22", is no CIDR'],
        [{ nodes: "10.10.0.0/33", pods: "10.20.0.0/16", services: "10.30.0.0/20" }, '"10.10.0.0/33", is no CIDR'],
        [{ nodes: "10.10.0.0", pods: "10.20.0.0/16", services: "10.30.0.0/20" }, '"10.10.0.0", is no CIDR'],
    ])("refuses %j", (ranges, message) => {
        expect(() => {
            checkRanges(ranges);
        }).toThrow(message);
    });

    it("is not made of ranges that overlap", async () => {
        let refused: unknown;
        await evaluate("test", () => {
            try {
                const ranges = { nodes: "10.0.0.0/16", pods: "10.0.0.0/16", services: "10.1.0.0/20" };
                new Network("builds", { ...PROJECT, ranges, buildEgress: [], protect: false, dependsOn: [] });
            } catch (error) {
                refused = error;
            }
            return {};
        });
        expect(String(refused)).toContain("the ranges of nodes (10.0.0.0/16) and pods (10.0.0.0/16) overlap");
    });
});
