import { isRecord } from "./kubernetes-object";
import { parseImageReference } from "./image-reference";

/** ko's own scheme: a Go import path whose image is built and filled in when a release is made. */
export const KO_SCHEME = "ko://";

/** `-entrypoint-image`, `--shell-image-win`: flags of Tekton's controllers whose value is an image. */
const IMAGE_FLAG = /^--?[a-z-]*image(?:-win)?$/;

/**
 * Rewrites every image reference of a manifest in place order and leaves everything else as it is. Image references are
 * - the value of a key `image` that is a text,
 * - the element after an image flag in `args` or `command`,
 * - any whole text that starts with `ko://` or is a reference with a digest.
 *
 * Places are visited in the canonical order (keys sorted, arrays in order), so that the n-th image of an object means
 * the same place in every rendering of it.
 */
export function mapImages(value: unknown, rewrite: (reference: string) => string): unknown {
    if (typeof value === "string") {
        return value.startsWith(KO_SCHEME) || isPinnedOrOpen(value) ? rewrite(value) : value;
    }
    if (Array.isArray(value)) {
        return value.map((element: unknown, at): unknown => {
            const before: unknown = value[at - 1];
            return typeof element === "string" && typeof before === "string" && IMAGE_FLAG.test(before)
                ? rewrite(element)
                : mapImages(element, rewrite);
        });
    }
    if (!isRecord(value)) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
            .map(([key, held]) => [
                key,
                key === "image" && typeof held === "string" ? rewrite(held) : mapImages(held, rewrite),
            ]),
    );
}

/** The look for an @ first is for speed: schemas hold thousands of long descriptions. */
function isPinnedOrOpen(text: string): boolean {
    return text.includes("@") && parseImageReference(text)?.digest !== undefined;
}
