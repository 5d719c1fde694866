import type { StepImage } from "../tekton";
import { STATEMENT_CHECK } from "./statement-check";
import { IMAGES_FILE, preamble, RUN_FILE, VERIFIED_FILE, type MergeBuildStep } from "./step";

/**
 * A DSSE envelope with one signature as one line, to its payload: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md
 */
const ENVELOPE =
    's/^\\{"payloadType":"application\\/vnd\\.in-toto\\+json","payload":"([A-Za-z0-9+/=]+)",' +
    '"signatures":\\[\\{("keyid":"[^"]*",)?"sig":"[A-Za-z0-9+/=]+"\\}\\]\\}$/\\1/p';

/** So many images are verified at a time: a call of cosign mostly waits for registry and log. */
const WORKERS = 4;

const SCRIPT = `${preamble("verify")}
[ -n "$SIGNING_PUBLIC_KEY" ] || fail "no public key to verify with: the trigger gives it as SIGNING_PUBLIC_KEY"
case "$IMAGE_SIGNATURES" in
    true | false) ;;
    *) fail "IMAGE_SIGNATURES is $IMAGE_SIGNATURES: write true or false" ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -r run RUN_UID < "$SHARED/${RUN_FILE}"
export RUN_UID
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
        "$@" 2> "$mine/problem" < /dev/null
}

# The image's own signature where there is one, its provenance, and then our own look at what the statement says.
verified() {
    if [ "$IMAGE_SIGNATURES" = true ]; then
        ask verify "$1" > /dev/null || return 1
    fi
    ask verify-attestation --type slsaprovenance1 "$1" > "$mine/envelopes" || return 1
    # Only envelopes exactly as Chains writes them: what else cosign accepts may hold a second payload that nobody signed.
    sed -nE '${ENVELOPE}' "$mine/envelopes" | while read -r payload; do
        printf %s "$payload" | base64 -d | tr -d '\\n'
        echo
    done > "$mine/statements"
    checked=0
    awk -f "$work/check.awk" "$mine/statements" > "$mine/size" 2> "$mine/problem" || checked=$?
    [ "$checked" -ne 1 ] || echo "there is verified provenance, and none of it is of PipelineRun $run" > "$mine/problem"
    return "$checked"
}

# await IMAGE: until it is verified; what stands in the way is told in $mine/failure. One image that fails is enough: then
# every worker stops.
await() {
    image=$1
    # Chains takes half a second or so; who waits longer need not ask as often.
    set -- 0.2 0.3 0.5
    while :; do
        outcome=0
        verified "$image" || outcome=$?
        [ "$outcome" -ne 0 ] || return 0
        if [ "$outcome" -eq 3 ]; then
            printf 'the provenance of %s does not say what it should\\n' "$image" > "$mine/failure"
        elif [ "$(date +%s)" -ge "$deadline" ]; then
            printf 'no %s of %s could be verified in %s seconds\\n' "$wanted" "$image" "$TIMEOUT_SECONDS" > "$mine/failure"
        fi
        [ ! -f "$mine/failure" ] || : > "$work/stop"
        [ ! -f "$work/stop" ] || return 1
        # Not every sleep knows fractions.
        sleep "\${1:-1}" 2> /dev/null || sleep 1
        [ $# -eq 0 ] || shift
    done
}

# worker SHARE: one of WORKERS that verify side by side, each image by one of them. Each has a HOME of its own: there cosign
# keeps the public Rekor's key once it has fetched it, and no two may write there at once.
worker() {
    export HOME="$work/home-$1"
    mkdir "$HOME"
    number=0
    while read -r image; do
        number=$((number + 1))
        [ $((number % WORKERS)) -eq "$1" ] || continue
        [ ! -f "$work/stop" ] || return 1
        mine="$work/image-$number"
        mkdir "$mine"
        await "$image" || return 1
        # An image that was built often has as many statements, and each names all images of its build.
        rm -f "$mine/envelopes" "$mine/statements"
        : > "$mine/verified"
    done < "$SHARED/${IMAGES_FILE}"
}

wanted=provenance
[ "$IMAGE_SIGNATURES" = false ] || wanted="signature and provenance"
deadline=$(($(date +%s) + TIMEOUT_SECONDS))
share=0
workers=
while [ "$share" -lt "$WORKERS" ]; do
    worker "$share" &
    workers="$workers $!"
    share=$((share + 1))
done
for one in $workers; do
    wait "$one" || :
done

# Whatever the workers say of themselves: an image is verified when its own mark is there.
number=0
missing=
while read -r image; do
    number=$((number + 1))
    mine="$work/image-$number"
    if [ -f "$mine/failure" ]; then
        tail -n 5 "$mine/problem" >&2
        fail "$(cat "$mine/failure")"
    elif [ -f "$mine/verified" ]; then
        printf 'verified %s\\n' "$image"
    else
        missing="$missing $image"
    fi
done < "$SHARED/${IMAGES_FILE}"
[ -z "$missing" ] || fail "not verified:$missing"
[ "$number" -gt 0 ] || fail "no image to verify"
cat "$work"/image-*/size | sort -u | while read -r size; do
    printf 'the statement has %s of the %s that the log keeps\\n' "$size" "$MAX_STATEMENT_BYTES"
done
cp "$SHARED/${IMAGES_FILE}" "$SHARED/${VERIFIED_FILE}"
`;

/**
 * Verifies the provenance of every image that the run pushed: signed with the platform's key, logged, about that digest, and
 * made by the configured builder from the merged commit in this very run. Verifies each image's own signature too, where
 * Chains makes one. Waits for Chains, for a limited time; "signed" on the run proves nothing and is not looked at.
 *
 * @param args.sourceUrl - the URL that the run clones
 * @param args.builderId - `builder.id` of Chains' configuration
 * @param args.logUrl - of the Rekor log
 * @param args.maxStatementBytes - the largest statement that the log keeps whole; a larger one is red, for nobody could read it
 * @param args.imageSignatures - whether an image without a signature of its own is red
 * @param args.timeoutSeconds - for all images together, from the step's start
 * @param args.image - holds cosign 3, sh, awk, base64 and sed
 * @see https://slsa.dev/spec/v1.2/verifying-artifacts
 */
export function verify(args: {
    readonly sourceUrl: string;
    readonly builderId: string;
    readonly logUrl: string;
    readonly maxStatementBytes: number;
    readonly imageSignatures: boolean;
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
            IMAGE_SIGNATURES: String(args.imageSignatures),
            WORKERS: String(WORKERS),
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
