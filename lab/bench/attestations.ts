import { attestationPath, type ChainsEvent } from "./log-lines";
import type { Moment } from "./stages";

/** What the logs tell of the provenance of a run; what they do not tell for certain is missing. */
export interface AttestationMoments {
    /** Chains begins to write. */
    readonly written?: Moment;
    /** Every image's attestation is in the registry. */
    readonly stored?: Moment;
    /** The entry is in the log. */
    readonly logged?: Moment;
}

/**
 * Finds a run's provenance in the logs of registry and Rekor.
 *
 * An attestation names the image. A blob's upload and an entry name nothing: theirs are told by their place. Chains attests one
 * run after another (components/tekton-chains.ts), and of each it first writes the attestation of every image, then makes
 * the one entry. So what Chains began to write since the attestation of another run is of this one, and so is the one
 * entry before the next. Where that does not hold (another attestation in between, two entries, none) nothing is guessed. It
 * holds where images are not signed too (`imageSignatures`), which are entries of their own.
 *
 * @param events - of both logs, in any order
 * @param images - what the run pushed; no other run pushed the same
 * @throws Error when one of them is no image by digest
 * @see https://github.com/tektoncd/chains/blob/v0.26.3/pkg/chains/signing.go (Sign)
 */
export function attestationOf(events: readonly ChainsEvent[], images: readonly string[]): AttestationMoments {
    const paths = new Set(images.map(attestationPath));
    const attestations = events.filter((event) => event.kind === "attestation");
    const own = attestations.filter(({ path }) => paths.has(path));
    if (paths.size === 0 || new Set(own.map(({ path }) => path)).size < paths.size) {
        return {};
    }
    const others = moments(attestations.filter(({ path }) => !paths.has(path)));
    const first = Math.min(...moments(own));
    const stored = Math.max(...moments(own));
    const before = Math.max(...others.filter((at) => at <= first));
    const next = Math.min(...others.filter((at) => at > first));
    if (next < stored) {
        return {};
    }
    const written = Math.min(
        ...moments(events.filter(({ kind, at }) => kind === "write" && before < at && at <= first)),
    );
    const [logged, ...more] = moments(events.filter(({ kind, at }) => kind === "entry" && first <= at && at < next));
    return {
        stored,
        ...(Number.isFinite(written) ? { written } : {}),
        ...(logged !== undefined && more.length === 0 ? { logged } : {}),
    };
}

function moments(events: readonly ChainsEvent[]): Moment[] {
    return events.map(({ at }) => at);
}
