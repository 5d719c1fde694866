import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { RESTRICTED_NAMESPACE } from "./restricted";

/** A namespace with Pod Security "restricted", and what an object in it is called. */
export interface RestrictedNamespace {
    /** Its name, known to exist. */
    name: pulumi.Output<string>;
    /** `metadata` of an object in it. */
    metadata: (object: string) => { name: string; namespace: pulumi.Output<string> };
}

/** Declares a component's namespace. */
export function restrictedNamespace(
    name: string,
    namespace: string,
    options: pulumi.CustomResourceOptions,
): RestrictedNamespace {
    const object = new core.Namespace(
        `${name}-namespace`,
        { metadata: { name: namespace, labels: RESTRICTED_NAMESPACE } },
        options,
    );
    const existing = object.metadata.name;
    return { name: existing, metadata: (child) => ({ name: child, namespace: existing }) };
}
