/** An image by its digest: what runs is what was reviewed, whoever moves a tag. */
export type PinnedImage = `${string}@sha256:${string}`;

/** An image whose digest is not known yet. It can be planned; `pulumi up` refuses it. */
export type UnresolvedImage = `${string}@unresolved`;

/** What a step may run. A bare tag is neither, and does not compile. */
export type StepImage = PinnedImage | UnresolvedImage;

/** Where an image has its shell: distroless' debug variants have busybox's. */
export type Shell = "/bin/sh" | "/busybox/sh";

const PINNED = /^[^@\s$]+@sha256:[0-9a-f]{64}$/;
const UNRESOLVED = /^[^@\s$]+@unresolved$/;

/**
 * Whether an image is named by a complete sha256 digest. The type alone cannot count the digits.
 */
export function isPinnedImage(image: string): image is PinnedImage {
    return PINNED.test(image);
}

/**
 * Whether text is an image that a step may name: pinned, or marked as unresolved.
 */
export function isStepImage(image: string): image is StepImage {
    return isPinnedImage(image) || UNRESOLVED.test(image);
}
