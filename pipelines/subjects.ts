/** An image that a run must push: one manifest, or an index with a manifest for each platform. */
export interface DeclaredImage {
    /** Full name of the repository that receives it. */
    readonly repository: string;
    /** `os/arch` each. With more than one, an index of theirs is pushed. */
    readonly platforms: readonly string[];
}

/**
 * What a TaskRun's results may take. The kubelet passes them on in the pod's termination message, 4096 bytes in all, in
 * which Tekton also writes names, types and a start time.
 *
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/docs/tasks.md#larger-results-using-sidecar-logs
 */
export const MAX_RESULT_BYTES = 4096 - 256;

/** What a single-platform image is built for, where nothing else is said. */
export const DEFAULT_PLATFORM = "linux/amd64";

const DIGEST_HEX = 64;
const DIGEST_BYTES = "@sha256:".length + DIGEST_HEX;
/** A line break takes two bytes: results travel as JSON. */
const LINE_BREAK_BYTES = 2;

/** A statement but for its subjects: some 4000 bytes were seen, with three Tasks. */
const STATEMENT_BYTES = 8192;
/** What a push Task adds to a statement: the definition that was resolved, and its part of the run's spec. */
const STATEMENT_BYTES_OF_A_TASK = 512;

/** `host.name/path` or `host:port/path`; paths by https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const REPOSITORY = /^(?=[^/]*[.:])[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$/;
/** `os/arch` or `os/arch/variant`: https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/;

/** How many of an image's manifests are named by digest: an index, and each of its images. */
export function manifestsOf({ platforms }: DeclaredImage): number {
    return platforms.length === 1 ? 1 : 1 + platforms.length;
}

/** The repository of every manifest that a run pushes: one with an index is there once for it and once for each platform. */
export function repositoriesOf(images: readonly DeclaredImage[]): string[] {
    return images.flatMap((image) => Array.from({ length: manifestsOf(image) }, () => image.repository));
}

/** An image and its place among all that are declared. */
export interface PlacedImage {
    readonly image: DeclaredImage;
    readonly index: number;
}

/**
 * Divides the images, in their order, into as few shares as their names need: what one push Task can state as its result.
 *
 * @param maxStatementBytes - the largest statement that the log keeps whole
 * @throws Error when an image cannot be declared so, when one alone does not fit a result, or when the statement about all of
 *   them would be larger than what the log keeps
 */
export function sharesOf(images: readonly DeclaredImage[], maxStatementBytes: number): readonly PlacedImage[][] {
    checkImages(images);
    const shares: PlacedImage[][] = [];
    let room = 0;
    for (const [index, image] of images.entries()) {
        const bytes = resultBytes(image);
        const share = shares.at(-1);
        if (share === undefined || bytes > room) {
            shares.push([{ image, index }]);
            room = MAX_RESULT_BYTES - bytes;
        } else {
            share.push({ image, index });
            room -= bytes;
        }
    }
    checkStatement(images, shares.length, maxStatementBytes);
    return shares;
}

function resultBytes(image: DeclaredImage): number {
    return manifestsOf(image) * (image.repository.length + DIGEST_BYTES + LINE_BREAK_BYTES);
}

function checkImages(images: readonly DeclaredImage[]): void {
    if (images.length === 0) {
        throw new Error("No image to push: name at least one repository.");
    }
    const repositories = images.map(({ repository }) => repository);
    for (const [index, image] of images.entries()) {
        const { repository, platforms } = image;
        if (!REPOSITORY.test(repository)) {
            throw new Error(
                `"${repository}" is no repository: write <registry host[:port]>/<path>, without a tag or digest.`,
            );
        }
        if (repositories.indexOf(repository) !== index) {
            throw new Error(`"${repository}" would receive two images: give each a repository of its own.`);
        }
        if (platforms.length === 0 || new Set(platforms).size !== platforms.length) {
            throw new Error(
                `"${repository}" is for the platforms ${platforms.join(", ") || "of no machine"}: name at least one, and each once.`,
            );
        }
        for (const platform of platforms.filter((candidate) => !PLATFORM.test(candidate))) {
            throw new Error(`"${platform}" is no platform: write os/arch or os/arch/variant, as in linux/arm64.`);
        }
        if (resultBytes(image) > MAX_RESULT_BYTES) {
            throw new Error(
                `"${repository}" with its ${String(manifestsOf(image))} manifest(s) needs ${String(resultBytes(image))} bytes of a Task's results, ` +
                    `and ${String(MAX_RESULT_BYTES)} fit: shorten the repository's name or build it for fewer platforms.`,
            );
        }
    }
}

function checkStatement(images: readonly DeclaredImage[], tasks: number, maxStatementBytes: number): void {
    const subjects = repositoriesOf(images).map((name) => ({ name, digest: { sha256: "0".repeat(DIGEST_HEX) } }));
    const bytes = JSON.stringify(subjects).length + STATEMENT_BYTES + tasks * STATEMENT_BYTES_OF_A_TASK;
    if (bytes > maxStatementBytes) {
        throw new Error(
            `${String(subjects.length)} subjects make a statement of about ${String(bytes)} bytes, and the log keeps none of more than ` +
                `${String(maxStatementBytes)}: shorten the repository names or build the images as several entries.`,
        );
    }
}
