/** Every address and name that a lab with this number has; two labs share none. */
export interface Addresses {
    readonly number: number;
    /** The node, its registry, its DNS server and the gateway of its pods. */
    readonly nodeIp: string;
    readonly podRange: string;
    readonly firstPodIp: string;
    readonly serviceRange: string;
    readonly dnsServiceIp: string;
    /** Both ends of the link between host and node. */
    readonly linkHostIp: string;
    readonly linkNodeIp: string;
    /** Name of the host's end of the link. */
    readonly link: string;
    /** Name of the lab's folder in every cgroup hierarchy. */
    readonly cgroup: string;
}

/** How many labs can live side by side: numbers are 0 to 15. */
export const maximumLabs = 16;

/** `serviceIp(n)` of the lab's range 10.96.N.0/24. Kubernetes itself hands out n from 17 on, so fix only 1 to 16. */
export function serviceAddress(labNumber: number, n: number): string {
    if (!Number.isInteger(n) || n < 1 || n > 254) {
        throw new Error(`Service address number ${n.toString()}: a whole number from 1 to 254 is wanted.`);
    }
    return `10.96.${labNumber.toString()}.${n.toString()}`;
}

export function addressesOf(labNumber: number): Addresses {
    if (!Number.isInteger(labNumber) || labNumber < 0 || labNumber >= maximumLabs) {
        throw new Error(
            `Lab number ${labNumber.toString()}: a whole number from 0 to ${(maximumLabs - 1).toString()}.`,
        );
    }
    const number = labNumber.toString();
    return {
        number: labNumber,
        nodeIp: `10.88.${number}.1`,
        podRange: `10.88.${number}.0/24`,
        firstPodIp: `10.88.${number}.10`,
        serviceRange: `10.96.${number}.0/24`,
        dnsServiceIp: serviceAddress(labNumber, 2),
        linkHostIp: `10.89.${number}.1`,
        linkNodeIp: `10.89.${number}.2`,
        link: `slsa-lab-${number}`,
        cgroup: `slsa-lab-${number}`,
    };
}
