import { join } from "node:path";
import { z } from "zod";
import { UNRESOLVED } from "./image-reference";
import { objectId } from "./kubernetes-object";
import { lockText, readLockFile, writeWhole } from "./lock-file";

/** The lock's name in the project's root folder. */
export const RELEASES_LOCK = "releases.lock.json";

const unresolved = z.literal(UNRESOLVED);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 (64 hexadecimal digits) or "unresolved"');
const contentHash = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits");
const text = z.string().min(1, "must say something");
const repository = z
    .string()
    .regex(/^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/, "must be a repository: HOST/PATH, no tag");

const records = z.array(z.record(z.string(), z.unknown()));
const fields = z.strictObject({
    metadata: z.strictObject({ labels: z.record(z.string(), z.unknown()) }).exactOptional(),
    rules: z.array(z.unknown()).exactOptional(),
    aggregationRule: z.unknown().exactOptional(),
    roleRef: z.unknown().exactOptional(),
    subjects: z.array(z.unknown()).exactOptional(),
    webhooks: records.exactOptional(),
    spec: z.record(z.string(), z.unknown()).exactOptional(),
    data: z.record(z.string(), z.unknown()).exactOptional(),
    dataKeys: z.array(z.string()).exactOptional(),
});

const releaseObject = z.strictObject({
    apiVersion: text,
    kind: text,
    namespace: text.exactOptional(),
    name: text,
    contentHash,
    images: z.array(text),
    fields,
});

const inventory = z.array(releaseObject).superRefine((objects, context) => {
    const seen = new Set<string>();
    for (const [at, object] of objects.entries()) {
        const id = objectId(object);
        if (seen.has(id)) {
            context.addIssue({
                code: "custom",
                path: [at, "name"],
                message: `must not repeat ${id}`,
                input: object.name,
            });
        }
        seen.add(id);
    }
});

const common = {
    /** Version of the release, as its tag says. */
    version: z.string().regex(/^v[0-9]+\.[0-9]+\.[0-9]+$/, "must be a version like v1.15.0"),
    url: z.url({ protocol: /^https$/, error: "must be an https URL" }),
    /** sha256 of the release's file, 64 hexadecimal digits. */
    sha256: z.union([unresolved, hash], { error: 'must be a sha256 (64 hexadecimal digits) or "unresolved"' }),
    /** Size of the release's file in bytes. */
    size: z.union([unresolved, z.int().positive()], { error: 'must be a size in bytes or "unresolved"' }),
    /** Who vouches for the hash: where it was read or computed, and how often. */
    hashKnownFrom: text,
    /** Last day on which the version's makers support it. */
    endOfSupport: z
        .string()
        .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^not announced$/, 'must be a day like 2027-07-31 or "not announced"'),
};

/** Go module that carries the tagged source, and the folder or file in it that the release is made of. */
const source = { module: text, path: text };

const bothOrNone = (release: { sha256: string; size: string | number }): boolean =>
    (release.sha256 === UNRESOLVED) === (release.size === UNRESOLVED);
const BOTH_OR_NONE = "sha256 and size must be known together or both be unresolved";

/** A release of Kubernetes objects. */
const manifest = z
    .strictObject({
        kind: z.literal("manifest"),
        ...common,
        source: z.strictObject({
            ...source,
            /** Where the release pipeline pushes what ko builds, and how ko names it there. */
            images: z.strictObject({ repository, naming: z.enum(["hashed", "import-path"]) }),
        }),
        inventoryKnownFrom: text,
        /** The only repositories that the release's images come from. */
        imageRepositories: z.array(repository).min(1, "must name the release's own repositories"),
        inventory,
    })
    .refine(bothOrNone, BOTH_OR_NONE);

/** A release that is one file without objects, such as a database schema. */
const plainFile = z
    .strictObject({ kind: z.literal("file"), ...common, source: z.strictObject(source) })
    .refine(bothOrNone, BOTH_OR_NONE);

/** The shape of `releases.lock.json`. */
export const releasesLockSchema = z.strictObject({
    releases: z.strictObject({
        "tekton-pipelines": manifest,
        "tekton-chains": manifest,
        "trillian-schema": plainFile,
    }),
});

/** `releases.lock.json`: what is installed from elsewhere, by hash, and how each hash is known. */
export type ReleasesLock = z.output<typeof releasesLockSchema>;
export type ReleaseName = keyof ReleasesLock["releases"];
export type ManifestRelease = z.output<typeof manifest>;
export type FileRelease = z.output<typeof plainFile>;
export type Release = ManifestRelease | FileRelease;

/** Names of the releases that hold Kubernetes objects. */
export type ManifestReleaseName = "tekton-pipelines" | "tekton-chains";

export const RELEASE_NAMES: readonly ReleaseName[] = ["tekton-pipelines", "tekton-chains", "trillian-schema"];

/**
 * Reads and checks `releases.lock.json`.
 *
 * @param folder - the project's root
 * @throws LockError naming every wrong key at once
 */
export function readReleasesLock(folder: string): ReleasesLock {
    return readLockFile(join(folder, RELEASES_LOCK), releasesLockSchema);
}

/** Writes `releases.lock.json` whole or not at all, keys in the schema's order; a lock that could not be read is not written. */
export function writeReleasesLock(folder: string, lock: ReleasesLock): void {
    writeWhole(join(folder, RELEASES_LOCK), lockText(releasesLockSchema.parse(lock)));
}
