import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { withLock } from "../lock";
import { maximumLabs } from "./addresses";
import { machineRoutes, routedNumbers } from "./routes";

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessIdentity {
    readonly pid: number;
    /** When it started, in clock ticks since boot. */
    readonly started: string;
    readonly boot: string;
}

/** Which lab has which number, and whose processes show that this is still so. */
export interface Claim {
    readonly name: string;
    readonly number: number;
    /** The command that is bringing the lab up or down now. */
    readonly owner?: ProcessIdentity;
    /** The process that holds the node's namespaces. */
    readonly holder?: ProcessIdentity;
}

/** Where claims are kept: a folder that all labs of a machine share, whatever their caches. */
const folder = "/run/slsa-lab";

export function identify(pid: number): ProcessIdentity | undefined {
    try {
        const stat = readFileSync(`/proc/${pid.toString()}/stat`, "utf8");
        const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const started = rest[18];
        if (state === "Z" || started === undefined) {
            return undefined;
        }
        return { pid, started, boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() };
    } catch {
        return undefined;
    }
}

export function alive(identity: ProcessIdentity | undefined): boolean {
    if (identity === undefined) {
        return false;
    }
    const now = identify(identity.pid);
    return now !== undefined && now.started === identity.started && now.boot === identity.boot;
}

/** Every claim on this machine, also those whose processes are gone. */
export function readClaims(): Claim[] {
    if (!existsSync(folder)) {
        return [];
    }
    return readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as Claim);
}

export function findClaim(name: string): Claim | undefined {
    return readClaims().find((claim) => claim.name === name);
}

/**
 * The smallest number that no lab has, or that a killed lab has left. `undefined` when all are taken.
 *
 * @param unusable - numbers that no lab may have on this machine
 */
export function freeNumber(
    claims: readonly Claim[],
    isAlive: (claim: Claim) => boolean,
    unusable: Iterable<number> = [],
): number | undefined {
    const taken = new Set([...claims.filter(isAlive).map(({ number }) => number), ...unusable]);
    return Array.from({ length: maximumLabs }, (_, number) => number).find((number) => !taken.has(number));
}

function isAlive(claim: Claim): boolean {
    return alive(claim.holder) || alive(claim.owner);
}

const fileOf = (number: number): string => path.join(folder, `${number.toString()}.json`);

export function writeClaim(claim: Claim): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(fileOf(claim.number), JSON.stringify(claim));
}

/**
 * Claims a number for a lab: the one that it has already, else the smallest free one.
 *
 * @throws when another command is working on the same lab now, or when all numbers are taken, by labs or by networks
 * that this machine already reaches.
 */
export async function claimNumber(name: string): Promise<Claim> {
    const owner = identify(process.pid);
    if (owner === undefined) {
        throw new Error("/proc does not show this very process: is it mounted?");
    }
    const routed = routedNumbers(await machineRoutes());
    return withLock(folder, { seconds: 30 }, () => {
        const claims = readClaims();
        const own = claims.find((claim) => claim.name === name);
        if (own?.owner !== undefined && own.owner.pid !== owner.pid && alive(own.owner)) {
            throw new Error(
                `Process ${own.owner.pid.toString()} is working on lab "${name}" now: wait for it or end it.`,
            );
        }
        const number = own?.number ?? freeNumber(claims, isAlive, routed.keys());
        if (number === undefined) {
            const takers = [
                ...claims.map(({ name: other }) => `lab ${other}`),
                ...new Set([...routed.values()].map(({ dst, dev }) => `the route to ${dst} by ${dev ?? "nothing"}`)),
            ];
            throw new Error(
                `All ${maximumLabs.toString()} lab numbers are taken (${takers.join(", ")}): take a lab or that network down first.`,
            );
        }
        const claim: Claim = { name, number, owner, ...(own?.holder === undefined ? {} : { holder: own.holder }) };
        writeClaim(claim);
        return claim;
    });
}

/** Gives the number back. */
export async function releaseNumber(number: number): Promise<void> {
    await withLock(folder, { seconds: 30 }, () => {
        rmSync(fileOf(number), { force: true });
    });
    try {
        rmdirSync(folder);
    } catch {
        // Another lab is there.
    }
}
