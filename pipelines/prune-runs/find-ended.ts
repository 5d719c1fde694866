import { IMAGES_FILE, IMAGES_OF, MERGE_OF, preamble, RUN_FILE } from "../merge-build/step";
import { COMMIT_FILE, FAILED_FILE, NEWEST_FILE, type PruneStep } from "./step";
import type { StepImage } from "../tekton";

const SCRIPT = `${preamble("find-ended")}
export KUBECACHEDIR="$SHARED/kubectl-cache"
# With --request-timeout kubectl does not look for the token that a pod is given.
get() { timeout 60 kubectl get --namespace "$NAMESPACE" "$@"; }
${IMAGES_OF}
# ago SECONDS: a time as the API server writes it.
ago() { date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ; }
# Such times are in order when their texts are.
before() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | sort | head -n 1)" = "$1" ]; }

get pipelineruns --output 'jsonpath={range .items[*]}{.metadata.creationTimestamp} {.metadata.name} {.metadata.uid} {.status.conditions[?(@.type=="Succeeded")].status} {.status.completionTime} {.spec.params[?(@.name=="commit")].value}{"\\n"}{end}' > "$SHARED/runs" ||
    fail "the API server does not say which runs there are"

# By its run the steps of an older merge, built later, know that it is older.
newest=$(awk '
    ${MERGE_OF}
    { merge = merge_of($2) }
    !(merge in first) || $1 < first[merge] { first[merge] = $1 }
    $4 == "True" { built[merge] = $2 }
    END {
        for (merge in built) if (last == "" || first[merge] > first[last]) last = merge
        if (last != "") print built[last]
    }
' "$SHARED/runs") || fail "nobody can say which merge is the newest"

while read -r _ run uid status ended commit; do
    case "$status" in
        True) seconds=$KEEP_VERIFIED_SECONDS ;;
        False) seconds=$KEEP_FAILED_SECONDS ;;
        *) continue ;;
    esac
    before "$ended" "$(ago "$seconds")" || continue
    place="$SHARED/ended/$run"
    mkdir -p "$place"
    printf '%s %s\\n' "$run" "$uid" > "$place/${RUN_FILE}"
    printf '%s\\n' "$commit" > "$place/${COMMIT_FILE}"
    [ "$run" != "$newest" ] || : > "$place/${NEWEST_FILE}"
    if [ "$status" = False ]; then
        : > "$place/${FAILED_FILE}"
    elif ! images_of "$run" "$place/${IMAGES_FILE}" < /dev/null; then
        printf 'PipelineRun %s %s\\n' "$run" "$problem" >&2
        rm -f "$place/${IMAGES_FILE}"
    fi
done < "$SHARED/runs"
`;

/**
 * Finds the runs whose time is over: those that ended so long ago. A run that goes on is none of them. The run
 * of the newest merge that was built is marked.
 *
 * @param args.keepSeconds - how long runs are kept since their end, by how they ended
 * @param args.image - holds kubectl, awk, date, timeout and the usual text tools
 */
export function findEnded(args: {
    readonly namespace: string;
    readonly keepSeconds: Readonly<Record<"verified" | "failed", number>>;
    readonly image: StepImage;
}): PruneStep {
    return {
        name: "find-ended",
        image: args.image,
        env: {
            NAMESPACE: args.namespace,
            KEEP_VERIFIED_SECONDS: String(args.keepSeconds.verified),
            KEEP_FAILED_SECONDS: String(args.keepSeconds.failed),
        },
        inputs: ["SHARED"],
        token: true,
        script: SCRIPT,
    };
}
