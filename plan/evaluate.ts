import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { PROJECT } from "../names";
import { SECRET, unknownValue, type PlannedResource, type Snapshot } from "../requirements/snapshot";
import { PlanMonitor, UNKNOWN_ON_WIRE, type Registration } from "./monitor";
import { ORIGIN, originsOf, rawInputs, urnOf, type RawInputs } from "./origins";

/** A Pulumi program: registers resources and returns the stack's outputs. */
export type Program = () => Record<string, unknown>;

/** What a program declares. */
export interface Plan extends Snapshot {
    /** Names of the stack's outputs. */
    outputs: string[];
}

// How the protocol marks a secret: pulumi/sdk/nodejs/runtime/rpc.ts.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

// What the SDK's own entry point (cmd/run) calls first; the published types leave it out.
const runtime = pulumi.runtime as typeof pulumi.runtime & { awaitFeatureSupport: () => Promise<void> };

/**
 * Evaluates a Pulumi program in this process as `pulumi preview` of an empty stack would, deploying nothing.
 * Needs no Pulumi CLI, provider plugin, cluster or network. One evaluation at a time: the SDK's state is global.
 *
 * @throws whatever the program throws, and Error with the SDK's message when a resource cannot be registered
 */
export async function evaluate(stack: string, program: Program): Promise<Plan> {
    const directory = mkdtempSync(join(tmpdir(), "slsa-plan-"));
    const seen: { resource: pulumi.Resource; raw: RawInputs }[] = [];
    // Which properties a provider computes depends on the class, so that a namesake elsewhere in the tree does no harm.
    const computed = new Map<string, string[]>();
    const key = (type: string, name: string): string => `${type}::${name}`;
    // The SDK lets some failures (of an invoke, of a resource nobody waits for) surface only as unhandled rejections.
    const lost: unknown[] = [];
    const onLost = (reason: unknown): void => {
        lost.push(reason);
    };
    process.on("unhandledRejection", onLost);
    const monitor = new PlanMonitor(PROJECT, stack, (type, name) => computed.get(key(type, name)) ?? []);
    try {
        const address = await monitor.listen(join(directory, "monitor.sock"));
        pulumi.runtime.resetOptions(PROJECT, stack, Number.MAX_SAFE_INTEGER, address, address, true, "organization");
        await runtime.awaitFeatureSupport();
        const outputs = await pulumi.runtime
            .runInPulumiStack(() => {
                pulumi.runtime.registerStackTransformation(({ resource, type, name, props }) => {
                    const raw = rawInputs(props);
                    seen.push({ resource, raw });
                    computed.set(key(type, name), raw.computed);
                    return undefined;
                });
                return Promise.resolve(program());
            })
            // Whatever happened, what was sent must be answered before the monitor goes.
            .finally(() => pulumi.runtime.disconnect());
        if (lost.length > 0 || monitor.errors.length > 0) {
            throw new Error([...monitor.errors, ...lost.map(messageOf)].join("\n"));
        }
        const raw = new Map(
            await Promise.all(seen.map(async ({ resource, raw: inputs }) => [await urnOf(resource), inputs] as const)),
        );
        const resources = await Promise.all(
            monitor.registrations.map((registration) => planned(registration, raw.get(registration.urn))),
        );
        resources.sort((a, b) => (a.urn < b.urn ? -1 : 1));
        return { stack, resources, outputs: Object.keys((outputs as object | undefined) ?? {}).sort() };
    } finally {
        process.off("unhandledRejection", onLost);
        monitor.close();
        rmSync(directory, { recursive: true, force: true });
    }
}

function messageOf(reason: unknown): string {
    return reason instanceof Error ? reason.message : String(reason);
}

async function planned(registration: Registration, raw: RawInputs | undefined): Promise<PlannedResource> {
    const origins = new Map<string, string[]>();
    for (const { path, output } of raw?.leaves ?? []) {
        origins.set(JSON.stringify(path), await originsOf(output));
    }
    const { wireInputs, custom: _custom, ...resource } = registration;
    return { ...resource, inputs: readable(wireInputs, [], []) as Record<string, unknown> };

    /** Turns a value of the protocol into what a plan shows; `inherited` are the origins of the output around it. */
    function readable(value: unknown, path: (string | number)[], inherited: string[]): unknown {
        const own = origins.get(JSON.stringify(path)) ?? inherited;
        if (value === UNKNOWN_ON_WIRE) {
            return own.length === 0
                ? unknownValue(registration.urn, path.join("."))
                : own.map((origin) => unknownValue(...split(origin))).join("");
        }
        if (Array.isArray(value)) {
            return value.map((item, index) => readable(item, [...path, index], own));
        }
        if (typeof value === "object" && value !== null) {
            const record = value as Record<string, unknown>;
            if (record[SIGNATURE] === SECRET_SIGNATURE) {
                const inner = readable(record["value"], path, own);
                return withoutSecrets(inner);
            }
            return Object.fromEntries(
                Object.entries(record).map(([name, item]) => [name, readable(item, [...path, name], own)]),
            );
        }
        return value;
    }
}

function split(origin: string): [string, string] {
    const at = origin.indexOf(ORIGIN);
    return [origin.slice(0, at), origin.slice(at + ORIGIN.length)];
}

/** A secret's known parts are hidden; that a part is unknown, and where it will come from, is no secret. */
function withoutSecrets(value: unknown): unknown {
    if (typeof value === "string" && value.startsWith("[unknown: ")) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(withoutSecrets);
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
    }
    return SECRET;
}
