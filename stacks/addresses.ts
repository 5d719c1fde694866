import { isIPv4 } from "node:net";
import { z } from "zod";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
/** Whatever ends in such a part is read as an IPv4 address by clients: https://url.spec.whatwg.org/#ends-in-a-number-checker */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

/** A shorter prefix is more than any one operator's servers: /0 and /1 would open the internet or half of it. */
const SHORTEST_PREFIX = 8;

/** An IPv4 address, or a DNS name, and a port; node, pod and host must agree on what it reaches. */
export const hostPort = z
    .string()
    .refine(
        isHostPort,
        "must be HOST:PORT, for example 10.96.0.80:5000: an IPv4 address (four numbers from 0 to 255) or a DNS name, and a port from 1 to 65535",
    );

/** A range of IPv4 addresses, and a port. */
export const cidrPort = z
    .string()
    .refine(
        isCidrPort,
        `must be CIDR:PORT, for example 10.88.0.1/32:443: four numbers from 0 to 255, a prefix from ${String(SHORTEST_PREFIX)} to 32, and a port from 1 to 65535`,
    );

/** A range of IPv4 addresses. */
export const cidr = z
    .string()
    .refine(
        isCidr,
        `must be a CIDR, for example 10.244.0.0/16: four numbers from 0 to 255, and a prefix from ${String(SHORTEST_PREFIX)} to 32`,
    );

/** The host of a HOST:PORT. */
export function hostOf(address: string): string {
    return address.slice(0, Math.max(address.lastIndexOf(":"), 0));
}

function isHostPort(text: string): boolean {
    const host = hostOf(text);
    return isPort(text.slice(host.length + 1)) && (isIPv4(host) || (DNS_NAME.test(host) && !ENDS_IN_NUMBER.test(host)));
}

function isCidrPort(text: string): boolean {
    const [range = "", port = "", ...more] = text.split(":");
    return isCidr(range) && isPort(port) && more.length === 0;
}

function isCidr(text: string): boolean {
    const [, address = "", prefix = ""] = /^([0-9.]+)\/([1-9][0-9]?)$/.exec(text) ?? [];
    return isIPv4(address) && Number(prefix) >= SHORTEST_PREFIX && Number(prefix) <= 32;
}

function isPort(text: string): boolean {
    return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535;
}
