import { runProgram } from "./run-program";
import { addressesOf, maximumLabs } from "./addresses";

/** A route as `ip -json route` tells it, as far as it is looked at. */
export interface Route {
    /** `default`, an address, or a range. */
    readonly dst: string;
    readonly dev?: string;
}

/** Every IPv4 route of this machine. */
export async function machineRoutes(): Promise<Route[]> {
    const { stdout } = await runProgram(["ip", "-json", "-4", "route", "show", "table", "all"]);
    return JSON.parse(stdout) as Route[];
}

/**
 * For each number of a lab whose addresses this machine already reaches by a route that is no lab's: that route. A lab
 * with such a number would cut off who lives there (podman's default network, for one, is 10.88.0.0/16).
 */
export function routedNumbers(routes: readonly Route[]): Map<number, Route> {
    const foreign = routes.filter(({ dst, dev }) => dst !== "default" && !(dev?.startsWith("slsa-lab-") ?? false));
    const taken = new Map<number, Route>();
    for (let number = 0; number < maximumLabs; number += 1) {
        const { podRange, serviceRange, linkHostIp } = addressesOf(number);
        const route = foreign.find(({ dst }) =>
            [podRange, serviceRange, `${linkHostIp}/30`].some((range) => overlap(range, dst)),
        );
        if (route !== undefined) {
            taken.set(number, route);
        }
    }
    return taken;
}

/** Whether two IPv4 ranges share an address; one without a length is an address. */
function overlap(one: string, other: string): boolean {
    const [a, b] = [parse(one), parse(other)];
    const shorter = 2 ** (32 - Math.min(a.length, b.length));
    return Math.floor(a.address / shorter) === Math.floor(b.address / shorter);
}

function parse(range: string): { address: number; length: number } {
    const [address = "", length = "32"] = range.split("/");
    return { address: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), length: Number(length) };
}
