import type * as pulumi from "@pulumi/pulumi";

/** What whoever verifies needs to know to call a build good. */
export interface Verification {
    /** PEM of the key that Chains signs with. */
    signingPublicKey: pulumi.Input<string>;
    /** PEM of the transparency log's key. */
    logPublicKey: pulumi.Input<string>;
    /** PEM of the authority that the registry's certificate is from. */
    registryCa: pulumi.Input<string>;
}

/** Under which key of a ConfigMap an input of a step lies. */
export const VERIFICATION_KEYS = {
    SIGNING_PUBLIC_KEY: "signing.pub",
    LOG_PUBLIC_KEY: "log.pub",
    REGISTRY_CA: "registry-ca.crt",
} as const;

/** The data of a ConfigMap that holds it. */
export function verificationData(verification: Verification): Record<string, pulumi.Input<string>> {
    return {
        [VERIFICATION_KEYS.SIGNING_PUBLIC_KEY]: verification.signingPublicKey,
        [VERIFICATION_KEYS.LOG_PUBLIC_KEY]: verification.logPublicKey,
        [VERIFICATION_KEYS.REGISTRY_CA]: verification.registryCa,
    };
}
