import type { artifactregistry } from "@pulumi/gcp/types/input";

/** How many days an image without a tag stays, unless it is told otherwise. */
export const UNTAGGED_DAYS = 180;

/** Bounds of that: a build that nobody promoted yet must not be lost over a holiday. */
const FEWEST_DAYS = 30;
const MOST_DAYS = 3650;

/** Of each image, so many of the newest versions stay in any case: attestations, signatures and single platforms are versions too. */
const NEWEST_VERSIONS = 100;

const DAY_SECONDS = 24 * 60 * 60;

/**
 * What Artifact Registry deletes by itself: versions without a tag that are so many days old. Where one of the other rules
 * says KEEP, that counts.
 *
 * - `sha256-…` is where signatures, attestations and referrers of OCI are. They would be kept without a rule, having a tag.
 * - The age is counted from the upload, not from when the tag was taken. Without `keep-newest` the release before would go on
 *   the day of a new one, where merges are rare.
 * - An image of an index has no tag of its own. As long as the index is there, the registry refuses to delete it:
 *   GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE (https://github.com/GoogleCloudPlatform/gcr-cleaner/issues/118).
 *
 * @param untaggedDays - 30 to 3650
 * @throws Error for another number of days
 * @see https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview
 */
export function imageCleanup(untaggedDays: number): artifactregistry.RepositoryCleanupPolicy[] {
    if (!Number.isInteger(untaggedDays) || untaggedDays < FEWEST_DAYS || untaggedDays > MOST_DAYS) {
        throw new Error(
            `untaggedDays is ${String(untaggedDays)}; it must be a whole number of days, ${String(FEWEST_DAYS)} to ${String(MOST_DAYS)}`,
        );
    }
    return [
        {
            id: "keep-attestations",
            action: "KEEP",
            condition: { tagState: "TAGGED", tagPrefixes: ["sha256-"] },
        },
        { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: NEWEST_VERSIONS } },
        {
            id: "delete-untagged",
            action: "DELETE",
            // In seconds, as the service answers.
            condition: { tagState: "UNTAGGED", olderThan: `${String(untaggedDays * DAY_SECONDS)}s` },
        },
    ];
}
