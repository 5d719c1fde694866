import type { MergeBuildInput } from "../merge-build/step";
import type { StepImage } from "../tekton";

/**
 * One step of what prunes runs, each as `sh -c <script>`, in order; `SHARED` is empty when the first begins. A step that fails
 * stops those after it.
 */
export interface PruneStep {
    readonly name: "find-ended" | "verify-ended" | "delete-runs";
    readonly image: StepImage;
    /** Constants, known before anything is deployed. Nothing in here is secret. */
    readonly env: Readonly<Record<string, string>>;
    /** What is known only after deployment: as for the steps of a merge. */
    readonly inputs: readonly Exclude<MergeBuildInput, "COMMIT" | "KUBECONFIG" | "PROMOTE_CONFIG">[];
    /** Whether it may ask the API server, as the pruner. */
    readonly token: boolean;
    readonly script: string;
}

/** Where the commit of a run stands, beside what the steps of a merge leave in `SHARED`. */
export const COMMIT_FILE = "commit";
/** Says that no newer merge was built: the run is verified like others, and kept. */
export const NEWEST_FILE = "newest";
/** Says that a run failed: there is no provenance to wait for. */
export const FAILED_FILE = "failed";
