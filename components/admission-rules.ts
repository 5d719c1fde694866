import * as pulumi from "@pulumi/pulumi";
import { admissionPolicies, type Build } from "../admission";
import { KubernetesResource } from "./kubernetes-resource";

/** Arguments of {@link AdmissionRules}. */
export interface AdmissionRulesArgs {
    /** Every namespace in which builds run, and what may run there. */
    builds: readonly Build[];
    /** The namespaces. Pulumi deletes in reverse order, and a namespace cannot be emptied against its own rules. */
    dependsOn: pulumi.Resource[];
}

/** What Kubernetes' RBAC cannot say of builds, because it does not look into objects: a policy and its binding for each rule. */
export class AdmissionRules extends pulumi.ComponentResource {
    /** Ready when every rule is in force. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: AdmissionRulesArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:AdmissionRules", name, {}, options);
        this.ready = admissionPolicies({ builds: args.builds }).flatMap(({ policy, binding }) => {
            const declared = new KubernetesResource(
                `${policy.kind}/${policy.metadata.name}`,
                { ...policy },
                { parent: this, dependsOn: args.dependsOn },
            );
            const inForce = new KubernetesResource(
                `${binding.kind}/${binding.metadata.name}`,
                { ...binding },
                { parent: this, dependsOn: [declared] },
            );
            return [declared, inForce];
        });
        this.registerOutputs({});
    }
}
