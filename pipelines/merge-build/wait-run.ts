import { repositoriesOf, type DeclaredImage } from "../subjects";
import type { StepImage } from "../tekton";
import { IMAGES_FILE, IMAGES_OF, preamble, RUN_FILE, type MergeBuildStep } from "./step";

const SUCCEEDED = `{.status.conditions[?(@.type=="Succeeded")]`;

const SCRIPT = `${preamble("wait-run")}
read -r run uid < "$SHARED/${RUN_FILE}"
export KUBECACHEDIR="$SHARED/kubectl-cache"
get() { kubectl get --request-timeout 30s --namespace "$NAMESPACE" "$@"; }
${IMAGES_OF}
# Says which task failed and how. Logs are shown where this identity may read them.
explain() {
    get pipelinerun "$run" --output 'jsonpath=${SUCCEEDED}.reason}: ${SUCCEEDED}.message}{"\\n"}' >&2 || true
    get taskruns --selector "tekton.dev/pipelineRun=$run" \\
        --output 'jsonpath={range .items[*]}{.metadata.name} {.status.podName} ${SUCCEEDED}.status}{"\\n"}{end}' |
        while read -r task pod status; do
            [ "$status" = False ] || continue
            printf 'TaskRun %s failed:\\n' "$task" >&2
            kubectl logs --request-timeout 30s --namespace "$NAMESPACE" --all-containers --tail "$LOG_LINES" "$pod" < /dev/null >&2 ||
                get taskrun "$task" --output 'jsonpath=${SUCCEEDED}.message}{"\\n"}' < /dev/null >&2 || true
        done
}

deadline=$(($(date +%s) + TIMEOUT_SECONDS))
while :; do
    seen=$(get pipelinerun "$run" --ignore-not-found --output 'jsonpath={.metadata.uid} ${SUCCEEDED}.status}') || seen=unreadable
    case "$seen" in
        "$uid True") break ;;
        "$uid False")
            [ "$(get pipelinerun "$run" --output 'jsonpath=${SUCCEEDED}.reason}')" != Cancelled ] ||
                fail "PipelineRun $run was cancelled, as a newer merge has a run: deliver this one again to build it all the same"
            explain
            fail "PipelineRun $run failed"
            ;;
        "$uid "* | unreadable) ;;
        *) fail "PipelineRun $run is gone, as its time was over: deliver this merge again to build it anew" ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] || fail "PipelineRun $run has not ended after $TIMEOUT_SECONDS seconds"
    # Until it has ended, well or not: told by the API server rather than asked for. In between, for a watch that breaks off.
    kubectl wait --namespace "$NAMESPACE" "pipelinerun/$run" --for 'jsonpath={.status.completionTime}' --timeout 30s \\
        > "$SHARED/waited" 2>&1 || sleep 1
done

images="$SHARED/${IMAGES_FILE}"
images_of "$run" "$images" || fail "PipelineRun $run $problem"
pushed=$(sed 's/@.*//' "$images" | sort)
[ "$pushed" = "$(printf '%s\\n' "$REPOSITORIES" | sort)" ] || fail "PipelineRun $run pushed other images than it should: $pushed"
printf 'PipelineRun %s pushed:\\n' "$run"
cat "$images"
`;

/**
 * Waits until the run has ended. A run that fails, does not end in time or does not name exactly the declared images fails
 * the step; the last log lines of the failed task are shown. A run that a newer merge cancelled has no failed task. The
 * Pipeline joins what its pushes name to one result, with blank lines in it.
 *
 * @param args.pushed - the images that their repositories must have received
 * @param args.timeoutSeconds - from the step's start
 * @param args.image - holds kubectl
 */
export function waitRun(args: {
    readonly namespace: string;
    readonly pushed: readonly DeclaredImage[];
    readonly timeoutSeconds: number;
    readonly image: StepImage;
}): MergeBuildStep {
    return {
        name: "wait-run",
        image: args.image,
        env: {
            NAMESPACE: args.namespace,
            REPOSITORIES: repositoriesOf(args.pushed).join("\n"),
            TIMEOUT_SECONDS: String(args.timeoutSeconds),
            LOG_LINES: "40",
        },
        inputs: ["SHARED", "KUBECONFIG"],
        script: SCRIPT,
    };
}
