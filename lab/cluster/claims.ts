import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { z } from "zod";

import { withLock } from "../lock";
import { maximumLabs } from "./addresses";
import { machineRoutes, routedNumbers } from "./routes";

const processIdentity = z.object({
    pid: z.int().positive(),
    /** When it started, in clock ticks since boot. */
    started: z.string(),
    boot: z.string(),
});

/** A process that cannot be mistaken for a later one with the same id. */
export type ProcessIdentity = Readonly<z.infer<typeof processIdentity>>;

/** Which lab has which number, and whose processes show that this is still so. */
export interface Claim {
    readonly name: string;
    readonly number: number;
    /** The command that is bringing the lab up or down now. */
    readonly owner?: ProcessIdentity;
    /** The process that holds the node's namespaces. */
    readonly holder?: ProcessIdentity;
    /** Its file says nothing: that of a dead lab, nobody knows which. */
    readonly unreadable?: true;
}

/** What a claim's file holds; its name says the number. */
const content = z.object({
    name: z.string(),
    owner: processIdentity.exactOptional(),
    holder: processIdentity.exactOptional(),
});

/** Where claims are kept: a folder that all labs of a machine share, whatever their caches. */
const claimsFolder = "/run/slsa-lab";

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

const fileOf = (number: number, folder: string): string => path.join(folder, `${number.toString()}.json`);
/** Under this name nobody reads it. */
const unfinished = (file: string): string => `${file}.new`;

/** Every claim on this machine, also those whose processes are gone, and those whose file a full disk or a kill cut off. */
export function readClaims(folder = claimsFolder): Claim[] {
    return Array.from({ length: maximumLabs }, (_, number) => readClaim(number, folder)).filter(
        (claim) => claim !== undefined,
    );
}

function readClaim(number: number, folder: string): Claim | undefined {
    const file = fileOf(number, folder);
    if (!existsSync(file)) {
        return undefined;
    }
    try {
        return { ...content.parse(JSON.parse(readFileSync(file, "utf8"))), number };
    } catch {
        // With this name `status` shows it and `down` takes it.
        return { name: `unreadable-${number.toString()}`, number, unreadable: true };
    }
}

/**
 * The claim of a lab. A lab that has none takes an unreadable one: it may be its own, and whoever holds it next removes what
 * is left under its number.
 */
export function claimOf(claims: readonly Claim[], name: string): Claim | undefined {
    return claims.find((claim) => claim.name === name) ?? claims.find(({ unreadable }) => unreadable === true);
}

export function findClaim(name: string): Claim | undefined {
    return claimOf(readClaims(), name);
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

/** Writes a claim whole or not at all. */
export function writeClaim({ number, name, owner, holder }: Claim, folder = claimsFolder): void {
    mkdirSync(folder, { recursive: true });
    const file = fileOf(number, folder);
    writeFileSync(unfinished(file), JSON.stringify({ name, number, owner, holder }));
    renameSync(unfinished(file), file);
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
    return withLock(claimsFolder, { seconds: 30 }, () => {
        const claims = readClaims();
        const own = claimOf(claims, name);
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
    await withLock(claimsFolder, { seconds: 30 }, () => {
        const file = fileOf(number, claimsFolder);
        rmSync(file, { force: true });
        rmSync(unfinished(file), { force: true });
    });
    try {
        rmdirSync(claimsFolder);
    } catch {
        // Another lab is there.
    }
}
