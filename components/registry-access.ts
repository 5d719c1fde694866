import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { OBJECTS } from "../names";
import { secret } from "./kubernetes-resource";

/** What whoever pushes to the registry needs of it. */
export interface RegistryAccess {
    /** Docker configuration with which is pushed; a secret. */
    dockerConfig: pulumi.Input<string>;
    /** Certificate of the authority that the registry's certificate is from, PEM. */
    registryCa: pulumi.Input<string>;
}

/** The Secret and the ConfigMap through which the pods of a namespace get their access to the registry. */
export function registryAccess(
    name: string,
    namespace: pulumi.Input<string>,
    { dockerConfig, registryCa }: RegistryAccess,
    options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    return [
        secret(
            `${name}-registry-credentials`,
            {
                namespace,
                name: OBJECTS.registryCredentials,
                type: "kubernetes.io/dockerconfigjson",
                values: { ".dockerconfigjson": dockerConfig },
            },
            options,
        ),
        new core.ConfigMap(
            `${name}-registry-ca`,
            { metadata: { name: OBJECTS.registryCa, namespace }, data: { "ca.crt": registryCa } },
            options,
        ),
    ];
}
