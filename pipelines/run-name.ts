/**
 * What stands behind the commit in the names of its runs, in their order: a commit whose run failed is built again when its
 * merge is delivered again.
 */
export const ATTEMPTS = ["", "-2", "-3", "-4", "-5", "-6", "-7", "-8", "-9"] as const;

/** Stands for a commit where its name is shown. */
const COMMIT = "<commit>";
const COMMIT_LENGTH = 40;

/** From here on Tekton puts a hash of the run's name into a task run's: `ChildName` in knative.dev/pkg/kmeta/names.go. */
const LONGEST_NAME = 63;

/**
 * The name of a run, which says what it builds. Tekton takes a task run for one of a run by its name, the run's with the
 * task's behind it, and does not ask whose it is.
 *
 * @param attempt - one of {@link ATTEMPTS}
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go (GetTaskRunName)
 */
export function runName(prefix: string, commit: string, attempt: string): string {
    return `${prefix}${commit}${attempt}`;
}

/**
 * What the names of a pipeline's runs begin with.
 *
 * @throws Error when a task run would get a name with a hash in it, which may be that of a task run of another run
 */
export function runNamePrefix(pipeline: string, taskNames: readonly string[]): string {
    const prefix = `${pipeline}-`;
    const name = `${runName(prefix, COMMIT, longestOf(ATTEMPTS))}-${longestOf(taskNames)}`;
    const length = name.length - COMMIT.length + COMMIT_LENGTH;
    if (length > LONGEST_NAME) {
        throw new Error(
            `Task runs of the pipeline ${pipeline} would be named up to ${name}, which has ${String(length)} characters; ` +
                `no more than ${String(LONGEST_NAME)} are allowed, as Tekton puts a hash into longer names: give the ` +
                `pipeline or the task ${longestOf(taskNames)} a shorter name.`,
        );
    }
    return prefix;
}

function longestOf(names: readonly string[]): string {
    return names.reduce((one, other) => (other.length > one.length ? other : one), "");
}
