import { isIPv4 } from "node:net";

/** RFC 1918: what no public network has. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => parsed("a private network", cidr));

interface Range {
    readonly label: string;
    readonly cidr: string;
    readonly first: number;
    readonly last: number;
}

/**
 * Ranges of one network.
 *
 * @param ranges - what each is for -> CIDR
 * @throws Error when one is no CIDR, is not private (RFC 1918), or overlaps another
 */
export function checkRanges(ranges: Readonly<Record<string, string>>): void {
    const all = Object.entries(ranges).map(([label, cidr]) => parsed(label, cidr));
    for (const [at, range] of all.entries()) {
        if (!PRIVATE.some(({ first, last }) => first <= range.first && range.last <= last)) {
            throw new Error(
                `the range of ${range.label}, ${range.cidr}, is not private: give one of ${PRIVATE.map(({ cidr }) => cidr).join(", ")}.`,
            );
        }
        const other = all.slice(0, at).find(({ first, last }) => first <= range.last && range.first <= last);
        if (other !== undefined) {
            throw new Error(
                `the ranges of ${other.label} (${other.cidr}) and ${range.label} (${range.cidr}) overlap: give each its own.`,
            );
        }
    }
}

function parsed(label: string, cidr: string): Range {
    const [, address = "", prefix = ""] = /^([0-9.]+)\/(0|[1-9][0-9]?)$/.exec(cidr) ?? [];
    const size = 2 ** (32 - Number(prefix));
    const first = address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
    if (!isIPv4(address) || Number(prefix) > 32 || first % size !== 0) {
        throw new Error(
            `the range of ${label}, "${cidr}", is no CIDR: write the first address of an IPv4 network and its prefix, as in 10.20.0.0/16.`,
        );
    }
    return { label, cidr, first, last: first + size - 1 };
}
