import { IMAGES_FILE, IMAGES_OF, preamble, RUN_FILE } from "../merge-build/step";
import { COMMIT_FILE, FAILED_FILE, type PruneStep } from "./step";
import type { StepImage } from "../tekton";

const SCRIPT = `${preamble("find-ended")}
export KUBECACHEDIR="$SHARED/kubectl-cache"
get() { kubectl get --request-timeout 30s --namespace "$NAMESPACE" "$@"; }
${IMAGES_OF}
# ago SECONDS: a time as the API server writes it.
ago() { date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ; }
# Such times are in order when their texts are.
before() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | sort | head -n 1)" = "$1" ]; }

get pipelineruns --output 'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.conditions[?(@.type=="Succeeded")].status} {.status.completionTime} {.spec.params[?(@.name=="commit")].value}{"\\n"}{end}' > "$SHARED/runs" ||
    fail "the API server does not say which runs there are"

# The newest come first, so that the ones past the number that is kept are the oldest.
succeeded=0
failed=0
sort -r -k 4 "$SHARED/runs" > "$SHARED/newest-first"
while read -r run uid status ended commit; do
    case "$status" in
        True)
            succeeded=$((succeeded + 1))
            number=$succeeded
            keep=$KEEP_VERIFIED
            seconds=$KEEP_VERIFIED_SECONDS
            ;;
        False)
            failed=$((failed + 1))
            number=$failed
            keep=$KEEP_FAILED
            seconds=$KEEP_FAILED_SECONDS
            ;;
        *) continue ;;
    esac
    if [ "$number" -le "$keep" ] && ! before "$ended" "$(ago "$seconds")"; then
        continue
    fi
    place="$SHARED/ended/$run"
    mkdir -p "$place"
    printf '%s %s\\n' "$run" "$uid" > "$place/${RUN_FILE}"
    printf '%s\\n' "$commit" > "$place/${COMMIT_FILE}"
    if [ "$status" = False ]; then
        : > "$place/${FAILED_FILE}"
    elif ! images_of "$run" "$place/${IMAGES_FILE}" < /dev/null; then
        printf 'PipelineRun %s %s\\n' "$run" "$problem" >&2
        rm -f "$place/${IMAGES_FILE}"
    fi
done < "$SHARED/newest-first"
`;

/**
 * Finds the runs whose time is over: those that ended so long ago, and the oldest of those that are too many. A run that goes
 * on is none of them.
 *
 * @param args.keep - how many runs of each outcome are kept, and for how many seconds since their end
 * @param args.image - holds kubectl, date and the usual text tools
 */
export function findEnded(args: {
    readonly namespace: string;
    readonly keep: Readonly<Record<"verified" | "failed", { readonly runs: number; readonly seconds: number }>>;
    readonly image: StepImage;
}): PruneStep {
    return {
        name: "find-ended",
        image: args.image,
        env: {
            NAMESPACE: args.namespace,
            KEEP_VERIFIED: String(args.keep.verified.runs),
            KEEP_VERIFIED_SECONDS: String(args.keep.verified.seconds),
            KEEP_FAILED: String(args.keep.failed.runs),
            KEEP_FAILED_SECONDS: String(args.keep.failed.seconds),
        },
        inputs: ["SHARED"],
        token: true,
        script: SCRIPT,
    };
}
