import type * as pulumi from "@pulumi/pulumi";

/** What Chains signs with: a key that it holds, or one that it may ask to sign and never sees. */
export type Signer =
    /** PKCS #8, PEM; a secret. */
    { readonly x509: pulumi.Input<string> } | { readonly kms: KmsSigner };

/** A version of a key in a key management service. */
export interface KmsSigner {
    /** `gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N` */
    readonly ref: pulumi.Input<string>;
    /** What must be there before Chains may sign with it. */
    readonly ready: readonly pulumi.Resource[];
}

/** The value of Chains' `artifacts.*.signer`. */
export function signerKind(signer: Signer): "x509" | "kms" {
    return "x509" in signer ? "x509" : "kms";
}
