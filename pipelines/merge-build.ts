import { createRun } from "./merge-build/create-run";
import { findNewer } from "./merge-build/find-newer";
import { promote } from "./merge-build/promote";
import type { MergeBuildStep } from "./merge-build/step";
import { verify } from "./merge-build/verify";
import { waitRun } from "./merge-build/wait-run";
import { timeoutSecondsOf, type PipelineRunTemplate } from "./run";
import type { DeclaredImage } from "./subjects";
import type { StepImage } from "./tekton";

export { TAG } from "./merge-build/promote";
export type { MergeBuildInput, MergeBuildStep } from "./merge-build/step";
export { sourceUri } from "./merge-build/verify";

export interface MergeBuildArgs {
    readonly template: PipelineRunTemplate<"url" | "commit">;
    /** http(s) URL of the repository whose merges are built, without a credential. */
    readonly url: string;
    /** What a run must push; the build is red unless it pushed exactly that. */
    readonly pushed: readonly DeclaredImage[];
    /** Tags that each image gets once its provenance is verified. */
    readonly tags: readonly string[];
    /** How many runs of the namespace may go on at a time; a merge that comes then waits. */
    readonly maxRuns: number;
    /** Whether a merge cancels the runs of older ones, and then waits for none of them. */
    readonly cancelOlder: boolean;
    /** `kubectl`: kubectl, sh and awk. `cosign`: cosign 3, sh, awk, base64 and sed. `crane`: crane and sh. */
    readonly images: { readonly kubectl: StepImage; readonly cosign: StepImage; readonly crane: StepImage };
    /** `builder.id` of Chains' configuration. */
    readonly builderId: string;
    /** URL of the Rekor log that holds the entries. */
    readonly logUrl: string;
    /** The largest statement, in bytes, that the log keeps whole. */
    readonly maxStatementBytes: number;
    /** Whether Chains signs each image too, beside the provenance, and the signatures are verified. */
    readonly imageSignatures: boolean;
    /**
     * Default: two hours more than a run's timeout until its turn has come, five minutes more than its timeout for the run (so
     * that Tekton says why it ended), ten minutes and a second for each image for its provenance, as Chains attests the runs of
     * all repositories one after another, and signs an image in a quarter of a second.
     */
    readonly timeoutSeconds?: { readonly turn: number; readonly run: number; readonly provenance: number };
}

const URL = /^https?:\/\/(?![^/]*@)[A-Za-z0-9._~:/@%+-]+$/;
const BUILDER_ID = /^[A-Za-z0-9._~:/@%+-]+$/;

/**
 * What a merge sets off, as data: create the run, wait for it, verify what it made, move the tags to it unless a newer merge has them. The cloud trigger and the lab's git hook
 * run this same list; it is green only when every image has verified provenance of this very run.
 *
 * A merge chooses nothing but the commit, and that only as forty hexadecimal digits. What is known only after deployment or
 * when a merge arrives is an input of the step; all the rest can be planned and audited.
 *
 * @throws Error naming a setting that cannot be used
 */
export function mergeBuildSteps(args: MergeBuildArgs): readonly MergeBuildStep[] {
    if (!URL.test(args.url)) {
        throw new Error(
            `"${args.url}" is no repository URL: write http(s)://<host>/<path> with letters, digits and -._~:/@%+, without a credential.`,
        );
    }
    if (!BUILDER_ID.test(args.builderId)) {
        throw new Error(`"${args.builderId}" is no builder id: write a URI of letters, digits and -._~:/@%+.`);
    }
    if (!Number.isInteger(args.maxRuns) || args.maxRuns <= 0) {
        throw new Error(`${String(args.maxRuns)} is no number of runs: give a whole number above 0.`);
    }
    const { turn, run, provenance } = args.timeoutSeconds ?? {
        turn: timeoutSecondsOf(args.template) + 7200,
        run: timeoutSecondsOf(args.template) + 300,
        provenance: args.pushed.length + 600,
    };
    for (const seconds of [turn, run, provenance]) {
        if (!Number.isInteger(seconds) || seconds <= 0) {
            throw new Error(`${String(seconds)} is no time to wait: give a whole number of seconds above 0.`);
        }
    }
    return [
        createRun({
            template: args.template,
            url: args.url,
            maxRuns: args.maxRuns,
            cancelOlder: args.cancelOlder,
            timeoutSeconds: turn,
            image: args.images.kubectl,
        }),
        waitRun({
            namespace: args.template.namespace,
            pushed: args.pushed,
            timeoutSeconds: run,
            image: args.images.kubectl,
        }),
        verify({
            sourceUrl: args.url,
            builderId: args.builderId,
            logUrl: args.logUrl,
            maxStatementBytes: args.maxStatementBytes,
            imageSignatures: args.imageSignatures,
            timeoutSeconds: provenance,
            image: args.images.cosign,
        }),
        findNewer({ namespace: args.template.namespace, image: args.images.kubectl }),
        promote({ tags: args.tags, image: args.images.crane }),
    ];
}
