/** What a kind of resource may be called on Google Cloud. */
interface NameRule {
    readonly shortest: number;
    readonly longest: number;
}

/**
 * @see https://cloud.google.com/compute/docs/naming-resources
 * @see https://cloud.google.com/iam/docs/service-accounts-create
 * @see https://cloud.google.com/storage/docs/buckets#naming
 * @see https://cloud.google.com/artifact-registry/docs/repositories/create-repos
 */
const NAMES = {
    network: { shortest: 1, longest: 63 },
    "network tag": { shortest: 1, longest: 63 },
    "firewall rule": { shortest: 1, longest: 63 },
    "DNS zone": { shortest: 1, longest: 63 },
    cluster: { shortest: 1, longest: 40 },
    "service account": { shortest: 6, longest: 30 },
    "key ring": { shortest: 1, longest: 63 },
    key: { shortest: 1, longest: 63 },
    bucket: { shortest: 3, longest: 63 },
    "build connection": { shortest: 1, longest: 63 },
    "build repository": { shortest: 1, longest: 63 },
    "build trigger": { shortest: 1, longest: 63 },
    "repository of images": { shortest: 1, longest: 63 },
} as const satisfies Record<string, NameRule>;

/**
 * A name as Google Cloud takes it: lower-case letters, digits and "-", a letter first and no "-" last, within the length
 * of its kind. It is checked here, so that a plan fails and not the middle of a deployment.
 *
 * @param kind - what is named
 * @param name - derived from a component's name
 * @throws Error saying what was given, what is allowed, and how to mend it
 */
export function googleName(kind: keyof typeof NAMES, name: string): string {
    const { shortest, longest } = NAMES[kind];
    if (!/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) {
        throw new Error(
            `"${name}" is no name of a ${kind}: lower-case letters, digits and "-" are allowed, a letter first and no "-" last. Name the component so.`,
        );
    }
    if (name.length > longest || name.length < shortest) {
        throw new Error(
            `"${name}" is no name of a ${kind}: it has ${String(name.length)} characters, ${String(shortest)} to ${String(longest)} are allowed. Give the component a ${name.length > longest ? "shorter" : "longer"} name.`,
        );
    }
    return name;
}
