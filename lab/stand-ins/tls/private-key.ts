import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { text } from "../property";
import type { JsonMap } from "../property";
import type { Kind } from "../kept-in-state";

const generate = promisify(generateKeyPair);

const curves: Readonly<Record<string, string>> = {
    P224: "secp224r1",
    P256: "prime256v1",
    P384: "secp384r1",
    P521: "secp521r1",
};
const algorithms = ["ECDSA", "ED25519", "RSA"];

/** What a key's outputs and a certificate's `keyAlgorithm` call an algorithm, by node's name of it. */
const algorithmNames: Readonly<Record<string, string>> = { ec: "ECDSA", ed25519: "ED25519", rsa: "RSA" };

/**
 * `tls.PrivateKey`.
 * @see https://registry.terraform.io/providers/hashicorp/tls/latest/docs/resources/private_key
 */
export const privateKey: Kind = {
    inputs: { algorithm: undefined, ecdsaCurve: "P224", rsaBits: 2048 },
    required: ["algorithm"],
    secret: ["privateKeyPem", "privateKeyPemPkcs8"],
    computed: [
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "publicKeyPem",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    ],
    check: ({ algorithm, ecdsaCurve }) => [
        ...(typeof algorithm === "string" && algorithms.includes(algorithm)
            ? []
            : [
                  {
                      property: "algorithm",
                      reason: `It is ${JSON.stringify(algorithm)}; one of ${algorithms.join(", ")} is allowed.`,
                  },
              ]),
        ...(typeof ecdsaCurve === "string" && ecdsaCurve in curves
            ? []
            : [
                  {
                      property: "ecdsaCurve",
                      reason: `It is ${JSON.stringify(ecdsaCurve)}; one of ${Object.keys(curves).join(", ")} is allowed.`,
                  },
              ]),
    ],
    make: async (inputs) => {
        const key = await newKey(inputs);
        const publicKey = createPublicKey(key);
        const blob = sshBlob(publicKey);
        const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
        return {
            id: createHash("sha1")
                .update(publicKey.export({ type: "spki", format: "der" }))
                .digest("hex"),
            outputs: {
                privateKeyPem: traditionalPem(key) ?? pkcs8,
                privateKeyPemPkcs8: pkcs8,
                publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
                publicKeyOpenssh: blob === undefined ? "" : `${blob.name} ${blob.bytes.toString("base64")}\n`,
                publicKeyFingerprintMd5: blob === undefined ? "" : colons(hash("md5", blob.bytes).toString("hex")),
                publicKeyFingerprintSha256:
                    blob === undefined
                        ? ""
                        : `SHA256:${hash("sha256", blob.bytes).toString("base64").replace(/=+$/, "")}`,
            },
        };
    },
};

/** The provider's name of a private key's algorithm: `ECDSA`, `ED25519` or `RSA`. */
export function keyAlgorithm(pem: string): string {
    const type = createPrivateKey(pem).asymmetricKeyType ?? "unknown";
    const name = algorithmNames[type];
    if (name === undefined) {
        throw new Error(`A private key is of type ${type}; ${algorithms.join(", ")} are allowed.`);
    }
    return name;
}

async function newKey({ algorithm, ecdsaCurve, rsaBits }: JsonMap): Promise<KeyObject> {
    switch (algorithm) {
        case "ECDSA":
            return (await generate("ec", { namedCurve: curves[text(ecdsaCurve)] ?? "" })).privateKey;
        case "ED25519":
            return (await generate("ed25519")).privateKey;
        default:
            return (await generate("rsa", { modulusLength: Number(rsaBits) })).privateKey;
    }
}

/** The older PEM forms "EC PRIVATE KEY" and "RSA PRIVATE KEY"; ED25519 has none. */
function traditionalPem(key: KeyObject): string | undefined {
    switch (key.asymmetricKeyType) {
        case "ec":
            return key.export({ type: "sec1", format: "pem" }).toString();
        case "rsa":
            return key.export({ type: "pkcs1", format: "pem" }).toString();
        default:
            return undefined;
    }
}

/**
 * The public key as OpenSSH writes it; P224 has no such form.
 * @see https://datatracker.ietf.org/doc/html/rfc4253#section-6.6
 * @see https://datatracker.ietf.org/doc/html/rfc5656#section-3.1
 * @see https://datatracker.ietf.org/doc/html/rfc8709#section-4
 */
function sshBlob(key: KeyObject): { name: string; bytes: Buffer } | undefined {
    if (key.asymmetricKeyDetails?.namedCurve === curves["P224"]) {
        return undefined;
    }
    const { crv, x, y, n, e } = key.export({ format: "jwk" });
    const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");
    const blob = (name: string, ...parts: Buffer[]) => ({
        name,
        bytes: Buffer.concat([Buffer.from(name), ...parts].flatMap((part) => [length(part), part])),
    });
    switch (key.asymmetricKeyType) {
        case "ed25519":
            return blob("ssh-ed25519", bytes(x));
        case "rsa":
            return blob("ssh-rsa", positive(bytes(e)), positive(bytes(n)));
        default: {
            const curve = `nistp${String(crv).replace("P-", "")}`;
            const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
            return blob(`ecdsa-sha2-${curve}`, Buffer.from(curve), point);
        }
    }
}

function length(part: Buffer): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(part.length);
    return bytes;
}

/** An mpint whose first bit is set would be negative without a zero byte before it. */
function positive(bytes: Buffer): Buffer {
    return ((bytes[0] ?? 0) & 0x80) === 0 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}

function hash(algorithm: string, bytes: Buffer): Buffer {
    return createHash(algorithm).update(bytes).digest();
}

function colons(hex: string): string {
    return (hex.match(/../g) ?? []).join(":");
}
