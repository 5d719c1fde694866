import type { StepImage } from "../tekton";
import { NEWER_FILE, preamble, VERIFIED_FILE, type MergeBuildStep } from "./step";

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests; `sha256-…` is what signatures are kept under. */
export const TAG = /^(?!sha256-)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

const SCRIPT = `${preamble("promote")}
[ -f "$SHARED/${NEWER_FILE}" ] || fail "nobody looked whether a newer merge was built"
if [ -s "$SHARED/${NEWER_FILE}" ]; then
    echo "the tags stay, as a newer merge was built"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" DOCKER_CONFIG="$work"
(umask 077 && printf '%s\\n' "$PROMOTE_CONFIG" > "$work/config.json")
if [ -n "$REGISTRY_CA" ]; then
    printf '%s\\n' "$REGISTRY_CA" > "$work/ca.crt"
    export SSL_CERT_FILE="$work/ca.crt"
fi

# An index comes before its images; the tag names the index.
sort -s -u -t @ -k 1,1 "$SHARED/${VERIFIED_FILE}" > "$work/images"
grep -q . "$work/images" || fail "no image was verified"
while read -r image; do
    for tag in $TAGS; do
        crane tag "$image" "$tag" < /dev/null > /dev/null || fail "$image could not be given the tag $tag"
        printf 'promoted %s to %s:%s\\n' "$image" "\${image%@*}" "$tag"
    done
done < "$work/images"
`;

/**
 * Moves the tags to the images that were just verified, with an identity of its own that may do nothing else. Until then an
 * image is known by its digest alone, so that no tag ever points to one without provenance. Where a newer merge was built, the
 * tags stay.
 *
 * @param args.tags - each image gets all of them
 * @param args.image - holds crane and the usual text tools
 * @throws Error when a tag is none
 */
export function promote(args: { readonly tags: readonly string[]; readonly image: StepImage }): MergeBuildStep {
    for (const tag of args.tags.filter((candidate) => !TAG.test(candidate))) {
        throw new Error(
            `"${tag}" is no tag: use letters, digits, "_", "." and "-", at most 128, not beginning with "." or "-", nor with "sha256-".`,
        );
    }
    return {
        name: "promote",
        image: args.image,
        env: { TAGS: args.tags.join(" ") },
        inputs: ["SHARED", "PROMOTE_CONFIG", "REGISTRY_CA"],
        script: SCRIPT,
    };
}
