/**
 * A kubeconfig that holds no credential: the plugin gives the token of whoever runs it, and Google's front asks IAM for
 * `container.clusters.connect` before the API server sees a request. The front's certificate is a public one.
 *
 * @param endpoint - the cluster's DNS endpoint
 * @throws Error when there is none
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation#dns-based_endpoint
 */
export function kubeconfig(cluster: string, endpoint: string | undefined): string {
    if (endpoint === undefined || endpoint === "") {
        throw new Error(
            `The cluster ${cluster} has no DNS endpoint, and no other is reachable: enable it (gcloud container clusters update ${cluster} --enable-dns-access), then run pulumi refresh.`,
        );
    }
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: cluster, cluster: { server: `https://${endpoint}` } }],
        users: [
            {
                name: cluster,
                user: {
                    exec: {
                        apiVersion: "client.authentication.k8s.io/v1beta1",
                        command: "gke-gcloud-auth-plugin",
                        installHint: "gcloud components install gke-gcloud-auth-plugin",
                        interactiveMode: "Never",
                        provideClusterInfo: true,
                    },
                },
            },
        ],
        contexts: [{ name: cluster, context: { cluster, user: cluster } }],
        "current-context": cluster,
    });
}
