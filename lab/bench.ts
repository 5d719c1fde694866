import { spawn } from "node:child_process";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildsNamespace } from "../names";
import { PROJECT_FOLDER } from "../plan/project";
import { ChainsLogs } from "./bench/chains-logs";
import { stagesOf, type MergeMoments, type Moment, type StageTimes } from "./bench/stages";
import { crowd, mostAtOnce, table } from "./bench/table";
import { Watch } from "./bench/watch";
import { attach, down, type Lab } from "./lab";
import { changeGreeting } from "./platform/hello-source";
import { platform } from "./platform/platform";
import { labSettings } from "./platform/settings";
import { workingCopy, workingFolder } from "./platform/working-copy";
import { forgeOf, type Forge } from "./stand-ins/forge/forge";

/** The repository whose build takes the shortest time, and how its runs' names begin. */
const REPOSITORY = "hello";
const RUN = "ko-";

/** So many merges one after another. */
const SINGLE = 5;
/** So many runs may go on at a time on the benchmark's own lab. */
const MAX_RUNS = 20;
/** So many at once: one more. */
const CROWD = MAX_RUNS + 1;

/** What a merge left is seen this much after its end at the latest, or not at all: watches and logs tell of it one by one. */
const LATE_SECONDS = 5;

/** The lab of a benchmark that nobody gave one. */
const OWN_LAB = "bench";

/** None takes this long, the last of a crowd included. */
const MINUTES = 60;

const usage = `npm run bench             brings a lab up, measures merges on it, and takes it down again
npm run bench -- NAME     measures on the lab NAME, which \`npm run local -- NAME\` brought up, and leaves it`;

function say(text: string): void {
    process.stdout.write(`${text}\n`);
}

/** A merge that was pushed. */
interface Pushed {
    readonly commit: string;
    readonly pushed: Moment;
}

/** Merges, and what becomes of them. */
class Bench {
    private readonly forge: Forge;
    private readonly watch: Watch;
    private readonly logs: ChainsLogs;
    private number = 0;

    constructor(private readonly lab: Lab) {
        this.forge = forgeOf(lab);
        this.watch = new Watch(lab, buildsNamespace(REPOSITORY));
        this.logs = new ChainsLogs(lab);
    }

    stop(): void {
        this.watch.stop();
        this.logs.stop();
    }

    async push(): Promise<Pushed> {
        const folder = workingFolder(this.lab, REPOSITORY);
        const source = workingCopy(folder);
        this.number += 1;
        // Another image each time, or there would be provenance of it before.
        changeGreeting(folder, `${String(this.number)} of ${String(Date.now())}`);
        const commit = await source.commit(`Merge ${String(this.number)}`);
        const pushed = Date.now();
        await source.push("main");
        return { commit, pushed };
    }

    /** Waits for the end of a merge; undefined, and said why, when it got no verified provenance. */
    async ended({ commit, pushed }: Pushed): Promise<StageTimes | undefined> {
        for (const deadline = Date.now() + MINUTES * 60_000; Date.now() < deadline;) {
            const record = this.forge.record(REPOSITORY, commit);
            if (record?.status === "green") {
                return this.stages(commit, pushed);
            }
            if (record?.status === "red") {
                break;
            }
            await sleep(200);
        }
        say(`the merge ${commit} got no verified provenance:\n${this.forge.log(REPOSITORY, commit)}`);
        return undefined;
    }

    /** How many of these merges' runs went on at one time, and how many had to wait. */
    queue(merges: readonly Pushed[]): string {
        const runs = merges.map(({ commit }) => {
            const { started, done } = this.watch.of(`${RUN}${commit}`);
            return complete({ started, done });
        });
        const waited = merges.filter(({ commit }) => this.forge.log(REPOSITORY, commit).includes(": waiting\n"));
        return `at the most ${String(mostAtOnce(runs))} went on at a time; ${String(waited.length)} waited for their turn`;
    }

    /** The stages of a merge that is green; undefined, and said why, when they were not all seen: the others' count all the same. */
    private async stages(commit: string, pushed: Moment): Promise<StageTimes | undefined> {
        for (const deadline = Date.now() + LATE_SECONDS * 1000; ;) {
            try {
                return stagesOf(this.moments(commit, pushed));
            } catch (error) {
                if (Date.now() >= deadline) {
                    say(`the merge ${commit} is green, and not measured: ${String(error)}`);
                    return undefined;
                }
            }
            await sleep(100);
        }
    }

    private moments(commit: string, pushed: Moment): MergeMoments {
        const times = this.forge.times(REPOSITORY, commit);
        const at = (step: string, status = "running"): Moment | undefined =>
            times.find((time) => time.step === step && time.status === status)?.at;
        const { created, started, done, signed, images, tasks } = this.watch.of(`${RUN}${commit}`);
        const { written, stored, logged } = this.logs.of(images);
        return complete({
            pushed,
            taken: at("create-run"),
            runCreated: created,
            runStarted: started,
            tasks: tasks.map((task) =>
                complete({
                    podCreated: task.podCreated,
                    scheduled: task.scheduled,
                    started: task.started,
                    exited: task.exited,
                    done: task.done,
                }),
            ),
            runDone: done,
            written,
            stored,
            logged,
            marked: signed,
            verified: at("promote"),
            promoted: at("promote", "green"),
        });
    }
}

/** The same, when nothing of it is missing. @throws Error naming what is */
function complete<T extends object>(seen: T): { [Name in keyof T]: NonNullable<T[Name]> } {
    const missing = Object.entries(seen).flatMap(([name, moment]) => (moment === undefined ? [name] : []));
    if (missing.length > 0) {
        throw new Error(`not seen of a merge: ${missing.join(", ")}`);
    }
    return seen as { [Name in keyof T]: NonNullable<T[Name]> };
}

/** Measures on a lab. @returns whether every merge got verified provenance */
async function measure(lab: Lab): Promise<boolean> {
    const bench = new Bench(lab);
    try {
        const single: (StageTimes | undefined)[] = [];
        for (let count = 0; count < SINGLE; count += 1) {
            single.push(await bench.ended(await bench.push()));
        }
        const good = single.filter((times) => times !== undefined);
        say(
            `\n${String(SINGLE)} merges of ${REPOSITORY}, one after another; with verified provenance: ${String(good.length)}`,
        );
        if (good.length > 0) {
            say(table(good));
        }
        const start = Date.now();
        const pushed: Pushed[] = [];
        for (let count = 0; count < CROWD; count += 1) {
            pushed.push(await bench.push());
        }
        const ended = await Promise.all(pushed.map((merge) => bench.ended(merge)));
        const all = ended.filter((times) => times !== undefined);
        const wall = Date.now() - start;
        say(`\n${String(CROWD)} merges of ${REPOSITORY} at once; with verified provenance: ${String(all.length)}`);
        if (all.length > 0) {
            say(`${table(all)}\n${crowd(all, wall)}`);
        }
        if (all.length === CROWD) {
            say(bench.queue(pushed));
        }
        return good.length === SINGLE && all.length === CROWD;
    } finally {
        bench.stop();
    }
}

/** `npm run local`, on the benchmark's own lab. */
function local(): Promise<void> {
    const script = ["-r", "ts-node/register", path.join(PROJECT_FOLDER, "lab/local.ts"), "up", OWN_LAB];
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, script, { cwd: PROJECT_FOLDER, stdio: ["ignore", "inherit", "inherit"] });
        child.on("error", reject);
        child.on("close", (code) => {
            if (code === 0) {
                resolve();
            } else {
                reject(new Error("there is no platform to measure: see above"));
            }
        });
    });
}

/** Lets as many runs of the repository go on at a time as a stack may, which the committed stack does not. */
async function widen(lab: Lab): Promise<void> {
    const settings = await labSettings(lab);
    const repositories = settings.repositories.map((repository) =>
        repository.name === REPOSITORY ? { ...repository, maxRuns: MAX_RUNS } : repository,
    );
    const stack = await platform(lab, { settings: { ...settings, repositories } });
    await stack.up();
}

async function main([name, ...rest]: string[]): Promise<boolean> {
    if (rest.length > 0 || name?.startsWith("-") === true) {
        throw new Error(`one name of a lab, or none: ${[name, ...rest].join(" ")}\n${usage}`);
    }
    if (name !== undefined) {
        return measure(attach(name));
    }
    try {
        await local();
        const lab = attach(OWN_LAB);
        await widen(lab);
        return await measure(lab);
    } finally {
        await down(OWN_LAB);
    }
}

main(process.argv.slice(2)).then(
    (good) => {
        process.exitCode = good ? 0 : 1;
    },
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
    },
);
