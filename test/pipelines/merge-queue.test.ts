import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ARGS, step } from "./merge-values";
import { Shell } from "./shell";

const MERGES = 6;

let shell: Shell;
afterEach(() => {
    shell.remove();
});

/**
 * An API server whose runs are files, each `<created> <spec.status>` or `ended`. It gives a run its time and name, and shows
 * it only a moment later, each after another time, so that younger ones are seen before older ones; a patch takes a moment too.
 */
const API_SERVER = `
set -eu
pause() { /bin/sleep "0.$(printf '%s' "$1" | tail -c 1)"; }
each() { for run in "$RUNS"/ko-*; do [ ! -f "$run" ] || printf '%s %s\\n' "\${run##*/}" "$(cat "$run")"; done; }
case "$1 $*" in
    create*)
        name=$(grep -o '"name":"ko-[^"]*"' "$SHARED/run.json" | cut -d '"' -f 4)
        created=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        pause "$name"
        echo "$created PipelineRunPending" > "$RUNS/.$name"
        mv "$RUNS/.$name" "$RUNS/$name"
        printf '%s uid' "$name" ;;
    get*' pipelineruns '*)
        each | while read -r name created status; do
            [ "$created" = ended ] && echo "2026-03-01T11:00:00Z $name True," || echo "$created $name ,$status"
        done ;;
    get*' pipelinerun '*) cut -d ' ' -f 2 -s "$RUNS/$7" ;;
    patch*)
        pause 9
        mkdir "$RUNS/.lock-$3" 2> /dev/null || { echo test failed >&2; exit 1; }
        read -r created _ < "$RUNS/$3"
        echo "$created" > "$RUNS/.$3.new"
        mv "$RUNS/.$3.new" "$RUNS/$3" ;;
esac`;

test("of merges that come at once no more go on than may, and all are started", async () => {
    shell = new Shell({ kubectl: API_SERVER });
    const runs = join(shell.directory, "runs");
    shell.write("runs/.there", "");
    const { script, env } = step("create-run", { ...ARGS, maxRuns: 2 });
    const commits = Array.from(
        { length: MERGES },
        (_, index) => `${String(MERGES - index).repeat(39)}${String(index)}`,
    );
    let going = commits.length;
    const merges = commits.map(async (commit) => {
        shell.write(`${commit}/there`, "");
        const child = spawn("/bin/sh", ["-c", script], {
            env: {
                ...env,
                PATH: `${join(shell.directory, "bin")}:/usr/bin:/bin`,
                COMMIT: commit,
                SHARED: join(shell.directory, commit),
                RUNS: runs,
                SETTLE_SECONDS: "3",
            },
        });
        const code = await new Promise((resolve) => child.on("close", resolve));
        going -= 1;
        return code;
    });
    const goOn = (): string[] =>
        readdirSync(runs)
            .filter((name) => name.startsWith("ko-"))
            .filter((name) => /^[^ ]*Z\n$/.test(readFileSync(join(runs, name), "utf8")));
    let most = 0;
    for (let look = 1; going > 0; look += 1) {
        const started = goOn();
        most = Math.max(most, started.length);
        // Now and then one ends, when as many go on as may.
        if (look % 10 === 0 && started.length >= 2) {
            writeFileSync(join(runs, started[0] ?? ""), "ended\n");
        }
        await sleep(50);
    }
    most = Math.max(most, goOn().length);
    expect(await Promise.all(merges)).toEqual(commits.map(() => 0));
    expect(most).toBe(2);
}, 60_000);
