import { pipelineRun, type PipelineRunTemplate } from "../run";
import type { StepImage } from "../tekton";
import { preamble, RUN_FILE, type MergeBuildStep } from "./step";

/** Stands where the commit will stand; no setting may contain it. */
const COMMIT_PLACEHOLDER = "@COMMIT@";

const SCRIPT = `${preamble("create-run")}
case "$COMMIT" in
    *[!0-9a-f]*) fail "the commit is not written in lower-case hexadecimal digits: give the full SHA" ;;
esac
[ "\${#COMMIT}" -eq 40 ] || fail "the commit has \${#COMMIT} digits: give the full SHA of 40"

export KUBECACHEDIR="$SHARED/kubectl-cache"

# Forty hexadecimal digits cannot end a JSON string, so they may stand in one.
run=$(printf '%s\\n' "$RUN" | sed "s/${COMMIT_PLACEHOLDER}/$COMMIT/" |
    kubectl create --request-timeout 30s --filename - --output 'jsonpath={.metadata.name} {.metadata.uid}')
case "$run" in
    ?*' '?*) ;;
    *) fail "the API server did not name the run that it created" ;;
esac
printf '%s\\n' "$run" > "$SHARED/${RUN_FILE}"
printf 'created PipelineRun %s\\n' "\${run% *}"
`;

/**
 * Creates the run of the merged commit, with nothing in it that the merge could choose but that commit.
 *
 * @param args.url - http(s) URL of the repository
 * @param args.image - holds kubectl, which must find its configuration by itself
 * @throws Error when a setting contains the text that the commit replaces
 */
export function createRun(args: {
    readonly template: PipelineRunTemplate<"url" | "commit">;
    readonly url: string;
    readonly image: StepImage;
}): MergeBuildStep {
    const run = JSON.stringify(pipelineRun(args.template, { url: args.url, commit: COMMIT_PLACEHOLDER }));
    if (run.split(COMMIT_PLACEHOLDER).length !== 2) {
        throw new Error(`A setting of the run contains "${COMMIT_PLACEHOLDER}", which the commit replaces: rename it.`);
    }
    return {
        name: "create-run",
        image: args.image,
        env: { RUN: run },
        inputs: ["COMMIT", "SHARED"],
        script: SCRIPT,
    };
}
