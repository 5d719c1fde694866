import type { MergeBuildInput, MergeBuildStep } from "../../pipelines/merge-build";
import { ATTEMPTS } from "../../pipelines/run-name";
import { ARGS, COMMIT, HURRIED, runStep, step, UID } from "./merge-values";
import { HOSTILE, Shell, type Outcome } from "./shell";

let shell: Shell;
afterEach(() => {
    shell.remove();
});

const run = (one: MergeBuildStep, given?: Partial<Record<MergeBuildInput, string>>): Outcome =>
    runStep(shell, one, given);

/** What the stand-in for the API server keeps of a run: when it was created, the status of its condition, and `spec.status`. */
type Kept = readonly [created: string, succeeded: string, status?: string];

const NAME = `ko-${COMMIT}`;
const NOW = "2026-03-01T12:00:09Z";
const EARLIER = "2026-03-01T11:00:00Z";
const PENDING = "PipelineRunPending";
const START =
    '[{"op":"test","path":"/spec/status","value":"PipelineRunPending"},{"op":"remove","path":"/spec/status"}]';
const CANCEL = '{"spec":{"status":"Cancelled"}}';

/** An API server with these runs. @param change - shell text before a run is created or patched, whose name is in `$name`, or all are listed */
function cluster(
    runs: Readonly<Record<string, Kept>>,
    change: Readonly<Partial<Record<"create" | "patch" | "list", string>>> = {},
): Shell {
    const made = new Shell({
        kubectl: `
            file=$(printf '%s\\n' "$@" | grep '\\.json$' || true)
            [ -z "$file" ] || name=$(grep -o '"name":"ko-[^"]*"' "$file" | cut -d '"' -f 4)
            of() { cut -d , -f "$2" < "$SHARED/runs.d/$1"; }
            each() { for run in "$SHARED"/runs.d/*; do [ ! -f "$run" ] || "$1" "\${run##*/}"; done; }
            short() { echo "$(of "$1" 1) $1 $(of "$1" 2)"; }
            long() { echo "$(short "$1"),$(of "$1" 3)"; }
            case "$1" in
                create)
                    [ ! -f "$SHARED/runs.d/$name" ] || { echo "Error from server (AlreadyExists): $name" >&2; exit 1; }
                    ${change.create ?? ":"}
                    mkdir -p "$SHARED/runs.d"
                    echo "${NOW},,$(grep -o '"status":"[^"]*"' "$file" | cut -d '"' -f 4)" > "$SHARED/runs.d/$name"
                    printf '%s %s' "$name" ${UID} ;;
                get)
                    case "$*" in
                        *' pipelineruns '*spec.status*) ${change.list ?? ":"}; each long ;;
                        *' pipelineruns '*) each short ;;
                        *metadata.creationTimestamp*) of "$7" 1 ;;
                        *metadata.uid*) printf '%s old-uid' "$name" ;;
                        *spec.status*) of "$7" 3 ;;
                        *) of "\${name:-$7}" 2 ;;
                    esac ;;
                patch)
                    name=$3
                    ${change.patch ?? ":"}
                    patch=\${*##* --patch }
                    kept="$(of "$name" 1),$(of "$name" 2)"
                    case "$patch" in
                        '${CANCEL}') kept=$kept,Cancelled ;;
                        '${START}'*) [ "$(of "$name" 3)" = ${PENDING} ] || { echo test failed >&2; exit 1; }; kept=$kept, ;;
                        *) exit 9 ;;
                    esac
                    echo "$kept" > "$SHARED/runs.d/$name"
                    printf '%s %s\\n' "$name" "$patch" >> "$SHARED/patched" ;;
            esac`,
    });
    for (const [name, kept] of Object.entries(runs)) {
        made.write(`runs.d/${name}`, `${kept.join(",")}\n`);
    }
    return made;
}

/** Which runs were started or cancelled, in this order. */
const patched = (patch: string): string[] =>
    (shell.has("patched") ? shell.read("patched").split("\n") : [])
        .filter((line) => line.includes(` ${patch}`))
        .map((line) => line.split(" ")[0] ?? "");
const started = (): string[] => patched(START);
const cancelled = (): string[] => patched(CANCEL);

/** What happens while a merge waits, each time that it does. */
function meanwhile(script: string): void {
    shell.write("bin/sleep", `#!/bin/sh\n/bin/sleep 0.05\n${script}\n`);
}

describe("create-run", () => {
    /** The step of a merge that takes it for granted that it sees all that came before. */
    const settled: MergeBuildStep = { ...step("create-run"), env: { ...step("create-run").env, SETTLE_SECONDS: "0" } };
    const GOES_ON: Kept = [EARLIER, "Unknown"];
    const WAITS: Kept = [EARLIER, "Unknown", PENDING];
    const looks = (): number => shell.calls().filter((call) => call.includes(" pipelineruns ")).length;

    test("lets kubectl keep its cache in the shared directory, for a trigger has no home", () => {
        shell = cluster({}, { create: 'echo "$KUBECACHEDIR" > "$SHARED/cache"' });
        expect(run(step("create-run")).code).toBe(0);
        expect(shell.read("cache")).toBe(`${shell.path("kubectl-cache")}\n`);
    });

    test("creates the run of exactly this commit, named after it, and remembers its name and uid", () => {
        shell = cluster({});
        expect(run(step("create-run"))).toMatchObject({ code: 0, stdout: `created PipelineRun ${NAME}\n` });
        expect(shell.read("run")).toBe(`${NAME} ${UID}\n`);
        expect(JSON.parse(shell.read("run.json"))).toMatchObject({
            kind: "PipelineRun",
            metadata: { name: NAME, namespace: "builds" },
            spec: {
                params: [
                    { name: "url", value: "https://git.test/team/app" },
                    { name: "commit", value: COMMIT },
                ],
                status: PENDING,
            },
        });
    });

    test("starts it at once, after it was created, when nobody else waits and fewer go on than may", () => {
        shell = cluster({ "ko-one": GOES_ON, "ko-two": [EARLIER, "True"], "ko-three": [EARLIER, "False"] });
        expect(run(step("create-run")).code).toBe(0);
        expect(shell.calls().map((call) => call.split(" ")[1])).toEqual(["create", "get", "patch"]);
        expect(started()).toEqual([NAME]);
    });

    test.each(["Unknown", "", "True"])(
        "finds the run that an earlier delivery started, when its status is %j, makes no other and leaves it as it is",
        (status) => {
            shell = cluster({ [NAME]: [EARLIER, status] });
            expect(run(step("create-run"))).toMatchObject({ code: 0, stdout: `found PipelineRun ${NAME}\n` });
            expect(shell.read("run")).toBe(`${NAME} old-uid\n`);
            expect([shell.has("created"), shell.has("patched")]).toEqual([false, false]);
        },
    );

    test("finds the run that an earlier delivery left waiting, which keeps its place", () => {
        shell = cluster({ "ko-one": GOES_ON, [NAME]: WAITS, "ko-younger": [NOW, "Unknown", PENDING] });
        expect(run(settled)).toMatchObject({ code: 0, stdout: `found PipelineRun ${NAME}\n` });
        expect(started()).toEqual([NAME]);
    });

    test("builds a commit anew whose runs failed, under a name of its own", () => {
        shell = cluster({ [NAME]: [EARLIER, "False"], [`${NAME}-2`]: [EARLIER, "False"] });
        expect(run(step("create-run"))).toMatchObject({ code: 0, stdout: `created PipelineRun ${NAME}-3\n` });
        expect(started()).toEqual([`${NAME}-3`]);
    });

    test("gives up when all attempts failed, and says what to do", () => {
        shell = cluster(
            Object.fromEntries(ATTEMPTS.map((attempt) => [`${NAME}${attempt}`, [EARLIER, "False"] as const])),
        );
        const outcome = run(step("create-run"));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(`${NAME}-9 failed, as did all before it`);
    });

    test("waits while as many runs go on as may, and is started when one has ended", () => {
        // One that is being cancelled has not ended yet.
        shell = cluster({ "ko-one": GOES_ON, "ko-two": [EARLIER, "", "Cancelled"], "ko-three": [EARLIER, "True"] });
        meanwhile(`[ ! -f "$SHARED/patched" ] || exit 9; printf '${EARLIER},True' > "$SHARED/runs.d/ko-one"`);
        expect(run(step("create-run"))).toMatchObject({
            code: 0,
            stdout: `created PipelineRun ${NAME}\n2 runs go on or came before, and no more than 2 may go on: waiting\n`,
        });
        expect([started(), looks()]).toEqual([[NAME], 2]);
    });

    test.each<[string, string, Kept]>([
        ["an older one", "ko-older", WAITS],
        ["one of the same second whose name comes first", "ko-0000", [NOW, "", PENDING]],
    ])("lets those that came before start first, and starts them itself: %s", (_what, first, kept) => {
        shell = cluster({ "ko-one": GOES_ON, [first]: kept });
        meanwhile(`printf '${EARLIER},True' > "$SHARED/runs.d/ko-one"`);
        expect(run(settled).stdout).toContain("2 runs go on or came before, and no more than 2 may go on: waiting\n");
        expect(started()).toEqual([first, NAME]);
    });

    test("counts none that is younger, and starts none", () => {
        shell = cluster({
            "ko-one": GOES_ON,
            "ko-younger": ["2026-03-01T12:00:10Z", "", PENDING],
            "ko-zz": [NOW, "", PENDING],
        });
        expect(run(settled)).toMatchObject({ code: 0, stdout: `created PipelineRun ${NAME}\n` });
        expect(started()).toEqual([NAME]);
    });

    test("starts as many as may go on, and no more", () => {
        shell = cluster({ "ko-a": WAITS, "ko-b": WAITS, "ko-c": WAITS });
        meanwhile(
            `cp "$SHARED/patched" "$SHARED/first"; for run in a b; do printf '${EARLIER},True' > "$SHARED/runs.d/ko-$run"; done`,
        );
        expect(run(settled).code).toBe(0);
        expect(shell.read("first").match(/^ko-./gm)).toEqual(["ko-a", "ko-b"]);
        expect(started()).toEqual(["ko-a", "ko-b", "ko-c", NAME]);
    });

    test("starts nothing while others wait, until all that came before can be seen", () => {
        shell = cluster({ "ko-younger": ["2026-03-01T12:00:10Z", "", PENDING] });
        meanwhile(`[ -f "$SHARED/runs.d/ko-0" ] || printf '${EARLIER},,${PENDING}' > "$SHARED/runs.d/ko-0"`);
        expect(run({ ...settled, env: { ...settled.env, SETTLE_SECONDS: "2" } }).code).toBe(0);
        expect([started(), looks() >= 2]).toEqual([["ko-0", NAME], true]);
    });

    test.each(["Unknown,", "Unknown,Cancelled", "False,Cancelled"])(
        "waits no longer when somebody else started or cancelled its run: %s",
        (kept) => {
            shell = cluster({ "ko-one": GOES_ON, "ko-two": GOES_ON });
            meanwhile(`printf '${NOW},${kept}' > "$SHARED/runs.d/${NAME}"`);
            expect([run(step("create-run")).code, started()]).toEqual([0, []]);
        },
    );

    test("goes on when another starts the run in the same moment, and is red when nobody can", () => {
        shell = cluster({}, { patch: `echo '${NOW},Unknown,' > "$SHARED/runs.d/$name"` });
        expect(run(step("create-run"))).toMatchObject({ code: 0, stderr: "" });
        shell.remove();
        shell = cluster({}, { patch: "echo is forbidden >&2; exit 1" });
        expect(run(step("create-run"))).toMatchObject({
            code: 1,
            stderr: `is forbidden\nPipelineRun ${NAME} could not be started\ncreate-run: deliver this merge again\n`,
        });
    });

    test("is red when its turn does not come in time, and says that its run keeps its place", () => {
        shell = cluster({ "ko-one": GOES_ON, "ko-two": [EARLIER, ""] });
        const outcome = run(step("create-run", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(`2 runs still go on or come before ${NAME} after 1 seconds`);
        expect(outcome.stderr).toContain("it keeps its place, and this merge delivered again goes on waiting");
        expect([started(), shell.read(`runs.d/${NAME}`)]).toEqual([[], `${NOW},,${PENDING}\n`]);
    });

    test.each([
        "main",
        "",
        COMMIT.slice(1),
        `${COMMIT}0`,
        COMMIT.toUpperCase(),
        `${COMMIT}\n`,
        `${COMMIT}"}`,
        ...HOSTILE,
    ])("refuses %j as a commit before kubectl is called", (commit) => {
        shell = cluster({});
        expect(run(step("create-run"), { COMMIT: commit }).code).toBe(1);
        expect(shell.calls()).toEqual([]);
        expect(shell.has("hacked")).toBe(false);
    });

    test.each(["exit 1", "exit 0", "printf ko-abcde; exit 0"])("fails when kubectl does on create: %s", (create) => {
        shell = cluster({}, { create });
        expect(run(step("create-run")).code).not.toBe(0);
        expect(shell.has("run")).toBe(false);
    });

    test("asks again when the API server does not answer, and when another's run cannot be started", () => {
        shell = cluster(
            { "ko-a": WAITS },
            {
                list: '[ -f "$SHARED/restarted" ] || { touch "$SHARED/restarted"; exit 1; }',
                patch: '[ "$name" != ko-a ] || { echo ko-a is locked >&2; exit 1; }',
            },
        );
        const outcome = run(settled);
        expect([outcome.code, outcome.stderr]).toEqual([0, "ko-a is locked\nPipelineRun ko-a could not be started\n"]);
        expect(started()).toEqual([NAME]);
    });

    test("fails when the API server says nothing of other runs, and starts nothing", () => {
        shell = new Shell({ kubectl: `case "$1" in create) printf '%s %s' ${NAME} ${UID} ;; *) exit 1 ;; esac` });
        const outcome = run(step("create-run", HURRIED));
        expect([outcome.code, outcome.stderr]).toEqual([
            1,
            expect.stringContaining("does not say which runs") as unknown,
        ]);
        expect(new Set(shell.calls().map((call) => call.split(" ")[1]))).toEqual(new Set(["create", "get"]));
    });
});

describe("create-run that cancels older runs", () => {
    const CANCELLING = { ...ARGS, cancelOlder: true };

    test("cancels every run that is older and goes on, has not begun or waits, and no other; its own is started", () => {
        shell = cluster({
            "ko-ended": [EARLIER, "True"],
            "ko-failed": [EARLIER, "False"],
            "ko-goes-on": ["2026-03-01T12:00:08Z", "Unknown"],
            "ko-new": ["2025-12-31T23:59:59Z", ""],
            "ko-newer": ["2026-03-01T12:00:10Z", "Unknown"],
            "ko-same-second": [NOW, "Unknown"],
            "ko-waits": [EARLIER, "Unknown", PENDING],
        });
        expect(run(step("create-run", CANCELLING))).toMatchObject({
            code: 0,
            stdout: [
                `created PipelineRun ${NAME}\n`,
                ...["goes-on", "new", "waits"].map(
                    (name) => `cancelled PipelineRun ko-${name}, which is of an older merge\n`,
                ),
            ].join(""),
        });
        expect([started(), cancelled()]).toEqual([[NAME], ["ko-goes-on", "ko-new", "ko-waits"]]);
        expect(shell.read("run")).toBe(`${NAME} ${UID}\n`);
    });

    test("cancels none where the setting does not say so, and none before its own run is there", () => {
        shell = cluster({ "ko-older": [EARLIER, "Unknown"] });
        expect(run(step("create-run", { ...ARGS, maxRuns: 9 })).code).toBe(0);
        expect(cancelled()).toEqual([]);
        shell.remove();
        shell = new Shell({ kubectl: 'case "$1" in create) exit 1 ;; *) echo "ko-older Unknown" ;; esac' });
        expect(run(step("create-run", CANCELLING)).code).toBe(1);
        expect(shell.calls().filter((call) => call.startsWith("kubectl patch"))).toEqual([]);
    });

    test("waits for none of those that it cancels", () => {
        shell = cluster(
            Object.fromEntries(["one", "two", "three"].map((name) => [`ko-${name}`, [EARLIER, ""] as const])),
        );
        const outcome = run(step("create-run", { ...CANCELLING, timeoutSeconds: { turn: 1, run: 1, provenance: 1 } }));
        expect([outcome.code, started(), cancelled()]).toEqual([0, [NAME], ["ko-one", "ko-three", "ko-two"]]);
    });

    test("goes on when a newer merge has cancelled its run before it began", () => {
        shell = cluster({}, { patch: `echo '${NOW},,Cancelled' > "$SHARED/runs.d/$name"` });
        expect(run(step("create-run", CANCELLING)).stdout).toBe(`created PipelineRun ${NAME}\n`);
        expect(started()).toEqual([]);
    });

    test("is, when delivered again, as old as its first run, and cancels nothing that came after that", () => {
        const newer = { "ko-newer": ["2026-03-01T12:00:05Z", "Unknown"] } as const;
        shell = cluster({
            ...newer,
            [NAME]: ["2026-03-01T12:00:00Z", "False"],
            "ko-old": ["2026-03-01T11:59:59Z", ""],
        });
        expect(run(step("create-run", CANCELLING)).stdout).toContain(`created PipelineRun ${NAME}-2\n`);
        expect(cancelled()).toEqual(["ko-old"]);
        shell.remove();
        shell = cluster({
            ...newer,
            [NAME]: ["2026-03-01T12:00:00Z", "Unknown"],
            "ko-old": ["2026-03-01T11:59:59Z", ""],
        });
        expect(run(step("create-run", CANCELLING)).stdout).toContain(`found PipelineRun ${NAME}\n`);
        expect([started(), cancelled()]).toEqual([[], ["ko-old"]]);
    });

    test("goes on when a run has ended before it could be cancelled, and is red when one goes on", () => {
        const older = { "ko-older": [EARLIER, "Unknown"] } as const;
        const notCancelled = (then: string): { patch: string } => ({
            patch: `[ "$name" != ko-older ] || { ${then}; exit 1; }`,
        });
        shell = cluster(
            older,
            notCancelled(`echo "${EARLIER},True" > "$SHARED/runs.d/ko-older"; echo is complete >&2`),
        );
        expect(run(step("create-run", CANCELLING))).toMatchObject({ code: 0, stdout: `created PipelineRun ${NAME}\n` });
        shell.remove();
        shell = cluster(older, notCancelled("echo is forbidden >&2"));
        const outcome = run(step("create-run", CANCELLING));
        expect([outcome.code, outcome.stderr]).toEqual([
            1,
            "is forbidden\ncreate-run: PipelineRun ko-older of an older merge could not be cancelled: deliver this merge again\n",
        ]);
    });

    test("cancels nothing when the API server does not say how old its own run is", () => {
        shell = cluster({ [NAME]: ["", "Unknown"], "ko-older": [EARLIER, "Unknown"] });
        const outcome = run(step("create-run", CANCELLING));
        expect([outcome.code, cancelled()]).toEqual([1, []]);
        expect(outcome.stderr).toContain(`does not say how old ${NAME} is`);
    });
});
