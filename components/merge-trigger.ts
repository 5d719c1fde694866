import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { BUILD_IDENTITIES, OBJECTS } from "../names";
import type { MergeBuildStep } from "../pipelines/merge-build";
import { mergeRights } from "./merge-rights";
import { verificationData, type Verification } from "./verification";

/** Arguments of {@link MergeTrigger}. */
export interface MergeTriggerArgs {
    namespace: pulumi.Input<string>;
    /** URL of the version-controlled source; the only one that is built. */
    repository: string;
    /** The only branch whose merges are built. */
    branch: string;
    /** The steps that run at each merge; the first creates the run, by reference to a declared Pipeline. */
    steps: readonly MergeBuildStep[];
    /** Whether the steps cancel older runs. */
    cancelOlder: boolean;
    verification: Verification;
    /** Where the credential is that moves tags, as `<namespace>/<secret>`; its own identity reads it. */
    promotion: pulumi.Input<string>;
    dependsOn: pulumi.Resource[];
}

/**
 * What a merge sets off: an identity that may create PipelineRuns here, start and watch them (and cancel them, where the
 * setting says so), and the declared steps it runs.
 * The steps lie in the cluster beside the identity, so that what runs at a merge is what was declared and audited.
 */
export class MergeTrigger extends pulumi.ComponentResource {
    constructor(name: string, args: MergeTriggerArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:MergeTrigger", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const metadata = (object: string): { name: string; namespace: pulumi.Input<string> } => ({
            name: object,
            namespace: args.namespace,
        });
        const identity = new core.ServiceAccount(
            `${name}-identity`,
            { metadata: metadata(BUILD_IDENTITIES.trigger), automountServiceAccountToken: false },
            child,
        );
        const declared = new core.ConfigMap(
            `${name}-steps`,
            {
                metadata: metadata(OBJECTS.mergeTrigger),
                data: {
                    repository: args.repository,
                    branch: args.branch,
                    promotion: args.promotion,
                    "steps.json": JSON.stringify(args.steps, null, 2),
                    ...verificationData(args.verification),
                },
            },
            child,
        );
        const role = new rbac.Role(
            `${name}-role`,
            {
                metadata: metadata(BUILD_IDENTITIES.trigger),
                rules: [
                    ...mergeRights(args.cancelOlder),
                    {
                        apiGroups: [""],
                        resources: ["configmaps"],
                        resourceNames: [OBJECTS.mergeTrigger],
                        verbs: ["get"],
                    },
                ],
            },
            child,
        );
        new rbac.RoleBinding(
            `${name}-binding`,
            {
                metadata: metadata(BUILD_IDENTITIES.trigger),
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", name: identity.metadata.name, namespace: args.namespace }],
            },
            { ...child, dependsOn: [...args.dependsOn, declared] },
        );
        this.registerOutputs({});
    }
}
