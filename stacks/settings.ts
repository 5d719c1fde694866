import { z } from "zod";
import { PROJECT } from "../names";

/** An IPv4 address and port that is reached without a name server, so that node, pod and host agree on it. */
const hostPort = z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):[0-9]{1,5}$/, "must be HOST:PORT, for example 10.96.0.10:5000");

const cidrPort = z
    .string()
    .regex(/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}\/[0-9]{1,2}:[0-9]{1,5}$/, "must be CIDR:PORT, for example 10.88.0.1/32:443");

/** Left out, or empty: the Pulumi CLI knows no other way to leave a text out. */
const optionalText = (message: string): z.ZodType<string | undefined, string | undefined> =>
    z
        .string()
        .regex(/^\S*$/, message)
        .optional()
        .transform((text) => (text === "" ? undefined : text));

const quantity = z.string().regex(/^[1-9][0-9]*(?:Mi|Gi|Ti)$/, "must be a Kubernetes quantity, for example 2Gi");

/** A whole image reference that is pinned: nothing may run here that a registry can exchange. */
const pinnedReference = z
    .string()
    .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, "must be REPOSITORY[:TAG]@sha256:DIGEST (64 hexadecimal digits)");

const image = z.strictObject({
    /** Go import path below the repository's root, as `ko` takes it. */
    importPath: z.string().regex(/^\.(?:\/[A-Za-z0-9._-]+)*$/, "must be a path like ./cmd/app"),
    /** Last part of the image's name: the image is pushed to `<registry>/<name>`. */
    name: z
        .string()
        .regex(
            /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/,
            "must be a repository name: lower-case letters, digits, . _ - and /",
        ),
});

const mappedRelease = z.strictObject({
    name: z.enum(["tekton-pipelines", "tekton-chains", "trillian-schema"]),
    version: z.string().regex(/^v[0-9]+\.[0-9]+\.[0-9]+$/, "must be a version like v1.15.0"),
    file: z.string().min(1, "must be the path of the release file"),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be the file's sha256: 64 hexadecimal digits"),
});

const kubeconfigMessage = "must be the path of a kubeconfig file: one line of at most 4096 characters, without { and }";

/** Every key of the stack configuration: type, bounds, default. `Pulumi.yaml` and docs/settings.md say the same. */
export const settingsSchema = z.strictObject({
    // The provider would take the file's content too, which would then stand in plans and state with its credentials.
    kubeconfig: z.string(kubeconfigMessage).regex(/^[^\n\r{}]{1,4096}$/, kubeconfigMessage),
    kubeContext: optionalText("must be a context of the kubeconfig"),
    sourceRepository: z
        .string()
        .regex(/^https?:\/\/[^\s/@?#]+\/[^\s@?#]+$/, "must be an http(s) URL without credentials, query or fragment"),
    sourceBranch: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "must be one branch name, without wildcards")
        .default("main"),
    images: z
        .array(image)
        .min(1, "must name at least one image")
        .refine(
            (images) => new Set(images.map(({ name }) => name)).size === images.length,
            "must not name an image twice",
        ),
    builderId: z
        .string()
        .regex(/^https:\/\/[^\s]+$/, "must be an https URL that names this build platform and no other")
        .refine((id) => !id.startsWith("https://tekton.dev/"), "must be your own: Chains' default names no platform"),
    registryAddress: hostPort,
    registrySize: quantity.default("10Gi"),
    transparencyLogAddress: hostPort,
    transparencyLogSize: quantity.default("5Gi"),
    storageClass: optionalText("must be the name of a StorageClass"),
    protectData: z.boolean().default(true),
    workspaceSize: quantity.default("2Gi"),
    cloneEgress: z.array(cidrPort).min(1, "must name the address of the source repository's server"),
    buildEgress: z.array(cidrPort).default([]),
    imageMirrors: z.record(z.string(), pinnedReference).default({}),
    mappedReleases: z.array(mappedRelease).default([]),
});

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
                given: shownAs(whole, given),
                allowed: issue.message,
                cure: `pulumi config set --stack ${stackName} ${issue.path.length > 1 ? "--path " : ""}'${pathKey(issue.path)}' VALUE (see docs/settings.md#${whole.toLowerCase()})`,
            },
        ];
    });
    throw new SettingsError(stackName, problems);
}

/** A wrong value for a message; not one that may be a whole file, such as a kubeconfig, for it may hold credentials. */
function shownAs(setting: string, given: unknown): string {
    if (given === undefined) {
        return "nothing";
    }
    if (setting === "kubeconfig" && given !== "") {
        return "a text that is no path";
    }
    return typeof given === "string" && /[\n\r]/.test(given) ? "a text of several lines" : JSON.stringify(given);
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
    const field = (settingsSchema.shape as Record<string, z.ZodType | undefined>)[key];
    if (typeof value !== "string" || field === undefined || field.safeParse(value).success) {
        return value;
    }
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}
