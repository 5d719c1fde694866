import { join } from "node:path";
import { z } from "zod";
import { isPinned, parseImageReference, UNRESOLVED } from "./image-reference";
import { lockText, readLockFile, writeWhole } from "./lock-file";

/** The lock's name in the project's root folder. */
export const IMAGES_LOCK = "images.lock.json";

const text = z.string().min(1, "must say something");

const image = z.strictObject({
    /** Host and path, without tag. */
    repository: z
        .string()
        .regex(
            /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/,
            "must be a repository: HOST/PATH, no tag",
        ),
    tag: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, "must be a tag"),
    /** `sha256:<64 hexadecimal digits>` of the manifest (or index) that the tag named, or `unresolved`. */
    digest: z.union([z.literal(UNRESOLVED), z.string().regex(/^sha256:[0-9a-f]{64}$/)], {
        error: 'must be sha256: and 64 hexadecimal digits, or "unresolved"',
    }),
    /** Where the digest was read and in how many independent places, or why it is not known. */
    digestKnownFrom: text,
    /** Which step or component runs it, and what it must hold. */
    use: text,
    /** Where its shell is; left out where it has none. A mirror's image must have it at the same place. */
    shell: z.enum(["/bin/sh", "/busybox/sh"]).optional(),
});

/** Every name that the lock must hold, no more and no less. */
export const IMAGE_NAMES = [
    "git",
    "ko",
    "kaniko",
    "crane",
    "kubectl",
    "cosign",
    "static-base",
    "nginx",
    "registry",
    "postgres",
    "redis",
    "trillian-log-server",
    "trillian-log-signer",
    "rekor-server",
] as const;

/** Every image that a step or a component runs, by the name that our code calls it. */
export type ImageName = (typeof IMAGE_NAMES)[number];

/** The shape of `images.lock.json`: an unknown name and a missing one are both errors. */
export const imagesLockSchema = z.strictObject({ images: z.record(z.enum(IMAGE_NAMES), image) });

/** `images.lock.json`: every image that a step or component uses, and how its digest is known. */
export type ImagesLock = z.output<typeof imagesLockSchema>;

/** Whole references to put in place of whole references: `original -> mirror`, both with a digest where it is known. */
export type ImageMirrors = Readonly<Record<string, string>>;

/** An image as a plan shows it. */
export interface ImageUse {
    name: ImageName;
    /** What a pod is given: a pinned reference, or `repository:tag@unresolved`. */
    reference: string;
    state: "resolved" | "mapped" | "unresolved";
    /** The lock's own reference, which a mirror replaced. */
    original: string;
}

/**
 * Reads and checks `images.lock.json`.
 *
 * @param folder - the project's root
 * @throws LockError naming every wrong, missing and unknown key at once
 */
export function readImagesLock(folder: string): ImagesLock {
    return readLockFile(join(folder, IMAGES_LOCK), imagesLockSchema);
}

/** Writes `images.lock.json` whole or not at all. */
export function writeImagesLock(folder: string, lock: ImagesLock): void {
    writeWhole(join(folder, IMAGES_LOCK), lockText(imagesLockSchema.parse(lock)));
}

/** Every name of the lock, in its order. */
export function imageNames(lock: ImagesLock): ImageName[] {
    return IMAGE_NAMES.filter((name) => name in lock.images);
}

/** The lock's own reference of an image: `repository:tag@sha256:…` or `repository:tag@unresolved`. */
export function lockedReference(lock: ImagesLock, name: ImageName): string {
    const { repository, tag, digest } = lock.images[name];
    return `${repository}:${tag}@${digest}`;
}

/**
 * The reference to run for an image of the lock.
 *
 * @param mirrors - replaces whole references, digest included; a key is the lock's reference as the plan shows it
 *   (`repository:tag@sha256:…` or `repository:tag@unresolved`)
 * @throws Error if the mirror's target carries no digest
 */
export function imageReference(lock: ImagesLock, name: ImageName, mirrors: ImageMirrors = {}): ImageUse {
    const original = lockedReference(lock, name);
    const mirror = mirrors[original];
    if (mirror === undefined) {
        return { name, reference: original, state: isPinned(original) ? "resolved" : "unresolved", original };
    }
    if (!isPinned(mirror)) {
        throw new Error(
            `the mirror of ${original} is ${mirror}; a mirror must be pinned: REPOSITORY[:TAG]@sha256:DIGEST. ` +
                "Look the digest up with `crane digest` and add it to imageMirrors in the stack settings.",
        );
    }
    return { name, reference: mirror, state: "mapped", original };
}

/**
 * Mirrors that replace nothing: their key is no reference of the lock. A spelling mistake there would silently leave
 * the original in place.
 *
 * @returns one message for each
 */
export function uselessMirrors(lock: ImagesLock, mirrors: ImageMirrors): string[] {
    const known = imageNames(lock).map((name) => lockedReference(lock, name));
    return Object.keys(mirrors)
        .filter((key) => !known.includes(key))
        .map(
            (key) =>
                `imageMirrors: ${key} is no reference of ${IMAGES_LOCK}; allowed: ${known.join(", ")}` +
                (parseImageReference(key)?.digest === undefined ? " (a whole reference ends in its digest)" : ""),
        );
}

/**
 * A reference that may be deployed.
 *
 * @throws Error if the digest is not known: what a tag names can be exchanged
 */
export function deployableReference({ name, reference, state }: ImageUse): string {
    if (state === "unresolved") {
        throw new Error(
            `image ${name} (${reference}) has no known digest and is not deployed. ` +
                "Run `slsa lock --resolve` where there is a network, or map it with imageMirrors in the stack settings.",
        );
    }
    return reference;
}
