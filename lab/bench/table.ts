import { median, platformShare, STAGES, wholeOf, type StageTimes } from "./stages";

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const percent = (part: number): string => `${(part * 100).toFixed(0)} %`;

function row(name: string, ...cells: readonly string[]): string {
    return `${name.padEnd(30)}${cells.map((cell) => cell.padStart(10)).join("")}`;
}

/** The stages of some merges, with the median and the worst of each; a ratio is of one merge and its own whole. */
export function table(merges: readonly StageTimes[]): string {
    const line = (name: string, write: (value: number) => string, value: (times: StageTimes) => number): string => {
        const values = merges.map(value);
        return row(name, write(median(values)), write(Math.max(...values)));
    };
    return [
        row("", "median", "worst"),
        ...STAGES.map((stage) =>
            line(stage === "steps" ? "steps (the build's own)" : stage, seconds, (times) => times[stage]),
        ),
        line("whole", seconds, wholeOf),
        line("the platform's share", seconds, platformShare),
        line("its part of the whole", percent, (times) => platformShare(times) / wholeOf(times)),
    ].join("\n");
}

/** How many runs went on at the same time, at the most. */
export function mostAtOnce(runs: readonly { readonly started: number; readonly done: number }[]): number {
    return Math.max(
        0,
        ...runs.map(({ started }) => runs.filter((run) => run.started <= started && started < run.done).length),
    );
}

/** How many merges came through in which time, and where the slowest one waited. */
export function crowd(merges: readonly StageTimes[], wallMilliseconds: number): string {
    const slowest = merges.reduce((one, other) => (wholeOf(other) > wholeOf(one) ? other : one));
    const waited = [...STAGES].sort((a, b) => slowest[b] - slowest[a]).slice(0, 3);
    return [
        `all in ${seconds(wallMilliseconds)}, ${((merges.length * 60_000) / wallMilliseconds).toFixed(1)} a minute`,
        `the slowest took ${seconds(wholeOf(slowest))}: ${waited.map((stage) => `${stage} ${seconds(slowest[stage])}`).join(", ")}`,
    ].join("\n");
}
