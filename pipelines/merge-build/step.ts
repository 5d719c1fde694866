import { TYPE_HINTS } from "../../names";
import type { StepImage } from "../tekton";

/**
 * What only the trigger knows when a merge arrives, as environment variables beside the step's own `env`. A step gets what it
 * names.
 *
 * - `COMMIT`: the full SHA of the merged commit
 * - `SHARED`: a directory that all steps of one merge see and no other merge does
 * - `SIGNING_PUBLIC_KEY`: PEM of the key that Chains signs with
 * - `LOG_PUBLIC_KEY`: PEM of the transparency log's key; empty for the public Rekor, whose key cosign fetches itself
 * - `REGISTRY_CA`: PEM of the registry's CA; empty where the step image's own certificates do
 * - `KUBECONFIG`: path of a kubeconfig with a token of the trigger; for a step that names it and no other
 * - `PROMOTE_CONFIG`: Docker's `config.json` of the identity that may move tags; secret, for a step that names it and no other
 */
export type MergeBuildInput =
    "COMMIT" | "SHARED" | "SIGNING_PUBLIC_KEY" | "LOG_PUBLIC_KEY" | "REGISTRY_CA" | "KUBECONFIG" | "PROMOTE_CONFIG";

/**
 * One step of what a merge sets off. Whoever receives the merge runs the steps in order, each as `sh -c <script>`, and stops
 * at the first that fails: the build is then red.
 */
export interface MergeBuildStep {
    readonly name: "create-run" | "wait-run" | "verify" | "find-newer" | "promote";
    /** Holds `sh`, the usual text tools and the one program that the step is about. */
    readonly image: StepImage;
    /** Constants, known before anything is deployed. Nothing in here is secret. */
    readonly env: Readonly<Record<string, string>>;
    /** What the trigger must add to `env`. */
    readonly inputs: readonly MergeBuildInput[];
    /** Never changes from merge to merge; every value comes through the environment. */
    readonly script: string;
}

/** The beginning of every step's script. */
export function preamble(step: string): string {
    return `set -eu
export LC_ALL=C
fail() { printf '${step}: %s\\n' "$1" >&2; exit 1; }
`;
}

/** Where a step leaves `<name> <uid>` of the run that it created, in `SHARED`. */
export const RUN_FILE = "run";
/** Where a step leaves the images whose provenance it verified, as in {@link IMAGES_FILE}, in `SHARED`. */
export const VERIFIED_FILE = "verified";
/** Where a step leaves the succeeded runs of newer merges, one name a line, in `SHARED`. */
export const NEWER_FILE = "newer";
/** Where a step leaves the images that the run pushed, one `<repository>@sha256:<digest>` a line, in `SHARED`. */
export const IMAGES_FILE = "images";

/** Function of awk `merge_of(NAME)`: the name of a merge's first run. Behind the commit a run's name has the number of the attempt. */
export const MERGE_OF = 'function merge_of(name) { sub(/-[2-9]$/, "", name); return name }';

/** An image by digest, as a whole line. */
const IMAGE_LINE = "[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}";

/**
 * Shell function `images_of RUN FILE`: writes what the run says it pushed, one image by digest a line, each once, the blank
 * lines taken out with which the Pipeline joins the lists of its pushes; 1 and a reason in `$problem` otherwise. Needs the
 * function `get`.
 */
export const IMAGES_OF = `
images_of() {
    get pipelinerun "$1" --output 'jsonpath={.status.results[?(@.name=="${TYPE_HINTS.images}")].value}' > "$2.result" || {
        problem="cannot be read"
        return 1
    }
    if ! grep . "$2.result" > "$2"; then
        problem="names no image in its result ${TYPE_HINTS.images}"
    elif grep -Evx '${IMAGE_LINE}' "$2" >&2; then
        problem="names something that is no image by digest"
    elif [ -n "$(sort "$2" | uniq -d)" ]; then
        problem="names an image twice"
    else
        return 0
    fi
    return 1
}
`;
