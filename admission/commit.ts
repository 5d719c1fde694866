import { text } from "./cel";

/** The one param that a merge chooses. */
export const COMMIT = "commit";

/** Matched from the first to the last byte: `^` and `$` would do today, but mean lines where a flag says so. */
const FULL_SHA = "\\A[0-9a-f]{40}\\z";

/** The value of a param is a full SHA of 40 lower-case hexadecimal digits. */
export function isFullSha(value: string): string {
    return `type(${value}) == string && ${value}.matches(${text(FULL_SHA)})`;
}
