import { pipelineRun, type PipelineRunTemplate } from "../run";
import type { StepImage } from "../tekton";
import { preamble, RUN_FILE, type MergeBuildStep } from "./step";

/** Stands where the commit will stand, in the run's name and its param; no setting may contain it. */
const COMMIT_PLACEHOLDER = "@COMMIT@";
/** Stands behind the commit in the run's name: nothing, or the number of the attempt. */
const ATTEMPT_PLACEHOLDER = "@ATTEMPT@";

/** How often a commit whose run failed is built again when its merge is delivered again. */
export const MAX_ATTEMPTS = 9;

const SUCCEEDED = `{.status.conditions[?(@.type=="Succeeded")].status}`;

const SCRIPT = `${preamble("create-run")}
case "$COMMIT" in
    *[!0-9a-f]*) fail "the commit is not written in lower-case hexadecimal digits: give the full SHA" ;;
esac
[ "\${#COMMIT}" -eq 40 ] || fail "the commit has \${#COMMIT} digits: give the full SHA of 40"

export KUBECACHEDIR="$SHARED/kubectl-cache"
get() { kubectl get --request-timeout 30s --namespace "$NAMESPACE" "$@"; }

# A merge that comes while too many runs go on waits here, and is not lost. One that cancels them does not wait for them.
deadline=$(($(date +%s) + TIMEOUT_SECONDS))
while [ "$CANCEL_OLDER" != true ]; do
    get pipelineruns --output 'jsonpath={range .items[*]}{.metadata.name} ${SUCCEEDED}{"\\n"}{end}' > "$SHARED/runs" ||
        fail "the API server does not say which runs go on"
    # What was delivered before does not wait for itself.
    going=$(grep -v -e ' True$' -e ' False$' -e "^[^ ]*-$COMMIT" "$SHARED/runs" | grep -c . || true)
    [ "$going" -ge "$MAX_RUNS" ] || break
    [ -n "\${told:-}" ] || printf '%s runs go on, and no more than %s may: waiting\\n' "$going" "$MAX_RUNS"
    told=yes
    [ "$(date +%s)" -lt "$deadline" ] || fail "$going runs still go on after $TIMEOUT_SECONDS seconds, and no more than $MAX_RUNS may"
    sleep 1
done

# The run's name comes from the commit, so that a merge that is delivered twice makes one run. One that failed is built anew.
attempt=1
while :; do
    suffix=
    [ "$attempt" -eq 1 ] || suffix="-$attempt"
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
    attempt=$((attempt + 1))
    [ "$attempt" -le ${String(MAX_ATTEMPTS)} ] || fail "\${run% *} failed, as did all before it: look at why, and push another commit"
done
case "$run" in
    ?*' '?*) ;;
    *) fail "the API server did not name the run" ;;
esac
printf '%s\\n' "$run" > "$SHARED/${RUN_FILE}"
printf '%s PipelineRun %s\\n' "$did" "\${run% *}"
[ "$CANCEL_OLDER" = true ] || exit 0

# A merge is as old as its first run: one that is delivered again cancels no newer one. The API server tells seconds: of two
# runs of one second nobody knows which is older, and both go on.
first=\${run% *}
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
 * Creates the run of the merged commit, with nothing in it that the merge could choose but that commit. A merge that was
 * delivered before finds the run that it made then, unless that one failed; a merge that comes while many runs go on waits,
 * or cancels them: `Cancelled` in a run's `spec.status` ends its tasks at once, and a Pipeline of ours has none that would
 * have to run finally (https://tekton.dev/docs/pipelines/pipelineruns/#cancelling-a-pipelinerun).
 *
 * @param args.url - http(s) URL of the repository
 * @param args.maxRuns - how many runs of the namespace may go on at a time
 * @param args.cancelOlder - whether runs that go on and were created before this merge's first are cancelled
 * @param args.timeoutSeconds - how long to wait for one of them to end, from the step's start
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
    const name = `${args.template.generateName}${COMMIT_PLACEHOLDER}${ATTEMPT_PLACEHOLDER}`;
    const run = JSON.stringify(pipelineRun(args.template, { url: args.url, commit: COMMIT_PLACEHOLDER }, name));
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
        },
        inputs: ["COMMIT", "SHARED"],
        script: SCRIPT,
    };
}
