import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const storage = z.enum(["oci", "tekton", "gcs", "docdb", "grafeas", "archivista"]);
const format = z.enum(["slsa/v1", "slsa/v2alpha3", "slsa/v2alpha4"]);
const signer = z.enum(["x509", "kms"]);
const flag = z.boolean();
const text = z.string().min(1).regex(/^\S+$/, "must not contain white space");

/**
 * Every key of `chains-config` that this platform may set, with the values that Chains v0.26 to v0.28 reads
 * (tektoncd/chains pkg/config/config.go). Chains itself ignores a key it does not know and reads "True " as false, so
 * nothing else is let through. Left out on purpose: `storage.oci.repository.insecure`, the signer `none`, and keyless
 * signing through Fulcio, because each would make the announcement's promises untrue.
 */
export const chainsConfigSchema = z.strictObject({
    "artifacts.taskrun.format": format,
    "artifacts.taskrun.storage": z.array(storage),
    "artifacts.taskrun.signer": signer,
    "artifacts.pipelinerun.format": format,
    "artifacts.pipelinerun.storage": z.array(storage),
    "artifacts.pipelinerun.signer": signer,
    "artifacts.pipelinerun.enable-deep-inspection": flag,
    "artifacts.oci.format": z.literal("simplesigning"),
    "artifacts.oci.storage": z.array(storage),
    "artifacts.oci.signer": signer,
    "storage.oci.repository": text.optional(),
    // Known only when the key is there: its text is checked then.
    "signers.kms.kmsref": z.custom<pulumi.Input<string>>((value) => value !== undefined).optional(),
    "transparency.enabled": z.union([flag, z.literal("manual")]),
    "transparency.url": z.url().optional(),
    "builder.id": z.url(),
    "builddefinition.buildtype": z.enum([
        "https://tekton.dev/chains/v2/slsa",
        "https://tekton.dev/chains/v2/slsa-tekton",
    ]),
});

/** Typed `chains-config`: a misspelt key or value does not compile. */
export type ChainsConfig = z.infer<typeof chainsConfigSchema>;

/**
 * A version of a key in Google's KMS, as sigstore takes it (pkg/signature/kms/gcp/client.go). Without a version Chains would
 * sign with whichever the service lists first.
 */
const KMS_REF =
    /^gcpkms:\/\/projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s]+\/cryptoKeyVersions\/[1-9][0-9]*$/;

/**
 * Turns a typed configuration into the data of the ConfigMap `chains-config`.
 *
 * @throws Error naming every wrong key, for values that reached us untyped; and, when it is deployed, for a `kmsref` that
 * names no version of a key
 */
export function chainsConfigData(config: ChainsConfig): Record<string, pulumi.Input<string>> {
    const result = chainsConfigSchema.safeParse(config);
    if (!result.success) {
        throw new Error(
            `chains-config is wrong:\n${z.prettifyError(result.error)}\nAllowed keys and values: components/chains-config.ts`,
        );
    }
    const { "signers.kms.kmsref": kmsRef, ...known } = result.data;
    const data = Object.entries(known).flatMap(([key, value]): [string, pulumi.Input<string>][] =>
        value === undefined ? [] : [[key, Array.isArray(value) ? value.join(",") : String(value)]],
    );
    return {
        ...Object.fromEntries(data),
        ...(kmsRef === undefined ? {} : { "signers.kms.kmsref": pulumi.output(kmsRef).apply(pinned) }),
    };
}

/**
 * A reference to a version of a key, as it is.
 *
 * @throws Error for one without a version, or of another service
 */
export function pinned(kmsRef: string): string {
    if (!KMS_REF.test(kmsRef)) {
        throw new Error(
            `chains-config: signers.kms.kmsref is "${kmsRef}"; it must be ` +
                "gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N",
        );
    }
    return kmsRef;
}
