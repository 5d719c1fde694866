import { getVersion } from "@pulumi/kubernetes/utilities";
import * as pulumi from "@pulumi/pulumi";

/**
 * Any Kubernetes object as a Pulumi resource of its own, under the type token that pulumi-kubernetes gives to objects
 * it reads from YAML: `kubernetes:<group/version>:<Kind>`, the core group spelt `core/v1`.
 */
export class KubernetesResource extends pulumi.CustomResource {
    constructor(
        name: string,
        manifest: pulumi.Inputs & { apiVersion: string; kind: string },
        options: pulumi.CustomResourceOptions,
    ) {
        const groupVersion = manifest.apiVersion === "v1" ? "core/v1" : manifest.apiVersion;
        super(`kubernetes:${groupVersion}:${manifest.kind}`, name, manifest, {
            version: getVersion(),
            ...options,
        });
    }
}

/** Arguments of {@link secret}. */
export interface SecretArgs {
    namespace: pulumi.Input<string>;
    name: string;
    /** Key -> value. Each value is marked secret by itself, so that a plan can show which keys there are. */
    values: Record<string, pulumi.Input<string>>;
    /** @default "Opaque" */
    type?: string;
}

/** A Kubernetes Secret whose values are secrets in Pulumi's state too, whatever they were made from. */
export function secret(name: string, args: SecretArgs, options: pulumi.CustomResourceOptions): KubernetesResource {
    return new KubernetesResource(
        name,
        {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: args.name, namespace: args.namespace },
            type: args.type ?? "Opaque",
            stringData: Object.fromEntries(
                Object.entries(args.values).map(([key, value]) => [key, pulumi.secret(value)]),
            ),
        },
        { ...options, additionalSecretOutputs: ["data", "stringData"] },
    );
}
