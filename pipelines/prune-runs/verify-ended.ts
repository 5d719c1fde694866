import { IMAGES_FILE, preamble, type MergeBuildStep } from "../merge-build/step";
import { COMMIT_FILE, type PruneStep } from "./step";

/**
 * So long verifications are begun. Less than the time of the Job that runs the steps, or one with too much to do would be ended
 * before it deleted anything, and every one after it too.
 */
const BUDGET_SECONDS = 1800;

const SCRIPT = `${preamble("verify-ended")}
deadline=$(($(date +%s) + BUDGET_SECONDS))
left=0
for place in "$SHARED"/ended/*/; do
    [ -f "$place/${IMAGES_FILE}" ] || continue
    if [ "$(date +%s)" -ge "$deadline" ]; then
        # It is not judged at all: neither deleted nor told as kept.
        rm -rf "$place"
        left=$((left + 1))
        continue
    fi
    # It marks the run as verified itself, as the last thing that it does.
    COMMIT=$(cat "$place/${COMMIT_FILE}") SHARED="\${place%/}" sh -c "$VERIFY" < /dev/null > "$place/said" 2>&1 ||
        tail -n 5 "$place/said" >&2
done
[ "$left" -eq 0 ] || printf 'left for the next time: %s runs\\n' "$left"
`;

/**
 * Verifies the provenance of every ended run's images, as the merge that made them did: whatever a run says of itself proves
 * nothing. What is not begun within half an hour is left for the next time.
 *
 * @param verify - the step of a merge that verifies
 */
export function verifyEnded(verify: MergeBuildStep): PruneStep {
    return {
        name: "verify-ended",
        image: verify.image,
        // Nothing is waited for: it has been there long, or is not there.
        env: {
            ...verify.env,
            TIMEOUT_SECONDS: "0",
            BUDGET_SECONDS: String(BUDGET_SECONDS),
            VERIFY: verify.script,
        },
        inputs: ["SHARED", "SIGNING_PUBLIC_KEY", "LOG_PUBLIC_KEY", "REGISTRY_CA"],
        token: false,
        script: SCRIPT,
    };
}
