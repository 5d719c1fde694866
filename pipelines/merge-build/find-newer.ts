import type { StepImage } from "../tekton";
import { MERGE_OF, NEWER_FILE, preamble, RUN_FILE, type MergeBuildStep } from "./step";

const SCRIPT = `${preamble("find-newer")}
read -r run uid < "$SHARED/${RUN_FILE}"
export KUBECACHEDIR="$SHARED/kubectl-cache"
kubectl get pipelineruns --request-timeout 30s --namespace "$NAMESPACE" \\
    --output 'jsonpath={range .items[*]}{.metadata.creationTimestamp} {.metadata.name} {.status.conditions[?(@.type=="Succeeded")].status}{"\\n"}{end}' \\
    > "$SHARED/all-runs" || fail "the API server does not say which runs there are"

# A merge is as old as the first run of its commit.
RUN_NAME=$run awk '
    ${MERGE_OF}
    { merge = merge_of($2) }
    !(merge in first) || $1 < first[merge] { first[merge] = $1 }
    $3 == "True" { built[merge] = $2 }
    END {
        mine = merge_of(ENVIRON["RUN_NAME"])
        if (!(mine in first)) exit 1
        for (merge in built) if (first[merge] > first[mine]) print built[merge]
    }
' "$SHARED/all-runs" > "$SHARED/newer-runs" || fail "the API server does not know PipelineRun $run"
sort "$SHARED/newer-runs" > "$SHARED/${NEWER_FILE}"
while read -r newer; do
    printf 'PipelineRun %s is of a newer merge, and has succeeded\\n' "$newer"
done < "$SHARED/${NEWER_FILE}"
`;

/**
 * Finds out whether a merge that came later was built already: its images have the tags, or get them when they are verified, and
 * those of an older merge that took longer, or was delivered again, must not take them back. The newest that was built has a
 * run for as long as that: pipelines/prune-runs/find-ended.ts. Newer is what the API server was told later, by the second; it
 * does not know git.
 *
 * @param args.image - holds kubectl and awk
 */
export function findNewer(args: { readonly namespace: string; readonly image: StepImage }): MergeBuildStep {
    return {
        name: "find-newer",
        image: args.image,
        env: { NAMESPACE: args.namespace },
        inputs: ["SHARED", "KUBECONFIG"],
        script: SCRIPT,
    };
}
