import { createPrivateKey, createPublicKey } from "node:crypto";

/** How the keys that the providers make are used with Web Cryptography: the hash follows the key, as in Go's crypto/x509. */
const algorithms: Readonly<
    Record<string, { key: EcKeyImportParams | RsaHashedImportParams | Algorithm; hash: string }>
> = {
    prime256v1: { key: { name: "ECDSA", namedCurve: "P-256" }, hash: "SHA-256" },
    secp384r1: { key: { name: "ECDSA", namedCurve: "P-384" }, hash: "SHA-384" },
    secp521r1: { key: { name: "ECDSA", namedCurve: "P-521" }, hash: "SHA-512" },
    rsa: { key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, hash: "SHA-256" },
    ed25519: { key: { name: "Ed25519" }, hash: "SHA-512" },
};

/** A key that signs, its public half, and the signature's algorithm. */
export interface Signer {
    readonly keys: CryptoKeyPair;
    readonly algorithm: { readonly name: string; readonly hash: string };
}

/**
 * Reads a private key in any PEM form that the providers write.
 * @throws when it is a kind of key that signs no certificate here (P224 is not in Web Cryptography)
 */
export async function signer(privateKeyPem: string): Promise<Signer> {
    const privateKey = createPrivateKey(privateKeyPem);
    const kind = privateKey.asymmetricKeyDetails?.namedCurve ?? privateKey.asymmetricKeyType ?? "unknown";
    const algorithm = algorithms[kind];
    if (algorithm === undefined) {
        throw new Error(`A key of kind ${kind} signs no certificate here; ${Object.keys(algorithms).join(", ")} do.`);
    }
    const { subtle } = globalThis.crypto;
    const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });
    return {
        keys: {
            privateKey: await subtle.importKey("pkcs8", new Uint8Array(pkcs8), algorithm.key, true, ["sign"]),
            publicKey: await subtle.importKey("spki", new Uint8Array(spki), algorithm.key, true, ["verify"]),
        },
        algorithm: { name: algorithm.key.name, hash: algorithm.hash },
    };
}
