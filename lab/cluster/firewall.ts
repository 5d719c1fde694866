import type { Addresses } from "./addresses";

/** The node's end of the link to the host, and the bridge of its pods, as the node's namespace names them. */
export const hostLink = "host";
export const podBridge = "cni0";

/** What the host may open on the node itself: the lab's registry, the git server, the Kubernetes API. */
export const hostPorts: Readonly<Record<"registry" | "git" | "api", number>> = { registry: 5000, git: 3080, api: 6443 };

/**
 * The rules of the node's namespace in nftables' language. They stand in a table and at a priority of their own, before
 * iptables' chains, so that neither kube-proxy nor kube-router can let something pass them:
 *
 * - the host reaches the ports above and ClusterIPs (which are translated, hence `ct status dnat`), nothing else;
 * - pods reach pods and Services; whatever would leave by another interface is refused;
 * - the node opens nothing towards the host.
 */
export function firewallRules({ linkHostIp }: Addresses): string {
    const ports = Object.values(hostPorts).join(", ");
    return `
table inet slsa-lab {
    chain input {
        type filter hook input priority -10; policy accept;
        iifname "${hostLink}" ct state established,related accept
        iifname "${hostLink}" ip saddr ${linkHostIp} ct status dnat accept
        iifname "${hostLink}" ip saddr ${linkHostIp} tcp dport { ${ports} } accept
        iifname "${hostLink}" reject
    }
    chain forward {
        type filter hook forward priority -10; policy accept;
        ct state established,related accept
        iifname "${hostLink}" ip saddr ${linkHostIp} ct status dnat accept
        iifname "${hostLink}" reject
        iifname "${podBridge}" oifname != "${podBridge}" reject
    }
    chain output {
        type filter hook output priority -10; policy accept;
        oifname "${hostLink}" ct state established,related accept
        oifname "${hostLink}" reject
    }
}
`;
}
