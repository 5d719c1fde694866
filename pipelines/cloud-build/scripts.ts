import { preamble } from "../merge-build/step";

/** gcloud keeps nothing where another step could read or change it. */
const GCLOUD = `
config=$(mktemp -d)
trap 'rm -rf "$config"' EXIT
export CLOUDSDK_CONFIG="$config" CLOUDSDK_CORE_DISABLE_PROMPTS=1
`;

/**
 * Opens the volume that all steps share, as a new one is root's and a step's image may run as another user; what one user
 * wrote no other takes away. Then writes the kubeconfig, in which there is no credential.
 *
 * Environment: PROJECT, LOCATION, CLUSTER, KUBECONFIG, SHARED.
 *
 * @see https://cloud.google.com/sdk/gcloud/reference/container/clusters/get-credentials
 */
export function credentialsScript(): string {
    return `${preamble("credentials")}
chmod 1777 "$SHARED" || fail "the volume of this merge cannot be opened: run gcloud's image as root"
${GCLOUD}
# The plugin then asks the metadata server itself, needs no gcloud, and asks for a token that carries the e-mail.
export CLOUDSDK_CONTAINER_USE_APPLICATION_DEFAULT_CREDENTIALS=true
gcloud container clusters get-credentials "$CLUSTER" --project "$PROJECT" --location "$LOCATION" --dns-endpoint ||
    fail "no way to the cluster $CLUSTER: this build's account needs container.clusters.get"
[ -s "$KUBECONFIG" ] || fail "gcloud wrote no kubeconfig"
chmod 0644 "$KUBECONFIG"
`;
}

/**
 * Asks for a token of the identity that may move tags, and writes Docker's configuration with it.
 *
 * Environment: PROMOTER, REGISTRIES, PROMOTE_FILE.
 *
 * @see https://cloud.google.com/artifact-registry/docs/docker/authentication#token
 */
export function promoterScript(): string {
    return `${preamble("promoter")}
${GCLOUD}
token=$(gcloud auth print-access-token --impersonate-service-account "$PROMOTER") ||
    fail "no token of $PROMOTER: this build's account needs roles/iam.serviceAccountTokenCreator on it"
[ -n "$token" ] || fail "gcloud gave no token of $PROMOTER"
auth=$(printf 'oauth2accesstoken:%s' "$token" | base64 | tr -d '\\n')
separator=
{
    printf '{"auths":{'
    for registry in $REGISTRIES; do
        printf '%s"%s":{"auth":"%s"}' "$separator" "$registry" "$auth"
        separator=,
    done
    printf '}}\\n'
} > "$PROMOTE_FILE"
`;
}

/** Before a step's own script. Not exported: what that step starts does not see it. */
export const PROMOTE_PROLOGUE = `PROMOTE_CONFIG=$(cat "$PROMOTE_FILE") || exit 1
`;
