import { googleName } from "./google-name";

/** Where a repository of Artifact Registry is. */
export interface ImageRepositoryPlace {
    /** Id of the project. */
    project: string;
    /** A region, or `us`, `europe` or `asia`. */
    location: string;
    repository: string;
}

/**
 * Repositories that are reached under the names that Container Registry had, and the one location of each.
 *
 * @see https://cloud.google.com/artifact-registry/docs/transition/gcr-repositories
 */
const CONTAINER_REGISTRY: Readonly<Record<string, string>> = {
    "gcr.io": "us",
    "us.gcr.io": "us",
    "eu.gcr.io": "europe",
    "asia.gcr.io": "asia",
};

/**
 * What every image's name in the repository begins with: `HOST/PROJECT/REPOSITORY`, and `gcr.io/PROJECT` for a repository of
 * that name.
 *
 * @throws Error for a name or a location that cannot be
 */
export function imageRepositoryPath({ project, location, repository }: ImageRepositoryPlace): string {
    if (!/^[a-z]+(?:-[a-z]+[0-9]+)?$/.test(location)) {
        throw new Error(
            `location is "${location}"; it must be one that Artifact Registry has: gcloud artifacts locations list`,
        );
    }
    const only = Object.hasOwn(CONTAINER_REGISTRY, repository) ? CONTAINER_REGISTRY[repository] : undefined;
    if (only === undefined) {
        return `${location}-docker.pkg.dev/${project}/${googleName("repository of images", repository)}`;
    }
    if (location !== only) {
        throw new Error(`the repository ${repository} is in location "${location}"; it can be in "${only}" alone`);
    }
    return `${repository}/${project}`;
}
