/** When something was seen, in milliseconds since 1970. */
export type Moment = number;

/** What is seen of a Task of a run. */
export interface TaskMoments {
    readonly podCreated: Moment;
    /** The pod has a node: volume and place are found. */
    readonly scheduled: Moment;
    /** The step's own work begins: containers are made, Tekton's own have run. */
    readonly started: Moment;
    readonly exited: Moment;
    /** Tekton says that the Task has ended. */
    readonly done: Moment;
}

/** What is seen of a merge, from the push on. */
export interface MergeMoments {
    readonly pushed: Moment;
    /** The first step of the merge begins. */
    readonly taken: Moment;
    readonly runCreated: Moment;
    /** Its turn has come. */
    readonly runStarted: Moment;
    /** In their order: one begins when the one before has ended. */
    readonly tasks: readonly TaskMoments[];
    readonly runDone: Moment;
    /** Chains has come to this run, made and signed its statement, and begins to write. */
    readonly written: Moment;
    /** The attestation is in the registry. */
    readonly stored: Moment;
    /** And in the log. */
    readonly logged: Moment;
    /** The run is seen to be signed. Nobody waits for that: verification may have ended before. */
    readonly marked: Moment;
    /** Every image's provenance is verified, and whether a newer merge has the tags is known. */
    readonly verified: Moment;
    /** The tags are moved. */
    readonly promoted: Moment;
}

/** The stages of a merge, in the order in which they come first. */
export const STAGES = [
    "hook",
    "admission",
    "turn",
    "controller",
    "scheduling",
    "pods",
    "steps",
    "chains",
    "registry",
    "log",
    "mark",
    "verification",
    "promotion",
] as const;

export type Stage = (typeof STAGES)[number];

/** How long each stage took, in milliseconds; together they are the whole. */
export type StageTimes = Readonly<Record<Stage, number>>;

/**
 * Cuts the time from the push to the moved tags into stages, without a gap. `steps` is the work of the build itself; all else is the platform's
 * share. A stage that comes with each Task is the sum over all.
 *
 * @throws Error when the moments are in an order in which nothing happens, for then something was seen wrongly
 */
export function stagesOf(merge: MergeMoments): StageTimes {
    const { pushed, taken, runCreated, runStarted, tasks, runDone, written, stored, logged, verified, promoted } =
        merge;
    // Whoever verifies looks at registry and log alone: a mark that comes later than that is no part of the merge's time.
    const marked = merge.marked > verified ? logged : merge.marked;
    const moments = [
        pushed,
        taken,
        runCreated,
        runStarted,
        ...tasks.flatMap(({ podCreated, scheduled, started, exited, done }) => [
            podCreated,
            scheduled,
            started,
            exited,
            done,
        ]),
        runDone,
        written,
        stored,
        logged,
        marked,
        verified,
        promoted,
    ];
    const wrong = moments.findIndex((moment, index) => !(moment >= (moments[index - 1] ?? moment)));
    if (tasks.length === 0 || wrong !== -1) {
        throw new Error(
            `a merge without Tasks, or whose moments are in no order (number ${String(wrong)}), cannot be cut into stages: ${JSON.stringify(merge)}`,
        );
    }
    const total = (length: (task: TaskMoments, before: Moment) => number): number =>
        tasks.reduce((sum, task, index) => sum + length(task, tasks[index - 1]?.done ?? runStarted), 0);
    return {
        hook: taken - pushed,
        admission: runCreated - taken,
        turn: runStarted - runCreated,
        controller: total(({ podCreated }, before) => podCreated - before) + runDone - (tasks.at(-1)?.done ?? runDone),
        scheduling: total(({ podCreated, scheduled }) => scheduled - podCreated),
        pods: total(({ scheduled, started, exited, done }) => started - scheduled + (done - exited)),
        steps: total(({ started, exited }) => exited - started),
        chains: written - runDone,
        registry: stored - written,
        log: logged - stored,
        mark: marked - logged,
        verification: verified - marked,
        promotion: promoted - verified,
    };
}

/** All stages together. */
export function wholeOf(times: StageTimes): number {
    return STAGES.reduce((sum, stage) => sum + times[stage], 0);
}

/** What the platform adds to the build's own work. */
export function platformShare(times: StageTimes): number {
    return wholeOf(times) - times.steps;
}

/** The middle one; of an even number of values the mean of the two in the middle. @throws Error when there is none */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
    if (low === undefined || high === undefined) {
        throw new Error("of no values there is no median");
    }
    return (low + high) / 2;
}
