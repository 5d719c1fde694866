import { preamble, RUN_FILE, VERIFIED_FILE } from "../merge-build/step";
import type { StepImage } from "../tekton";
import { FAILED_FILE, NEWEST_FILE, type PruneStep } from "./step";

const SCRIPT = `${preamble("delete-runs")}
export KUBECACHEDIR="$SHARED/kubectl-cache"
kept=0
for place in "$SHARED"/ended/*/; do
    [ -f "$place/${RUN_FILE}" ] || continue
    read -r run uid < "$place/${RUN_FILE}"
    if [ -f "$place/${FAILED_FILE}" ]; then
        why="it failed"
    elif [ -f "$place/${VERIFIED_FILE}" ] && [ -f "$place/${NEWEST_FILE}" ]; then
        printf 'kept PipelineRun %s: its provenance is verified, and no newer merge was built\\n' "$run"
        continue
    elif [ -f "$place/${VERIFIED_FILE}" ]; then
        why="its provenance is verified"
    else
        kept=$((kept + 1))
        printf 'kept PipelineRun %s: its provenance could not be verified\\n' "$run" >&2
        continue
    fi
    # This very run, not another of its name; and what it made goes after it, as Chains needs a run's task runs to sign it.
    printf '{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{"uid":"%s"}}\\n' "$uid" > "$SHARED/options.json"
    if timeout 60 kubectl delete --raw "/apis/tekton.dev/v1/namespaces/$NAMESPACE/pipelineruns/$run" \\
        --filename "$SHARED/options.json" > /dev/null < /dev/null; then
        printf 'deleted PipelineRun %s: %s\\n' "$run" "$why"
    else
        kept=$((kept + 1))
        printf 'kept PipelineRun %s: it could not be deleted\\n' "$run" >&2
    fi
done
[ "$kept" -eq 0 ] || fail "$kept runs are kept past their time: docs/deploy.md, A run that stays, says what to do"
`;

/**
 * Deletes the runs that failed, and those whose provenance was verified; their task runs and pods go with them. The run of the
 * newest merge that was built stays, or an older one could take the tags back. Fails when another had to be kept, so that
 * somebody looks at why.
 *
 * @param args.image - holds kubectl and timeout
 */
export function deleteRuns(args: { readonly namespace: string; readonly image: StepImage }): PruneStep {
    return {
        name: "delete-runs",
        image: args.image,
        env: { NAMESPACE: args.namespace },
        inputs: ["SHARED"],
        token: true,
        script: SCRIPT,
    };
}
