import * as kms from "@pulumi/gcp/kms";
import * as pulumi from "@pulumi/pulumi";
import type { Signer } from "./signer";

/** A version of the key. */
export interface SigningKeyVersion {
    /** The day from which it signs, YYYY-MM-DD. It is also what tells the version from others: it never changes. */
    since: string;
}

/** Arguments of {@link KmsSigningKey}. */
export interface KmsSigningKeyArgs {
    /** Id of the project that the key belongs to. */
    project: string;
    /** A location that has HSMs, for example `us`: `gcloud kms locations list`. Cannot be changed. */
    location: string;
    /**
     * Name of the key ring. A ring cannot be deleted, nor its name used again.
     *
     * @default the component's name
     */
    keyRing?: string;
    /**
     * Whether the ring is there already and is used as it is; its own IAM policy is then not this platform's.
     *
     * @default false: it is made here
     */
    existingKeyRing?: boolean;
    /**
     * Name of the key in its ring. A key cannot be deleted, nor its name used again.
     *
     * @default the component's name
     */
    keyName?: string;
    /**
     * Every version that ever signed, oldest first; the last one signs. To rotate, add one: the older ones stay, and with
     * them the public keys by which older images are verified.
     */
    versions: readonly SigningKeyVersion[];
    /** Who alone may sign: one IAM member, `principal://…`. */
    signer: string;
    labels: Readonly<Record<string, string>>;
    /** Whether Pulumi, and Google's provider after it, refuse to delete or replace ring, key and versions. */
    protect: boolean;
}

/** A public key, and from when to when images are verified with it: up to the next one's `since`. */
export interface PublishedKey {
    since: string;
    /** The version, as Chains and cosign name it. */
    kmsRef: pulumi.Output<string>;
    /** SubjectPublicKeyInfo, PEM. */
    publicKey: pulumi.Output<string>;
}

/** What Chains v0.26 to v0.28 signs with and cosign verifies: https://tekton.dev/docs/chains/signing/ */
const ALGORITHM = "EC_SIGN_P256_SHA256";
const PROTECTION_LEVEL = "HSM";

/** How long a version that somebody schedules for destruction can be restored: the longest that Cloud KMS allows, 120 days. */
const DESTROY_SCHEDULED_DURATION = `${String(120 * 24 * 60 * 60)}s`;

/**
 * What signing takes: Chains reads the key, the version and its public key, and signs (sigstore
 * pkg/signature/kms/gcp/client.go). Neither role may change the key, its versions or its policy.
 */
const SIGNING_ROLES = ["roles/cloudkms.signerVerifier", "roles/cloudkms.viewer"] as const;

/**
 * A signing key in Cloud KMS that never leaves its HSM and that one principal may sign with.
 *
 * **Versions are made here**, the first included: the one that Google would make with the key is left out. So each version
 * is a resource that the engine finds again in a second `up` and protects, and rotating is an entry more in a list, with the
 * rights that made the key. A version that Google made would be no resource: nothing would protect it, and each rotation
 * would need a command before the `up`. Google numbers the versions; `kmsRef` has the number that it gave.
 *
 * **Its IAM policy is set as a whole**, so that a grant made by hand on the key is taken back by the next `up` that refreshes.
 * What that costs: no other program may grant anything on this key, the policy and single grants would undo each other; and
 * whoever deploys must have the right to read public keys from the project (`roles/cloudkms.publicKeyViewer`, beside
 * `roles/cloudkms.admin`). Roles that are inherited from ring, project, folder or organisation are added to the policy by
 * Google, and are not seen here.
 *
 * A key that is there already, but not in the state, is brought in by
 * `pulumi import gcp:kms/cryptoKey:CryptoKey`, and its versions by `pulumi import gcp:kms/cryptoKeyVersion:CryptoKeyVersion`.
 */
export class KmsSigningKey extends pulumi.ComponentResource {
    /** What Chains signs with: the last version. */
    readonly signer: Signer;
    /** Public key of the version that signs: SubjectPublicKeyInfo, PEM. */
    readonly publicKey: pulumi.Output<string>;
    /** Every version's, oldest first. */
    readonly publicKeys: readonly PublishedKey[];

    /** @throws Error for names, dates and principals that cannot be */
    constructor(name: string, args: KmsSigningKeyArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:KmsSigningKey", name, {}, options);
        const keyRing = kmsName("keyRing", args.keyRing ?? name);
        const keyName = kmsName("keyName", args.keyName ?? name);
        checkVersions(args.versions);
        checkSigner(args.signer);
        // Who takes the protection away and destroys still loses nothing but the state's entry.
        const kept = { parent: this, protect: args.protect, retainOnDelete: args.protect };
        const deletionPolicy = args.protect ? "PREVENT" : "DELETE";

        const ring =
            args.existingKeyRing === true
                ? `projects/${args.project}/locations/${args.location}/keyRings/${keyRing}`
                : new kms.KeyRing(
                      `${name}-ring`,
                      { project: args.project, location: args.location, name: keyRing },
                      kept,
                  ).id;
        const key = new kms.CryptoKey(
            `${name}-key`,
            {
                keyRing: ring,
                name: keyName,
                purpose: "ASYMMETRIC_SIGN",
                versionTemplate: { algorithm: ALGORITHM, protectionLevel: PROTECTION_LEVEL },
                skipInitialVersionCreation: true,
                destroyScheduledDuration: DESTROY_SCHEDULED_DURATION,
                labels: args.labels,
                deletionPolicy,
            },
            // Says something of the key's creation alone: a key that was imported has no such property.
            { ...kept, ignoreChanges: ["skipInitialVersionCreation"] },
        );
        const policy = new kms.CryptoKeyIAMPolicy(
            `${name}-policy`,
            {
                cryptoKeyId: key.id,
                // Written out: the data source that would write it has no answer before a deployment.
                policyData: JSON.stringify({
                    bindings: SIGNING_ROLES.map((role) => ({ members: [args.signer], role })),
                }),
            },
            { parent: this },
        );
        const versions: kms.CryptoKeyVersion[] = [];
        for (const { since } of args.versions) {
            versions.push(
                new kms.CryptoKeyVersion(
                    `${name}-version-${since}`,
                    { cryptoKey: key.id, deletionPolicy },
                    // One after another, so that Google numbers them in this order.
                    { ...kept, dependsOn: versions.slice(-1) },
                ),
            );
        }
        this.publicKeys = versions.map((version, index) => ({
            since: args.versions[index]?.since ?? "",
            ...published(version, key, this),
        }));
        const signing = this.publicKeys.at(-1);
        if (signing === undefined) {
            throw new Error("a key without versions cannot sign");
        }
        this.publicKey = signing.publicKey;
        this.signer = { kms: { ref: signing.kmsRef, ready: [policy] } };
        this.registerOutputs({ kmsRef: signing.kmsRef, publicKey: this.publicKey });
    }
}

/**
 * What is known of a version once it is there. No resource holds its public key, so Google is asked for it: not in a plan,
 * where the version has no name yet.
 */
function published(
    version: kms.CryptoKeyVersion,
    key: kms.CryptoKey,
    parent: pulumi.Resource,
): Omit<PublishedKey, "since"> {
    const number = version.name.apply((name) => Number(/\/cryptoKeyVersions\/([1-9][0-9]*)$/.exec(name)?.[1]));
    const answer = kms.getKMSCryptoKeyVersionOutput({ cryptoKey: key.id, version: number }, { parent });
    // The SDK forgets where the answer comes from while it is not known; the name keeps that in the plan.
    const known = pulumi.all([version.name, answer]).apply(([name, described]) => usable(name, described));
    return { kmsRef: known.kmsRef, publicKey: known.publicKey };
}

/** What Google says of a version. */
interface DescribedVersion {
    algorithm: string;
    protectionLevel: string;
    publicKeys: readonly { pem: string }[];
}

/**
 * A version as Chains and verifiers name it.
 *
 * @param name - the version's full name
 * @throws Error for one that is not as the key says, as a version may be that was imported into the state
 */
export function usable(
    name: string,
    { algorithm, protectionLevel, publicKeys }: DescribedVersion,
): { kmsRef: string; publicKey: string } {
    const publicKey = publicKeys[0]?.pem;
    if (algorithm !== ALGORITHM || protectionLevel !== PROTECTION_LEVEL || publicKey === undefined) {
        throw new Error(
            `${name} is ${algorithm} at protection level ${protectionLevel}, ${publicKey === undefined ? "without" : "with"} a public key; ` +
                `it must be ${ALGORITHM} at ${PROTECTION_LEVEL}, with one. Add a version: it is made as the key says`,
        );
    }
    return { kmsRef: `gcpkms://${name}`, publicKey };
}

/** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/create */
function kmsName(what: string, name: string): string {
    if (!/^[A-Za-z0-9_-]{1,63}$/.test(name)) {
        throw new Error(
            `${what} is "${name}"; it must be 1 to 63 letters, digits, hyphens and underscores, as Cloud KMS names it`,
        );
    }
    return name;
}

function checkVersions(versions: readonly SigningKeyVersion[]): void {
    if (versions.length === 0) {
        throw new Error('versions is empty; the key needs one to sign: [{ since: "YYYY-MM-DD" }]');
    }
    versions.forEach(({ since }, index) => {
        const day = new Date(`${since}T00:00:00Z`);
        if (!/^\d{4}-\d{2}-\d{2}$/.test(since) || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(since)) {
            throw new Error(`versions: since is "${since}"; it must be a day, YYYY-MM-DD`);
        }
        const before = versions[index - 1]?.since;
        if (before !== undefined && before >= since) {
            throw new Error(
                `versions: ${since} comes after ${before}; give them oldest first, each a day of its own: the last one signs`,
            );
        }
    });
}

/** A set, a group or everybody would be many. */
function checkSigner(signer: string): void {
    if (!/^principal:\/\/[^\s*]+$/.test(signer)) {
        throw new Error(
            `signer is "${signer}"; it must be one principal, principal://…, as workloadPrincipal writes it`,
        );
    }
}
