import { isIPv4 } from "node:net";
import { z } from "zod";
import { PROJECT } from "../names";
import { cidr, hostOf, hostPort } from "./addresses";
import { duration, secondsOf } from "./duration";
import { quantity } from "./quantity";
import { repositories } from "./repositories";
import { shownValue } from "./shown-value";
import { builderId } from "./urls";

/** Left out, or empty: the Pulumi CLI knows no other way to leave a text out. */
const optionalText = (pattern: RegExp, message: string): z.ZodType<string | undefined, string | undefined> =>
    z
        .string()
        .refine((text) => text === "" || pattern.test(text), message)
        .optional()
        .transform((text) => (text === "" ? undefined : text));

/** Name of a Kubernetes object: a DNS-1123 subdomain. */
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** A whole image reference that is pinned: nothing may run here that a registry can exchange. */
const pinnedReference = z
    .string()
    .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, "must be REPOSITORY[:TAG]@sha256:DIGEST (64 hexadecimal digits)");

const mappedRelease = z.strictObject({
    name: z.enum(["tekton-pipelines", "tekton-chains", "trillian-schema"]),
    version: z.string().regex(/^v[0-9]+\.[0-9]+\.[0-9]+$/, "must be a version like v1.15.0"),
    file: z.string().min(1, "must be the path of the release file"),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be the file's sha256: 64 hexadecimal digits"),
});

const kubeconfigMessage = "must be the path of a kubeconfig file: one line of at most 4096 characters, without { and }";

/** How long ended runs are kept. The steps of a run's own merge read it after its end. */
const keep = duration.refine(
    (text) => secondsOf(text) >= 1800,
    "must be at least 30m: the steps of a merge read its run",
);

const everyKey = z.strictObject({
    // The provider would take the file's content too, which would then stand in plans and state with its credentials.
    kubeconfig: z.string(kubeconfigMessage).regex(/^[^\n\r{}]{1,4096}$/, kubeconfigMessage),
    kubeContext: optionalText(/^\S+$/, "must be a context of the kubeconfig"),
    repositories,
    builderId,
    registryAddress: hostPort,
    registrySize: quantity.default("10Gi"),
    transparencyLogAddress: hostPort,
    transparencyLogSize: quantity.default("5Gi"),
    storageClass: optionalText(OBJECT_NAME, "must be the name of a StorageClass: lower-case letters, digits, - and ."),
    protectData: z.boolean().default(true),
    imageSignatures: z.boolean().default(false),
    keepVerifiedRuns: keep.default("24h"),
    keepFailedRuns: keep.default("7d"),
    nameServers: z.array(cidr).default([]),
    imageMirrors: z.record(z.string(), pinnedReference).default({}),
    mappedReleases: z.array(mappedRelease).default([]),
});

/** Every key of the stack configuration: type, bounds, default. `Pulumi.yaml` and docs/settings.md say the same. */
export const settingsSchema = everyKey
    .refine(
        ({ registryAddress, transparencyLogAddress }) => hostOf(registryAddress) !== hostOf(transparencyLogAddress),
        {
            error: "must have another host than registryAddress: each is the address of a Service of its own",
            path: ["transparencyLogAddress"],
            when: ({ value }) => areRight(value, ["registryAddress", "transparencyLogAddress"]),
        },
    )
    .refine(
        ({ repositories, registryAddress, nameServers }) =>
            nameServers.length > 0 ||
            [...repositories.map(({ url }) => new URL(url).hostname), hostOf(registryAddress)].every(isIPv4),
        {
            error: "must hold a CIDR of the cluster's name servers, where a repository's url or registryAddress has a name for a host: builds could not ask for its address",
            path: ["nameServers"],
            when: ({ value }) => areRight(value, ["repositories", "registryAddress", "nameServers"]),
        },
    );

/** Whether these settings alone are right, whatever else is wrong: every wrong key is named at once. */
function areRight(value: unknown, keys: readonly (keyof typeof everyKey.shape)[]): boolean {
    return keys.every((key) => everyKey.shape[key].safeParse(lookUp(value, [key])).success);
}

/** The settings of one stack, checked and with defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>;

/** One wrong key: what was given, what is allowed, how to mend it. */
export interface SettingsProblem {
    key: string;
    given: string;
    allowed: string;
    cure: string;
}

/** Bad settings: carries every wrong key at once. */
export class SettingsError extends Error {
    constructor(
        readonly stackName: string,
        readonly problems: readonly SettingsProblem[],
    ) {
        const lines = problems.map(
            ({ key, given, allowed, cure }) =>
                `  ${key}\n    given:   ${given}\n    allowed: ${allowed}\n    mend:    ${cure}`,
        );
        super(`${String(problems.length)} wrong setting(s) in stack ${stackName}:\n${lines.join("\n")}`);
        this.name = "SettingsError";
    }
}

/**
 * Reads the settings of a stack.
 *
 * @param raw - key -> value, keys without the project's prefix; a value is what YAML gives, or (from the Pulumi
 *   engine, which hands objects over as JSON text) a string that holds JSON
 * @throws SettingsError naming every wrong, missing or unknown key
 */
export function parseSettings(stackName: string, raw: Readonly<Record<string, unknown>>): Settings {
    const decoded = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, decode(key, value)]));
    const result = settingsSchema.safeParse(decoded);
    if (result.success) {
        return result.data;
    }
    const problems = result.error.issues.flatMap((issue): SettingsProblem[] => {
        if (issue.code === "unrecognized_keys") {
            const path = issue.path.map(String);
            return issue.keys.map((key) => unknownKey([...path, key].join("."), path.length === 0));
        }
        const key = issue.path.map(String).join(".");
        const given = lookUp(decoded, issue.path);
        const whole = String(issue.path[0] ?? "");
        return [
            {
                key,
                given: shownValue(whole, given),
                allowed: given === undefined ? wanted(whole, issue.message) : issue.message,
                cure: `pulumi config set --stack ${stackName} ${issue.path.length > 1 ? "--path " : ""}'${pathKey(issue.path)}' VALUE (see docs/settings.md#${whole.toLowerCase()})`,
            },
        ];
    });
    throw new SettingsError(stackName, problems);
}

/** What a key that is missing must be: what the schema says of an empty value, not of none. */
function wanted(key: string, otherwise: string): string {
    const fields: Readonly<Record<string, z.ZodType>> = everyKey.shape;
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const said = ["", []].flatMap((empty) => field?.safeParse(empty).error?.issues ?? []);
    return said.find(({ code }) => code !== "invalid_type")?.message ?? otherwise;
}

function unknownKey(key: string, topLevel: boolean): SettingsProblem {
    const known = Object.keys(settingsSchema.shape);
    return {
        key,
        given: "a key that nothing reads",
        allowed: topLevel ? known.join(", ") : "the keys that docs/settings.md lists",
        cure: `remove it from the stack file, or correct its spelling`,
    };
}

function pathKey(path: readonly PropertyKey[]): string {
    return (
        `${PROJECT}:` +
        path
            .map((part, at) => (typeof part === "number" ? `[${String(part)}]` : `${at ? "." : ""}${String(part)}`))
            .join("")
    );
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (at, part) =>
            typeof at === "object" && at !== null && Object.hasOwn(at, part)
                ? (at as Record<PropertyKey, unknown>)[part]
                : undefined,
        value,
    );
}

/** The engine hands structured values over as JSON text; a plain string stays what it is. */
function decode(key: string, value: unknown): unknown {
    const fields: Readonly<Record<string, z.ZodType>> = settingsSchema.shape;
    // An object inherits `toString` and the like, which are no settings.
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof value !== "string" || field === undefined || field.safeParse(value).success) {
        return value;
    }
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}
