import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedRelease } from "../locks/content";
import type { KubernetesObject } from "../locks/kubernetes-object";
import { CONTROLLERS, NAMESPACES, OBJECTS } from "../names";
import { chainsConfigData, type ChainsConfig } from "./chains-config";
import { readAtStart } from "./checksum";
import { secret } from "./kubernetes-resource";
import { registryAccess, type RegistryAccess } from "./registry-access";
import { registerRelease } from "./release";
import type { Signer } from "./signer";

/** Arguments of {@link TektonChains}; with its access to the registry Chains pushes signatures and provenance. */
export interface TektonChainsArgs extends RegistryAccess {
    release: LoadedRelease;
    config: ChainsConfig;
    /** What Chains signs with; `config` names the same kind. */
    signer: Signer;
    /** What must be there first: Tekton's definitions, the registry, the log. */
    dependsOn: pulumi.Resource[];
}

/** Objects of the release that this component declares itself or goes without. */
const OWN_OBJECTS = new Set([
    `ConfigMap/${NAMESPACES.tektonChains}/${OBJECTS.chainsConfig}`,
    `Secret/${NAMESPACES.tektonChains}/${OBJECTS.signingSecret}`,
    // Would let Chains read every secret of the cluster and create pods anywhere.
    "ClusterRoleBinding//tekton-chains-controller-tenant-access",
    "ClusterRole//tekton-chains-controller-tenant-access",
]);

/**
 * One run after another. Chains reads an image's attestations, appends its own and writes them back, without a lock: of two runs
 * that pushed the same digest and are attested at a time, one provenance would be lost, while both runs are marked as signed.
 *
 * @see https://github.com/tektoncd/chains/blob/v0.26.3/pkg/chains/storage/oci/attestation.go (Store)
 */
const ONE_AT_A_TIME = ["-threads-per-controller", "1"] as const;

const CREDENTIALS_FOLDER = "/var/run/registry-credentials";
const CA_FOLDER = "/var/run/registry-ca";

/** Tekton Chains from its release: watches finished runs, generates their provenance and signs it. */
export class TektonChains extends pulumi.ComponentResource {
    /** Ready when finished runs are signed. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: TektonChainsArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:TektonChains", name, {}, options);
        const namespace = NAMESPACES.tektonChains;
        this.ready = registerRelease({
            release: args.release,
            change: (object) => change(object, args.registryCa),
            options: { parent: this },
            // Chains starts without a key, and then marks runs signed that it never signed: the key comes first.
            dependsOn: [...args.dependsOn, ...("kms" in args.signer ? args.signer.kms.ready : [])],
            instead: (namespaces) => {
                const options = { parent: this, dependsOn: namespaces };
                const role = new rbac.Role(
                    `${name}-configuration`,
                    {
                        metadata: { name: "tekton-chains-controller-configuration", namespace },
                        // In its own namespace alone, and no secrets: the signing key is a mounted file.
                        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
                    },
                    options,
                );
                return [
                    new rbac.RoleBinding(
                        `${name}-configuration-binding`,
                        {
                            metadata: { name: "tekton-chains-controller-configuration", namespace },
                            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                            subjects: [{ kind: "ServiceAccount", ...CONTROLLERS.tektonChains }],
                        },
                        options,
                    ),
                    secret(
                        `${name}-signing-key`,
                        {
                            namespace,
                            name: OBJECTS.signingSecret,
                            // The Deployment mounts it, so it must be there, with a key in it or without.
                            values: "x509" in args.signer ? { "x509.pem": args.signer.x509 } : {},
                        },
                        options,
                    ),
                    ...registryAccess(name, namespace, args, options),
                    new core.ConfigMap(
                        `${name}-config`,
                        { metadata: { name: OBJECTS.chainsConfig, namespace }, data: chainsConfigData(args.config) },
                        options,
                    ),
                ];
            },
        });
        this.registerOutputs({});
    }
}

function change(object: KubernetesObject, registryCa: pulumi.Input<string>): KubernetesObject[] {
    const id = `${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    if (OWN_OBJECTS.has(id)) {
        return [];
    }
    if (id === "ClusterRole//tekton-chains-controller-cluster-access") {
        return [{ ...object, rules: withoutCreation(object["rules"]) }];
    }
    return [object.kind === "Deployment" ? attesting(object, registryCa) : object];
}

/** Chains annotates runs and holds finalizers on them; it need not create or delete any. */
function withoutCreation(rules: unknown): unknown[] {
    return (rules as { verbs: string[] }[]).map((rule) => ({
        ...rule,
        verbs: rule.verbs.filter((verb) => verb !== "create" && verb !== "delete"),
    }));
}

/** Chains' Deployment, one run at a time, with its own credential for the registry and trust in the registry's certificate. */
function attesting(deployment: KubernetesObject, registryCa: pulumi.Input<string>): KubernetesObject {
    const spec = deployment["spec"] as types.input.apps.v1.DeploymentSpec;
    const template = spec.template as types.input.core.v1.PodTemplateSpec;
    const metadata = (template.metadata ?? {}) as { annotations?: Record<string, string> };
    const pod = template.spec as types.input.core.v1.PodSpec;
    const containers = pod.containers as types.input.core.v1.Container[];
    const volumes = (pod.volumes ?? []) as types.input.core.v1.Volume[];
    return {
        ...deployment,
        spec: {
            ...spec,
            template: {
                ...template,
                metadata: {
                    ...metadata,
                    // The signing key and the credential are read anew whenever they are used.
                    annotations: { ...metadata.annotations, ...readAtStart(registryCa) },
                },
                spec: {
                    ...pod,
                    containers: containers.map((container) => ({
                        ...container,
                        args: [...((container.args ?? []) as string[]), ...ONE_AT_A_TIME],
                        env: [
                            ...((container.env ?? []) as types.input.core.v1.EnvVar[]),
                            { name: "DOCKER_CONFIG", value: CREDENTIALS_FOLDER },
                            { name: "SSL_CERT_DIR", value: CA_FOLDER },
                        ],
                        volumeMounts: [
                            ...((container.volumeMounts ?? []) as types.input.core.v1.VolumeMount[]),
                            { name: OBJECTS.registryCredentials, mountPath: CREDENTIALS_FOLDER, readOnly: true },
                            { name: OBJECTS.registryCa, mountPath: CA_FOLDER, readOnly: true },
                        ],
                    })),
                    volumes: [
                        ...volumes,
                        {
                            name: OBJECTS.registryCredentials,
                            secret: {
                                secretName: OBJECTS.registryCredentials,
                                items: [{ key: ".dockerconfigjson", path: "config.json" }],
                            },
                        },
                        { name: OBJECTS.registryCa, configMap: { name: OBJECTS.registryCa } },
                    ],
                },
            },
        },
    };
}
