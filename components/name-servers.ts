import type { types } from "@pulumi/kubernetes";

/**
 * What a NetworkPolicy lets out so that names can be asked for.
 *
 * @param cidrs - the name servers as pods see them, which is behind the address of their Service; none lets nothing out
 */
export function namesFrom(cidrs: readonly string[]): types.input.networking.v1.NetworkPolicyEgressRule[] {
    return cidrs.map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: [...DNS_PORTS] }));
}

/** https://www.rfc-editor.org/rfc/rfc7766: an answer that is too long comes by TCP. */
export const DNS_PORTS: readonly types.input.networking.v1.NetworkPolicyPort[] = [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
];
