import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { BUILD_IDENTITIES, promotionSecret } from "../names";
import { secret } from "./kubernetes-resource";

/** Arguments of {@link ImagePromoter}. */
export interface ImagePromoterArgs {
    /** Name of the source repository. */
    repository: string;
    /** Where it is built, and where the identity is. */
    namespace: pulumi.Input<string>;
    /** Where the credential is kept: no pod of a build can mount it there. */
    registryNamespace: pulumi.Input<string>;
    /** Docker configuration of the registry's identity that moves the repository's tags; a secret. */
    dockerConfig: pulumi.Input<string>;
    dependsOn: pulumi.Resource[];
}

/**
 * Who moves tags, once the provenance of what they will point to is verified: an identity of its own, that can read one
 * credential and do nothing else.
 */
export class ImagePromoter extends pulumi.ComponentResource {
    /** Where the credential is, as `<namespace>/<secret>`. */
    readonly credential: pulumi.Output<string>;

    constructor(name: string, args: ImagePromoterArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:ImagePromoter", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const identity = new core.ServiceAccount(
            `${name}-identity`,
            {
                metadata: { name: BUILD_IDENTITIES.promoter, namespace: args.namespace },
                automountServiceAccountToken: false,
            },
            child,
        );
        const metadata = { name: promotionSecret(args.repository), namespace: args.registryNamespace };
        secret(
            `${name}-credential`,
            {
                ...metadata,
                type: "kubernetes.io/dockerconfigjson",
                values: { ".dockerconfigjson": args.dockerConfig },
            },
            child,
        );
        const role = new rbac.Role(
            `${name}-role`,
            {
                metadata,
                rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [metadata.name], verbs: ["get"] }],
            },
            child,
        );
        new rbac.RoleBinding(
            `${name}-binding`,
            {
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", name: identity.metadata.name, namespace: args.namespace }],
            },
            child,
        );
        this.credential = pulumi.interpolate`${args.registryNamespace}/${metadata.name}`;
        this.registerOutputs({ credential: this.credential });
    }
}
