/** Stands for a hash, digest or size that nobody has seen yet. It is planned as such and stops a deployment. */
export const UNRESOLVED = "unresolved";

/** The parts of an image reference `repository[:tag][@digest]`. */
export interface ImageReference {
    /** Host and path, for example `ghcr.io/tektoncd/pipeline/events-a9042f7e`. */
    repository: string;
    tag?: string;
    /** `sha256:<64 hexadecimal digits>`, or `unresolved`. */
    digest?: string;
}

const REFERENCE =
    /^(?<repository>[a-zA-Z0-9][a-zA-Z0-9._-]*(?::[0-9]+(?=\/))?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}|unresolved))?$/;

/** Reads an image reference; undefined if the text is none. Nothing is filled in: `busybox` stays `busybox`. */
export function parseImageReference(text: string): ImageReference | undefined {
    const groups = REFERENCE.exec(text)?.groups;
    const repository = groups?.["repository"];
    if (repository === undefined) {
        return undefined;
    }
    const tag = groups?.["tag"];
    const digest = groups?.["digest"];
    return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** Whether a reference names one content for ever: it carries a digest. */
export function isPinned(text: string): boolean {
    const digest = parseImageReference(text)?.digest;
    return digest !== undefined && digest !== UNRESOLVED;
}

/**
 * A reference as the lock notes it: repository and digest. A tag says nothing beside a digest and is dropped; without a
 * digest it stays, for it is all there is.
 */
export function withoutTag(text: string): string {
    const parsed = parseImageReference(text);
    return parsed?.digest === undefined ? text : `${parsed.repository}@${parsed.digest}`;
}
