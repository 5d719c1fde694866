import { pipelineRun, type PipelineRunTemplate } from "../run";
import { ATTEMPTS } from "../run-name";
import { PENDING, type StepImage } from "../tekton";
import { preamble, RUN_FILE, type MergeBuildStep } from "./step";

/** Stands where the commit will stand, in the run's name and its param; no setting may contain it. */
const COMMIT_PLACEHOLDER = "@COMMIT@";
/** Stands where one of {@link ATTEMPTS} will stand. */
const ATTEMPT_PLACEHOLDER = "@ATTEMPT@";

/**
 * How long a merge waits, when others wait too, until it takes it for granted that it sees all that came before it. Longer
 * than the API server takes from giving a run its creationTimestamp to storing it, and then to start one.
 */
const SETTLE_SECONDS = 5;

const SUCCEEDED = `{.status.conditions[?(@.type=="Succeeded")].status}`;

const SCRIPT = `${preamble("create-run")}
case "$COMMIT" in
    *[!0-9a-f]*) fail "the commit is not written in lower-case hexadecimal digits: give the full SHA" ;;
esac
[ "\${#COMMIT}" -eq 40 ] || fail "the commit has \${#COMMIT} digits: give the full SHA of 40"

export KUBECACHEDIR="$SHARED/kubectl-cache"
get() { kubectl get --request-timeout 30s --namespace "$NAMESPACE" "$@"; }

# Starts a run that waits; 1 when that cannot be. Somebody else may have started or cancelled it since it was seen.
start() {
    kubectl patch pipelinerun "$1" --request-timeout 30s --namespace "$NAMESPACE" --type json < /dev/null \\
        --patch '[{"op":"test","path":"/spec/status","value":"${PENDING}"},{"op":"remove","path":"/spec/status"}]' \\
        > "$SHARED/problem" 2>&1 && return
    state=$(get pipelinerun "$1" --output 'jsonpath={.spec.status}' < /dev/null) && [ "$state" != ${PENDING} ] && return
    cat "$SHARED/problem" >&2
    printf 'PipelineRun %s could not be started\\n' "$1" >&2
    return 1
}
start_own() { start "$name" || fail "deliver this merge again"; }

# Until the run $name is started, by this or by another merge, or has been cancelled: a merge that comes while too many go on
# waits here, and is not lost.
wait_for_turn() {
    deadline=$(($(date +%s) + TIMEOUT_SECONDS))
    settled=$(($(date +%s) + SETTLE_SECONDS))
    while :; do
        if ! get pipelineruns --output 'jsonpath={range .items[*]}{.metadata.creationTimestamp} {.metadata.name} ${SUCCEEDED},{.spec.status}{"\\n"}{end}' > "$SHARED/runs"; then
            # Whoever waits for hours sees an API server that restarts.
            [ "$(date +%s)" -lt "$deadline" ] || fail "the API server does not say which runs go on"
            sleep 1
            continue
        fi
        grep -v -e ' True,' -e ' False,' "$SHARED/runs" | sort > "$SHARED/going"
        grep ',${PENDING}$' "$SHARED/going" > "$SHARED/waiting" || true
        grep -q " $name " "$SHARED/waiting" || return 0
        started=$(grep -vc ',${PENDING}$' "$SHARED/going" || true)
        # Those before it, and itself.
        sed "/ $name /q" "$SHARED/waiting" > "$SHARED/line"
        others=$((started + $(grep -c . "$SHARED/line") - 1))
        # The API server may show a run a moment after a younger one. Who waits alone need not care; of several, none is started
        # until all see the same. Whoever waits starts those before it too, for nobody may be left who delivers them.
        if [ "$started" -lt "$MAX_RUNS" ] && { [ "$(grep -c . "$SHARED/waiting")" -eq 1 ] || [ "$(date +%s)" -ge "$settled" ]; }; then
            head -n $((MAX_RUNS - started)) "$SHARED/line" > "$SHARED/turn"
            while read -r _ next _; do
                if [ "$next" = "$name" ]; then
                    start_own
                    return 0
                fi
                start "$next" || :
            done < "$SHARED/turn"
        fi
        if [ "$others" -ge "$MAX_RUNS" ] && [ -z "\${told:-}" ]; then
            printf '%s runs go on or came before, and no more than %s may go on: waiting\\n' "$others" "$MAX_RUNS"
            told=yes
        fi
        [ "$(date +%s)" -lt "$deadline" ] ||
            fail "$others runs still go on or come before $name after $TIMEOUT_SECONDS seconds, and no more than $MAX_RUNS may go on: it keeps its place, and this merge delivered again goes on waiting"
        # Who has to wait need not ask as often.
        sleep $((\${told:+4} + 1))
    done
}

# The run's name comes from the commit, so that a merge that is delivered twice makes one run. One that failed is built anew.
did=
for suffix in ${ATTEMPTS.map((attempt) => `"${attempt}"`).join(" ")}; do
    # Forty hexadecimal digits cannot end a JSON string, so they may stand in one.
    printf '%s\\n' "$RUN" | sed -e "s/${COMMIT_PLACEHOLDER}/$COMMIT/g" -e "s/${ATTEMPT_PLACEHOLDER}/$suffix/" > "$SHARED/run.json"
    if run=$(kubectl create --request-timeout 30s --filename "$SHARED/run.json" \\
        --output 'jsonpath={.metadata.name} {.metadata.uid}' 2> "$SHARED/problem"); then
        did=created
        break
    fi
    if ! grep -q AlreadyExists "$SHARED/problem"; then
        cat "$SHARED/problem" >&2
        fail "the run could not be created"
    fi
    run=$(get --filename "$SHARED/run.json" --output 'jsonpath={.metadata.name} {.metadata.uid}')
    if [ "$(get --filename "$SHARED/run.json" --output 'jsonpath=${SUCCEEDED}')" != False ]; then
        did="found"
        break
    fi
done
[ -n "$did" ] || fail "\${run% *} failed, as did all before it: look at why, and push another commit"
case "$run" in
    ?*' '?*) ;;
    *) fail "the API server did not name the run" ;;
esac
printf '%s\\n' "$run" > "$SHARED/${RUN_FILE}"
name=\${run% *}
printf '%s PipelineRun %s\\n' "$did" "$name"

# A merge that cancels older runs waits for none of them.
if [ "$CANCEL_OLDER" != true ]; then
    wait_for_turn
    exit 0
fi
start_own

# A merge is as old as its first run: one that is delivered again cancels no newer one. The API server tells seconds: of two
# runs of one second nobody knows which is older, and both go on.
first=$name
merged=$(get pipelinerun "\${first%"$suffix"}" --output 'jsonpath={.metadata.creationTimestamp}') && [ -n "$merged" ] ||
    fail "the API server does not say how old \${first%"$suffix"} is"
get pipelineruns --output 'jsonpath={range .items[*]}{.metadata.creationTimestamp} {.metadata.name} ${SUCCEEDED}{"\\n"}{end}' > "$SHARED/older" ||
    fail "the API server does not say which runs go on"
while read -r created older status; do
    case "$status" in True | False) continue ;; esac
    [ "$created" \\< "$merged" ] || continue
    if kubectl patch pipelinerun "$older" --request-timeout 30s --namespace "$NAMESPACE" --type merge \\
        --patch '{"spec":{"status":"Cancelled"}}' < /dev/null > "$SHARED/problem" 2>&1; then
        printf 'cancelled PipelineRun %s, which is of an older merge\\n' "$older"
        continue
    fi
    # It may have ended meanwhile.
    case "$(get pipelinerun "$older" --output 'jsonpath=${SUCCEEDED}' < /dev/null)" in True | False) continue ;; esac
    cat "$SHARED/problem" >&2
    fail "PipelineRun $older of an older merge could not be cancelled: deliver this merge again"
done < "$SHARED/older"
`;

/**
 * Creates the run of the merged commit, with nothing in it that the merge could choose but that commit, and starts it when
 * its turn has come. A merge that was delivered before finds the run that it made then, unless that one failed.
 *
 * A run waits as `PipelineRunPending` in its `spec.status`, in the order of creationTimestamp and name. One that waits alone is
 * started when fewer than `maxRuns` go on; of several, the oldest, so many as may go on, once they all see each other. Whoever
 * waits starts those before it, so that one whose merge nobody delivers any more ends like any other, and holds nobody up.
 *
 * Or it cancels older ones and waits for none: `Cancelled` in their `spec.status` ends their tasks at once, and a Pipeline of
 * ours has none that would have to run finally (https://tekton.dev/docs/pipelines/pipelineruns/#cancelling-a-pipelinerun).
 *
 * @param args.url - http(s) URL of the repository
 * @param args.maxRuns - how many runs of the namespace may go on at a time
 * @param args.cancelOlder - whether runs that have not ended and were created before this merge's first are cancelled
 * @param args.timeoutSeconds - how long to wait until the turn has come
 * @param args.image - holds kubectl, which must find its configuration by itself
 * @throws Error when a setting contains the text that the commit replaces
 */
export function createRun(args: {
    readonly template: PipelineRunTemplate<"url" | "commit">;
    readonly url: string;
    readonly maxRuns: number;
    readonly cancelOlder: boolean;
    readonly timeoutSeconds: number;
    readonly image: StepImage;
}): MergeBuildStep {
    const params = { url: args.url, commit: COMMIT_PLACEHOLDER };
    const run = JSON.stringify(pipelineRun(args.template, params, ATTEMPT_PLACEHOLDER));
    if (run.split(COMMIT_PLACEHOLDER).length !== 3 || run.split(ATTEMPT_PLACEHOLDER).length !== 2) {
        throw new Error(
            `A setting of the run contains "${COMMIT_PLACEHOLDER}" or "${ATTEMPT_PLACEHOLDER}", which the commit replaces: rename it.`,
        );
    }
    return {
        name: "create-run",
        image: args.image,
        env: {
            RUN: run,
            NAMESPACE: args.template.namespace,
            MAX_RUNS: String(args.maxRuns),
            CANCEL_OLDER: String(args.cancelOlder),
            TIMEOUT_SECONDS: String(args.timeoutSeconds),
            SETTLE_SECONDS: String(SETTLE_SECONDS),
        },
        inputs: ["COMMIT", "SHARED", "KUBECONFIG"],
        script: SCRIPT,
    };
}
