import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/**
 * A signing key that is made by Pulumi and kept, encrypted, in its state. For stack `local` only: whoever can decrypt
 * the state can sign. In a cloud the key stays in its KMS.
 *
 * ECDSA on P-256, which Chains and cosign take as `x509.pem` in PKCS #8 (https://tekton.dev/docs/chains/signing/).
 */
export class LocalSigningKey extends pulumi.ComponentResource {
    /** PKCS #8, PEM; a secret. */
    readonly privateKey: pulumi.Output<string>;
    /** What verifiers need: SubjectPublicKeyInfo, PEM. */
    readonly publicKey: pulumi.Output<string>;

    constructor(name: string, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:LocalSigningKey", name, {}, options);
        const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent: this });
        this.privateKey = pulumi.secret(key.privateKeyPemPkcs8);
        this.publicKey = key.publicKeyPem;
        this.registerOutputs({ publicKey: this.publicKey });
    }
}
