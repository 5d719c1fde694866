import * as kms from "@pulumi/gcp/kms";
import * as projects from "@pulumi/gcp/projects";
import type * as pulumi from "@pulumi/pulumi";
import { deletionPolicy } from "./deletion-policy";
import { googleName } from "./google-name";

const NINETY_DAYS = `${String(90 * 24 * 60 * 60)}s`;

interface SecretsKeyArgs {
    project: string;
    projectNumber: string;
    region: string;
    labels: Readonly<Record<string, string>>;
    /** Id of a key that is there already. */
    existing: string | undefined;
    protect: boolean;
    options: pulumi.CustomResourceOptions;
}

/**
 * The key with which Kubernetes' secrets are encrypted before they are stored, which GKE alone may use.
 *
 * A key and its ring are for ever, so are their names. What is taken off the stack is only forgotten; a cluster that is built
 * anew under the same name is given the old key as `existing`.
 *
 * @returns id of the key, and what must be there before a cluster can use it
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets
 */
export function secretsKey(name: string, args: SecretsKeyArgs): { id: pulumi.Input<string>; ready: pulumi.Resource } {
    const id = args.existing ?? newKey(name, args);
    // It is there from the first use of the API on; this asks for it, so that it can be granted something before.
    const agent = new projects.ServiceIdentity(
        `${name}-gke-agent`,
        { project: args.project, service: "container.googleapis.com" },
        args.options,
    );
    const ready = new kms.CryptoKeyIAMMember(
        `${name}-secrets-key-user`,
        {
            cryptoKeyId: id,
            role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member: `serviceAccount:service-${args.projectNumber}@container-engine-robot.iam.gserviceaccount.com`,
        },
        { ...args.options, dependsOn: [agent] },
    );
    return { id, ready };
}

function newKey(name: string, args: SecretsKeyArgs): pulumi.Output<string> {
    const kept = { ...args.options, protect: args.protect, retainOnDelete: true };
    const ring = new kms.KeyRing(
        `${name}-secrets-ring`,
        { project: args.project, location: args.region, name: googleName("key ring", `${name}-secrets`) },
        kept,
    );
    return new kms.CryptoKey(
        `${name}-secrets-key`,
        {
            keyRing: ring.id,
            name: googleName("key", `${name}-secrets`),
            purpose: "ENCRYPT_DECRYPT",
            rotationPeriod: NINETY_DAYS,
            versionTemplate: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "HSM" },
            labels: args.labels,
            deletionPolicy: deletionPolicy(args.protect),
        },
        kept,
    ).id;
}
