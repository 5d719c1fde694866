import type { StepImage } from "../tekton";
import { STATEMENT_CHECK } from "./statement-check";
import { IMAGES_FILE, preamble, RUN_FILE, VERIFIED_FILE, type MergeBuildStep } from "./step";

/**
 * A DSSE envelope with one signature as one line, to its payload: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md
 */
const ENVELOPE =
    's/^\\{"payloadType":"application\\/vnd\\.in-toto\\+json","payload":"([A-Za-z0-9+/=]+)",' +
    '"signatures":\\[\\{("keyid":"[^"]*",)?"sig":"[A-Za-z0-9+/=]+"\\}\\]\\}$/\\1/p';

const SCRIPT = `${preamble("verify")}
[ -n "$SIGNING_PUBLIC_KEY" ] || fail "no public key to verify with: the trigger gives it as SIGNING_PUBLIC_KEY"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -r run RUN_UID < "$SHARED/${RUN_FILE}"
export RUN_UID HOME="$work"
if [ -n "$LOG_PUBLIC_KEY" ]; then
    printf '%s\\n' "$LOG_PUBLIC_KEY" > "$work/log.pub"
    export SIGSTORE_REKOR_PUBLIC_KEY="$work/log.pub"
fi
if [ -n "$REGISTRY_CA" ]; then
    printf '%s\\n' "$REGISTRY_CA" > "$work/ca.crt"
    export SSL_CERT_FILE="$work/ca.crt"
fi
cat > "$work/check.awk" <<'AWK'${STATEMENT_CHECK}AWK

# ask COMMAND OPTION... IMAGE: signature, log entry and subject are cosign's to judge.
ask() {
    command=$1
    shift
    cosign "$command" --key env://SIGNING_PUBLIC_KEY --new-bundle-format=false --rekor-url "$LOG_URL" --timeout 60s \\
        "$@" 2> "$work/problem" < /dev/null
}

# The image's own signature, its provenance, and then our own look at what the statement says.
verified() {
    ask verify "$1" > /dev/null || return 1
    ask verify-attestation --type slsaprovenance1 "$1" > "$work/envelopes" || return 1
    # Only envelopes exactly as Chains writes them: what else cosign accepts may hold a second payload that nobody signed.
    sed -nE '${ENVELOPE}' "$work/envelopes" | while read -r payload; do
        printf %s "$payload" | base64 -d | tr -d '\\n'
        echo
    done > "$work/statements"
    checked=0
    awk -f "$work/check.awk" "$work/statements" > "$work/size" 2> "$work/problem" || checked=$?
    [ "$checked" -ne 1 ] || echo "there is verified provenance, and none of it is of PipelineRun $run" > "$work/problem"
    return "$checked"
}

deadline=$(($(date +%s) + TIMEOUT_SECONDS))
while read -r image; do
    while :; do
        outcome=0
        verified "$image" || outcome=$?
        [ "$outcome" -ne 0 ] || break
        if [ "$outcome" -eq 3 ] || [ "$(date +%s)" -ge "$deadline" ]; then
            tail -n 5 "$work/problem" >&2
            [ "$outcome" -eq 3 ] || fail "no signature and provenance of $image could be verified in $TIMEOUT_SECONDS seconds"
            fail "the provenance of $image does not say what it should"
        fi
        sleep 1
    done
    printf 'the statement of %s has %s of the %s that the log keeps\\n' "$image" "$(cat "$work/size")" "$MAX_STATEMENT_BYTES"
    printf 'verified %s\\n' "$image"
done < "$SHARED/${IMAGES_FILE}"
cp "$SHARED/${IMAGES_FILE}" "$SHARED/${VERIFIED_FILE}"
`;

/**
 * Verifies the signature and the provenance of every image that the run pushed: both signed with the platform's key, logged,
 * and about that digest; the provenance made by the configured builder from the merged commit in this very run. Waits for Chains, for a limited time; "signed" on
 * the run proves nothing and is not looked at.
 *
 * @param args.sourceUrl - the URL that the run clones
 * @param args.builderId - `builder.id` of Chains' configuration
 * @param args.logUrl - of the Rekor log
 * @param args.maxStatementBytes - the largest statement that the log keeps whole; a larger one is red, for nobody could read it
 * @param args.timeoutSeconds - for all images together, from the step's start
 * @param args.image - holds cosign 3, sh, awk, base64 and sed
 * @see https://slsa.dev/spec/v1.2/verifying-artifacts
 */
export function verify(args: {
    readonly sourceUrl: string;
    readonly builderId: string;
    readonly logUrl: string;
    readonly maxStatementBytes: number;
    readonly timeoutSeconds: number;
    readonly image: StepImage;
}): MergeBuildStep {
    return {
        name: "verify",
        image: args.image,
        env: {
            LOG_URL: args.logUrl,
            BUILDER_ID: args.builderId,
            SOURCE_URI: sourceUri(args.sourceUrl),
            MAX_STATEMENT_BYTES: String(args.maxStatementBytes),
            TIMEOUT_SECONDS: String(args.timeoutSeconds),
        },
        inputs: ["COMMIT", "SHARED", "SIGNING_PUBLIC_KEY", "LOG_PUBLIC_KEY", "REGISTRY_CA"],
        script: SCRIPT,
    };
}

/**
 * A repository as Chains names it in a statement.
 *
 * @see https://github.com/tektoncd/chains/blob/v0.26.3/pkg/chains/formats/slsa/attest/attest.go (SPDXGit)
 */
export function sourceUri(url: string): string {
    return `git+${url}${url.endsWith(".git") ? "" : ".git"}`;
}
