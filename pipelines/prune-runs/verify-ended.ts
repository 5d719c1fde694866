import { IMAGES_FILE, preamble, type MergeBuildStep } from "../merge-build/step";
import { COMMIT_FILE, type PruneStep } from "./step";

const SCRIPT = `${preamble("verify-ended")}
for place in "$SHARED"/ended/*/; do
    [ -f "$place/${IMAGES_FILE}" ] || continue
    # It marks the run as verified itself, as the last thing that it does.
    COMMIT=$(cat "$place/${COMMIT_FILE}") SHARED="\${place%/}" sh -c "$VERIFY" < /dev/null > "$place/said" 2>&1 ||
        tail -n 5 "$place/said" >&2
done
`;

/**
 * Verifies the provenance of every ended run's images, as the merge that made them did: whatever a run says of itself proves
 * nothing. One that cannot be verified now is left for the next time.
 *
 * @param verify - the step of a merge that verifies
 */
export function verifyEnded(verify: MergeBuildStep): PruneStep {
    return {
        name: "verify-ended",
        image: verify.image,
        // Nothing is waited for: it has been there long, or is not there.
        env: { ...verify.env, TIMEOUT_SECONDS: "0", VERIFY: verify.script },
        inputs: ["SHARED", "SIGNING_PUBLIC_KEY", "LOG_PUBLIC_KEY", "REGISTRY_CA"],
        token: false,
        script: SCRIPT,
    };
}
