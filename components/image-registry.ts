import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { readAtStart } from "./checksum";
import { secret } from "./kubernetes-resource";
import { READINESS } from "./readiness";
import { nginxConfiguration, registryConfiguration, REGISTRY_PORT } from "./registry-configuration";
import { CHAINS_IDENTITY, dockerConfig, htpasswdLine, promoteIdentity, pushIdentity } from "./registry-identities";
import { RESTRICTED_CONTAINER, restrictedPod } from "./restricted";
import { restrictedNamespace } from "./restricted-namespace";

const UID = 65532;

/** Docker configurations (`config.json`) of those who may write; secrets. */
export interface RegistryCredentials {
    /** Entry -> its push Task: pushes images by digest. */
    push: Readonly<Record<string, pulumi.Output<string>>>;
    /** Entry -> who moves its tags once the provenance is verified. */
    promote: Readonly<Record<string, pulumi.Output<string>>>;
    /** Tekton Chains: signatures and attestations of every entry. */
    chains: pulumi.Output<string>;
}

/** Arguments of {@link ImageRegistry}. */
export interface ImageRegistryArgs {
    namespace: string;
    /** Names of the source repositories that share the registry, DNS labels: an image is `<address>/<entry>/<image>`. */
    entries: readonly string[];
    /** HOST:PORT under which node, pods and people reach the registry. An IPv4 host becomes the Service's address. */
    address: string;
    /** PEM; its name is the host of `address`. */
    certificate: pulumi.Input<string>;
    /** PEM; a secret. */
    privateKey: pulumi.Input<string>;
    images: { nginx: string; registry: string };
    /** Size of the volume that holds the images, as a Kubernetes quantity. */
    size: string;
    /** @default the cluster's default StorageClass */
    storageClass?: string;
    /** Whether Pulumi refuses to delete or replace the volume. */
    protect: boolean;
}

/**
 * An OCI registry (CNCF distribution) behind nginx, which ends TLS, lets anyone read, and lets each identity write what is
 * its own and nothing else. Each has a password of its own, so that the log shows who wrote what.
 */
export class ImageRegistry extends pulumi.ComponentResource {
    /** Name of the namespace, known to exist. */
    readonly namespace: pulumi.Output<string>;
    /** With what each identity writes. */
    readonly dockerConfig: RegistryCredentials;

    constructor(name: string, args: ImageRegistryArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:ImageRegistry", name, {}, options);
        const child = { parent: this };
        const [host = "", port = ""] = args.address.split(":");
        const labels = { app: "image-registry" };

        const { name: namespace, metadata } = restrictedNamespace(name, args.namespace, child);
        this.namespace = namespace;

        const files = { "nginx.conf": nginxConfiguration(args.entries), "config.yml": registryConfiguration() };
        const salt = new random.RandomId(`${name}-salt`, { byteLength: 16 }, child).hex;
        const lines: pulumi.Output<string>[] = [];
        const credential = (identity: string): pulumi.Output<string> => {
            const length = { length: 40, special: false };
            const { result } = new random.RandomPassword(`${name}-${identity}`, length, child);
            lines.push(
                pulumi.all([result, salt]).apply(([password, known]) => htpasswdLine(identity, password, known)),
            );
            return pulumi.secret(result.apply((password) => dockerConfig(args.address, identity, password)));
        };
        const ofEntries = (identity: (entry: string) => string): Record<string, pulumi.Output<string>> =>
            Object.fromEntries(args.entries.map((entry) => [entry, credential(identity(entry))]));
        this.dockerConfig = {
            push: ofEntries(pushIdentity),
            promote: ofEntries(promoteIdentity),
            chains: credential(CHAINS_IDENTITY),
        };
        const htpasswd = pulumi.secret(pulumi.all(lines).apply((known) => known.join("")));

        const configuration = new core.ConfigMap(
            `${name}-configuration`,
            { metadata: metadata("configuration"), data: files },
            child,
        );
        const credentials = secret(
            `${name}-push-identities`,
            { ...metadata("push-identities"), values: { htpasswd } },
            child,
        );
        const certificate = secret(
            `${name}-certificate`,
            {
                ...metadata("certificate"),
                type: "kubernetes.io/tls",
                values: { "tls.crt": args.certificate, "tls.key": args.privateKey },
            },
            child,
        );
        const volume = new core.PersistentVolumeClaim(
            `${name}-images`,
            {
                metadata: metadata("images"),
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    resources: { requests: { storage: args.size } },
                    ...(args.storageClass === undefined ? {} : { storageClassName: args.storageClass }),
                },
            },
            { ...child, protect: args.protect },
        );
        const deployment = new apps.Deployment(
            `${name}-deployment`,
            {
                metadata: metadata("image-registry"),
                spec: {
                    replicas: 1,
                    // One writer on one volume.
                    strategy: { type: "Recreate" },
                    selector: { matchLabels: labels },
                    template: {
                        metadata: {
                            labels,
                            annotations: readAtStart(
                                ...Object.values(files),
                                args.certificate,
                                args.privateKey,
                                htpasswd,
                            ),
                        },
                        spec: {
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            securityContext: restrictedPod(UID),
                            containers: [
                                {
                                    name: "nginx",
                                    image: args.images.nginx,
                                    command: ["nginx", "-c", "/etc/image-registry/nginx.conf", "-g", "daemon off;"],
                                    ports: [{ containerPort: REGISTRY_PORT }],
                                    readinessProbe: {
                                        httpGet: { scheme: "HTTPS", port: REGISTRY_PORT, path: "/v2/" },
                                        ...READINESS,
                                    },
                                    securityContext: RESTRICTED_CONTAINER,
                                    resources: { requests: { cpu: "10m", memory: "32Mi" } },
                                    volumeMounts: [
                                        { name: "configuration", mountPath: "/etc/image-registry", readOnly: true },
                                        {
                                            name: "certificate",
                                            mountPath: "/etc/image-registry-certificate",
                                            readOnly: true,
                                        },
                                        {
                                            name: "push-identities",
                                            mountPath: "/etc/image-registry-identities",
                                            readOnly: true,
                                        },
                                        { name: "temporary", mountPath: "/tmp" },
                                    ],
                                },
                                {
                                    name: "registry",
                                    image: args.images.registry,
                                    args: ["serve", "/etc/image-registry/config.yml"],
                                    // distribution exports traces to localhost unless told not to.
                                    env: [{ name: "OTEL_TRACES_EXPORTER", value: "none" }],
                                    securityContext: RESTRICTED_CONTAINER,
                                    resources: { requests: { cpu: "10m", memory: "64Mi" } },
                                    volumeMounts: [
                                        { name: "configuration", mountPath: "/etc/image-registry", readOnly: true },
                                        { name: "images", mountPath: "/var/lib/registry" },
                                    ],
                                },
                            ],
                            volumes: [
                                { name: "configuration", configMap: { name: configuration.metadata.name } },
                                { name: "certificate", secret: { secretName: "certificate" } },
                                { name: "push-identities", secret: { secretName: "push-identities" } },
                                { name: "images", persistentVolumeClaim: { claimName: volume.metadata.name } },
                                { name: "temporary", emptyDir: {} },
                            ],
                        },
                    },
                },
            },
            { ...child, dependsOn: [credentials, certificate] },
        );
        new core.Service(
            `${name}-service`,
            {
                metadata: metadata("image-registry"),
                spec: {
                    ...(/^[0-9.]+$/.test(host) ? { clusterIP: host } : {}),
                    selector: labels,
                    ports: [{ name: "registry", port: Number(port), targetPort: REGISTRY_PORT, protocol: "TCP" }],
                },
            },
            { ...child, dependsOn: [deployment] },
        );
        // A policy for each direction: kube-router takes what one policy lets in for let out by it, where both pods are of it.
        new networking.NetworkPolicy(
            `${name}-network-callers`,
            {
                metadata: metadata("callers"),
                spec: {
                    podSelector: {},
                    policyTypes: ["Ingress"],
                    // Kubelets, builds, Chains and people read here; what they may write, nginx decides.
                    ingress: [{ ports: [{ port: REGISTRY_PORT, protocol: "TCP" }] }],
                },
            },
            child,
        );
        new networking.NetworkPolicy(
            `${name}-network-calls-nobody`,
            { metadata: metadata("calls-nobody"), spec: { podSelector: {}, policyTypes: ["Egress"], egress: [] } },
            child,
        );
        this.registerOutputs({});
    }
}
