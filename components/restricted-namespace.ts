import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { podSecurityLabels } from "./restricted";

/** A namespace with Pod Security "restricted", and what an object in it is called. */
export interface RestrictedNamespace {
    /** Its name, known to exist. */
    name: pulumi.Output<string>;
    /** `metadata` of an object in it. */
    metadata: (object: string) => { name: string; namespace: pulumi.Output<string> };
}

/**
 * Declares a component's namespace.
 *
 * @param podSecurity - another level than "restricted", for pods that must be root
 */
export function restrictedNamespace(
    name: string,
    namespace: string,
    options: pulumi.CustomResourceOptions,
    podSecurity: "restricted" | "baseline" = "restricted",
): RestrictedNamespace {
    const object = new core.Namespace(
        `${name}-namespace`,
        { metadata: { name: namespace, labels: podSecurityLabels(podSecurity) } },
        options,
    );
    const existing = object.metadata.name;
    return { name: existing, metadata: (child) => ({ name: child, namespace: existing }) };
}
