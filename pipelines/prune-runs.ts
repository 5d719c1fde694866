import type { MergeBuildStep } from "./merge-build";
import { deleteRuns } from "./prune-runs/delete-runs";
import { findEnded } from "./prune-runs/find-ended";
import type { PruneStep } from "./prune-runs/step";
import { verifyEnded } from "./prune-runs/verify-ended";
import type { StepImage } from "./tekton";

export type { PruneStep } from "./prune-runs/step";

/**
 * What deletes the runs of a namespace when their time is over, as data: find those that ended, verify their provenance, delete
 * those that failed or were verified. A run whose provenance cannot be verified is kept, whatever its age: it is the only thing
 * from which provenance can still be made. So is that of the newest merge that was built, by which older ones know that they are.
 *
 * @param args.keepSeconds - how long a run is kept since its end
 * @param args.mergeSteps - what a merge runs there, of which the verification is taken
 * @param args.kubectl - holds kubectl, sh, awk, date, timeout and the usual text tools
 * @throws Error when a merge verifies nothing, or a time is none
 */
export function pruneSteps(args: {
    readonly namespace: string;
    readonly keepSeconds: Readonly<Record<"verified" | "failed", number>>;
    readonly mergeSteps: readonly MergeBuildStep[];
    readonly kubectl: StepImage;
}): readonly PruneStep[] {
    const verify = args.mergeSteps.find(({ name }) => name === "verify");
    if (verify === undefined) {
        throw new Error("A merge verifies nothing here, so no run could ever be deleted: give its steps.");
    }
    for (const seconds of Object.values(args.keepSeconds)) {
        if (!Number.isInteger(seconds) || seconds < 0) {
            throw new Error(`${String(seconds)} is no time to keep runs for: give a whole number of seconds.`);
        }
    }
    return [
        findEnded({
            namespace: args.namespace,
            keepSeconds: args.keepSeconds,
            image: args.kubectl,
        }),
        verifyEnded(verify),
        deleteRuns({ namespace: args.namespace, image: args.kubectl }),
    ];
}
