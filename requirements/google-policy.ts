import type { ServiceAccount } from "./objects";
import { jsonText, valueAt, type Findings } from "./findings";
import { hasUnknown, type Snapshot } from "./snapshot";

const CLUSTER = "gcp:container/cluster:Cluster";

/** Whom a policy grants a role, on no condition. */
export interface Binding {
    role: string;
    members: string[];
}

/** The bindings of a policy that is JSON text; undefined for what is none, and for one whose bindings have conditions. */
export function bindingsOf(text: unknown): Binding[] | undefined {
    let policy: unknown;
    try {
        policy = JSON.parse(String(text));
    } catch {
        return undefined;
    }
    const bindings = valueAt(policy, ["bindings"]);
    const well = (binding: unknown): binding is Binding => {
        const members = valueAt(binding, ["members"]);
        return (
            typeof valueAt(binding, ["role"]) === "string" &&
            Array.isArray(members) &&
            members.every((member) => typeof member === "string") &&
            valueAt(binding, ["condition"]) === undefined
        );
    };
    return Array.isArray(bindings) && bindings.every(well) ? bindings : undefined;
}

/** https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity */
const PRINCIPAL =
    /^principal:\/\/iam\.googleapis\.com\/projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/(?<pool>[^/]+\.svc\.id\.goog)\/subject\/ns\/(?<namespace>[^/]+)\/sa\/(?<name>[^/]+)$/;

/** The one service account that an IAM member is; undefined for all other members. */
export function workloadOf(member: string): (ServiceAccount & { pool: string }) | undefined {
    const { pool, namespace, name } = PRINCIPAL.exec(member)?.groups ?? {};
    return pool === undefined || namespace === undefined || name === undefined ? undefined : { pool, namespace, name };
}

/**
 * A pool's accounts are those of the one declared cluster.
 *
 * @param what - is granted in the pool
 */
export function checkPool(findings: Findings, snapshot: Snapshot, what: string, pool: string): void {
    const clusters = snapshot.resources.filter(({ type }) => type === CLUSTER);
    for (const cluster of clusters) {
        const declared = valueAt(cluster.inputs, ["workloadIdentityConfig", "workloadPool"]);
        if (hasUnknown(declared)) {
            findings.doubt(`${cluster.name}: workloadIdentityConfig.workloadPool is known only after deployment`);
        } else if (declared !== pool) {
            findings.fail(`${what} in the pool ${pool}; the pool of ${cluster.name} is ${jsonText(declared)}`);
        }
    }
    if (clusters.length > 1) {
        findings.fail(
            `${String(clusters.length)} clusters are declared; those of a project share its pool, so that an account of the same name in each of them has what is granted to one`,
        );
    }
}
