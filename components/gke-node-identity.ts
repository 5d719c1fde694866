import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { googleName } from "./google-name";

/** As whom the nodes of a pool act. */
export interface NodeIdentity {
    readonly email: pulumi.Output<string>;
    /** As IAM names it; whoever may read an image repository is said there. */
    readonly member: pulumi.Output<string>;
    /** Ready when nodes may write logs and metrics. */
    readonly ready: pulumi.Resource;
}

/**
 * A service account with the one role that Google names for nodes: writing logs and metrics. These are the project's, and
 * no smaller resource can grant it. Pods do not get it: they see GKE's metadata server instead of the node's.
 *
 * @param pool - what the account is for; a part of its name
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
 */
export function nodeIdentity(
    name: string,
    pool: string,
    project: string,
    options: pulumi.CustomResourceOptions,
): NodeIdentity {
    const account = new serviceaccount.Account(
        `${name}-${pool}-nodes`,
        {
            project,
            accountId: googleName("service account", `${name}-${pool}`),
            displayName: `Nodes of the pool "${pool}" of ${name}`,
        },
        options,
    );
    // Not the account's own output: a plan names whom it binds.
    const email = account.accountId.apply((id) => `${id}@${project}.iam.gserviceaccount.com`);
    const member = email.apply((known) => `serviceAccount:${known}`);
    const ready = new projects.IAMMember(
        `${name}-${pool}-nodes-role`,
        { project, role: "roles/container.defaultNodeServiceAccount", member },
        options,
    );
    return { email, member, ready };
}
