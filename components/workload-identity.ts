/** A Kubernetes service account of a GKE cluster, as IAM of Google Cloud sees it. */
export interface WorkloadIdentity {
    /** Number of the project that the cluster is in, digits. Never looked up: a plan asks nobody. */
    projectNumber: string;
    /** Id of the same project: all its clusters share one workload identity pool. */
    project: string;
    namespace: string;
    serviceAccount: string;
}

/** What each part may look like; each keeps out the `/` that would end it. */
const PARTS: Readonly<Record<keyof WorkloadIdentity, { pattern: RegExp; allowed: string }>> = {
    projectNumber: { pattern: /^[1-9][0-9]*$/, allowed: "the project's number, digits alone" },
    project: {
        pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
        allowed: "a project id: 6 to 30 lower-case letters, digits and hyphens",
    },
    namespace: { pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, allowed: "a DNS label" },
    serviceAccount: { pattern: /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, allowed: "a DNS subdomain" },
};

/**
 * The IAM member that a service account is by itself, with no Google service account between: one hop fewer, and no
 * account that somebody else could be let act as.
 *
 * Every cluster of the project that has a service account of this name in a namespace of this name is the same principal.
 *
 * @throws Error for a part that cannot be one
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
 */
export function workloadPrincipal(identity: WorkloadIdentity): string {
    for (const part of Object.keys(PARTS) as (keyof WorkloadIdentity)[]) {
        const { pattern, allowed } = PARTS[part];
        if (!pattern.test(identity[part])) {
            throw new Error(`${part} of a workload identity is "${identity[part]}"; it must be ${allowed}`);
        }
    }
    const { projectNumber, project, namespace, serviceAccount } = identity;
    const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${project}.svc.id.goog`;
    return `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`;
}
