import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { secret } from "./kubernetes-resource";
import { restrictedNamespace } from "./restricted-namespace";
import { logWorkloads } from "./transparency-log-workloads";

/** Arguments of {@link TransparencyLog}. */
export interface TransparencyLogArgs {
    namespace: string;
    /** HOST:PORT under which Chains and verifiers reach the log. An IPv4 host becomes the Service's address. */
    address: string;
    images: {
        rekor: string;
        trillianLogServer: string;
        trillianLogSigner: string;
        postgres: string;
        redis: string;
    };
    /** Trillian's PostgreSQL schema, SQL. */
    schema: string;
    /** Size of the database's volume, as a Kubernetes quantity. */
    size: string;
    /** @default the cluster's default StorageClass */
    storageClass?: string;
    /** Whom its pods may ask for names: CIDRs of name servers; none stands for any. */
    nameServers: readonly string[];
    /** Whether Pulumi refuses to delete or replace the volumes, the log's key and the database's password. */
    protect: boolean;
}

/**
 * A private Rekor transparency log, so that nothing of a private build reaches the public one: rekor-server, Trillian's
 * log server and signer, PostgreSQL for the tree, redis for the search index, a volume for the attestations' bodies.
 *
 * The signing key and the tree survive a restart: the key is a Secret, the tree is found again in the database.
 */
export class TransparencyLog extends pulumi.ComponentResource {
    /** Where Chains and verifiers reach the log. */
    readonly url: string;
    /** The log's public key, PEM: what `SIGSTORE_REKOR_PUBLIC_KEY` must point to. */
    readonly publicKey: pulumi.Output<string>;

    constructor(name: string, args: TransparencyLogArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:TransparencyLog", name, {}, options);
        const child = { parent: this };
        const kept = { ...child, protect: args.protect };
        const [host = "", port = ""] = args.address.split(":");
        this.url = `http://${args.address}`;

        const { metadata } = restrictedNamespace(name, args.namespace, child);

        const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, kept);
        this.publicKey = key.publicKeyPem;
        const password = new random.RandomPassword(`${name}-database`, { length: 40, special: false }, kept);
        const secrets = [
            secret(
                `${name}-signer`,
                { ...metadata("rekor-signer"), values: { "rekor.pem": key.privateKeyPemPkcs8 } },
                child,
            ),
            secret(
                `${name}-database-password`,
                { ...metadata("database"), values: { password: password.result } },
                child,
            ),
        ];
        const schema = new core.ConfigMap(
            `${name}-schema`,
            { metadata: metadata("trillian-schema"), data: { "storage.sql": args.schema } },
            child,
        );
        const volumes = (["database", "index", "attestations"] as const).map(
            (volume) =>
                new core.PersistentVolumeClaim(
                    `${name}-${volume}`,
                    {
                        metadata: metadata(volume),
                        spec: {
                            accessModes: ["ReadWriteOnce"],
                            resources: { requests: { storage: args.size } },
                            ...(args.storageClass === undefined ? {} : { storageClassName: args.storageClass }),
                        },
                    },
                    kept,
                ),
        );
        logWorkloads(name, {
            metadata,
            images: args.images,
            rekorAddress: { host, port: Number(port) },
            options: child,
            signingKey: key.privateKeyPemPkcs8,
            nameServers: args.nameServers,
            ready: [...secrets, schema, ...volumes],
        });
        this.registerOutputs({ url: this.url, publicKey: this.publicKey });
    }
}
