import "reflect-metadata";

import { webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** A lab lives for hours; what lets one into it for a month. */
export const LIFETIME_HOURS = 30 * 24;
/** Certificates are good from an hour ago (clocks). */
const lifetime = { before: 3600e3, after: LIFETIME_HOURS * 3600e3 };

/** A certificate and its key, PEM. */
export interface KeyPair {
    readonly certificate: string;
    readonly key: string;
}

/** What a certificate is for: the identity in it and the names it may be met under. */
export interface Leaf {
    readonly commonName: string;
    /** Kubernetes reads a client's groups from here. */
    readonly organization?: string;
    readonly server?: boolean;
    readonly client?: boolean;
    readonly dnsNames?: readonly string[];
    readonly ips?: readonly string[];
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
    const bytes = await webcrypto.subtle.exportKey("pkcs8", key);
    return `${x509.PemConverter.encode(bytes, "PRIVATE KEY")}\n`;
}

function validity(): { notBefore: Date; notAfter: Date } {
    const now = Date.now();
    return { notBefore: new Date(now - lifetime.before), notAfter: new Date(now + lifetime.after) };
}

/** A certificate authority that lives in this process; only its files outlive it. */
export class CertificateAuthority {
    private constructor(
        private readonly own: x509.X509Certificate,
        private readonly keys: webcrypto.CryptoKeyPair,
        /** The authority's own certificate and key. */
        readonly pair: KeyPair,
    ) {}

    static async create(commonName: string): Promise<CertificateAuthority> {
        x509.cryptoProvider.set(webcrypto as Crypto);
        const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
        const own = await x509.X509CertificateGenerator.createSelfSigned({
            name: `CN=${commonName}`,
            keys,
            signingAlgorithm: algorithm,
            ...validity(),
            extensions: [
                new x509.BasicConstraintsExtension(true, undefined, true),
                new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
                await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
            ],
        });
        const pair = { certificate: `${own.toString("pem")}\n`, key: await pem(keys.privateKey) };
        return new CertificateAuthority(own, keys, pair);
    }

    /** A new key and a certificate for it. */
    async issue(leaf: Leaf): Promise<KeyPair> {
        const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
        const usages: string[] = [];
        if (leaf.server === true) {
            usages.push(x509.ExtendedKeyUsage.serverAuth);
        }
        if (leaf.client === true) {
            usages.push(x509.ExtendedKeyUsage.clientAuth);
        }
        const names: x509.JsonGeneralName[] = [
            ...(leaf.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
            ...(leaf.ips ?? []).map((value) => ({ type: "ip" as const, value })),
        ];
        const subject = leaf.organization === undefined ? [] : [{ O: [leaf.organization] }];
        const certificate = await x509.X509CertificateGenerator.create({
            subject: [...subject, { CN: [leaf.commonName] }],
            issuer: this.own.subject,
            publicKey: keys.publicKey,
            signingKey: this.keys.privateKey,
            signingAlgorithm: algorithm,
            ...validity(),
            extensions: [
                new x509.BasicConstraintsExtension(false, undefined, true),
                new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
                new x509.ExtendedKeyUsageExtension(usages),
                await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
                ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
            ],
        });
        return { certificate: `${certificate.toString("pem")}\n`, key: await pem(keys.privateKey) };
    }
}

/** Writes `<name>.crt` and, readable by root alone, `<name>.key`. */
export function writePair(folder: string, name: string, pair: KeyPair): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${name}.crt`), pair.certificate);
    writeFileSync(path.join(folder, `${name}.key`), pair.key, { mode: 0o600 });
}
