import "reflect-metadata";
import { randomBytes } from "node:crypto";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    Pkcs10CertificateRequest,
    Pkcs10CertificateRequestGenerator,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509CertificateGenerator,
} from "@peculiar/x509";
import type { Extension, PublicKey } from "@peculiar/x509";
import { text } from "../property";
import type { JsonMap, PropertyMap } from "../property";
import type { Kind } from "../kept-in-state";
import { keyAlgorithm } from "./private-key";
import { signer } from "./signing";
import { alternativeNames, distinguishedName, strings } from "./subject";
import { checkUsages, usageExtensions } from "./usages";

const hour = 3_600_000;
const subjectAlternativeName = "2.5.29.17";

const validity = {
    inputs: {
        allowedUses: undefined,
        validityPeriodHours: undefined,
        earlyRenewalHours: 0,
        isCaCertificate: false,
        maxPathLength: undefined,
        setSubjectKeyId: false,
    },
    required: ["allowedUses", "validityPeriodHours"],
    updatable: ["earlyRenewalHours"],
    computed: ["certPem", "keyAlgorithm", "validityStartTime", "validityEndTime", "readyForRenewal"],
    check: ({ allowedUses }: JsonMap) => checkUsages(allowedUses),
    outdated: ({ earlyRenewalHours }: JsonMap, { validityEndTime }: JsonMap) => {
        const end = typeof validityEndTime === "string" ? Date.parse(validityEndTime) : NaN;
        return Date.now() >= end - Number(earlyRenewalHours) * hour ? "readyForRenewal" : undefined;
    },
};

const names = { subject: undefined, dnsNames: undefined, ipAddresses: undefined, uris: undefined };

/**
 * `tls.SelfSignedCert`.
 * @see https://registry.terraform.io/providers/hashicorp/tls/latest/docs/resources/self_signed_cert
 */
export const selfSignedCert: Kind = {
    ...validity,
    inputs: { ...validity.inputs, ...names, privateKeyPem: undefined, setAuthorityKeyId: false },
    required: [...validity.required, "privateKeyPem"],
    secret: ["privateKeyPem"],
    make: async (inputs) => {
        const privateKeyPem = text(inputs["privateKeyPem"]);
        const { keys, algorithm } = await signer(privateKeyPem);
        const terms = termsOf(inputs);
        const certificate = await X509CertificateGenerator.createSelfSigned({
            ...terms,
            name: distinguishedName(inputs["subject"]),
            keys,
            signingAlgorithm: algorithm,
            extensions: [
                ...(await extensions(inputs, keys.publicKey)),
                ...(inputs["setAuthorityKeyId"] === true
                    ? [await AuthorityKeyIdentifierExtension.create(keys.publicKey)]
                    : []),
                ...alternativeNames(inputs),
            ],
        });
        return made(certificate, keyAlgorithm(privateKeyPem));
    },
};

/**
 * `tls.CertRequest`.
 * @see https://registry.terraform.io/providers/hashicorp/tls/latest/docs/resources/cert_request
 */
export const certRequest: Kind = {
    inputs: { ...names, privateKeyPem: undefined },
    required: ["privateKeyPem"],
    secret: ["privateKeyPem"],
    computed: ["certRequestPem", "keyAlgorithm"],
    make: async (inputs) => {
        const privateKeyPem = text(inputs["privateKeyPem"]);
        const { keys, algorithm } = await signer(privateKeyPem);
        const request = await Pkcs10CertificateRequestGenerator.create({
            name: distinguishedName(inputs["subject"]),
            keys,
            signingAlgorithm: algorithm,
            extensions: alternativeNames(inputs),
        });
        const outputs = { certRequestPem: pem(request), keyAlgorithm: keyAlgorithm(privateKeyPem) };
        return { id: randomBytes(16).toString("hex"), outputs };
    },
};

/**
 * `tls.LocallySignedCert`.
 * @see https://registry.terraform.io/providers/hashicorp/tls/latest/docs/resources/locally_signed_cert
 */
export const locallySignedCert: Kind = {
    ...validity,
    inputs: { ...validity.inputs, caCertPem: undefined, caPrivateKeyPem: undefined, certRequestPem: undefined },
    required: [...validity.required, "caCertPem", "caPrivateKeyPem", "certRequestPem"],
    secret: ["caPrivateKeyPem"],
    computed: [...validity.computed, "caKeyAlgorithm"],
    make: async (inputs) => {
        const caPrivateKeyPem = text(inputs["caPrivateKeyPem"]);
        const ca = new X509Certificate(text(inputs["caCertPem"]));
        const request = new Pkcs10CertificateRequest(text(inputs["certRequestPem"]));
        if (!(await request.verify())) {
            throw new Error("The certificate request is not signed with the key that it names.");
        }
        const { keys, algorithm } = await signer(caPrivateKeyPem);
        if (!sameKey(ca.publicKey, await spki(keys.publicKey))) {
            throw new Error("caPrivateKeyPem is not the private key of the certificate caCertPem.");
        }
        const caKeyId = ca.getExtension(SubjectKeyIdentifierExtension)?.keyId;
        const requested = request.getExtension(subjectAlternativeName);
        const certificate = await X509CertificateGenerator.create({
            ...termsOf(inputs),
            subject: request.subjectName,
            issuer: ca.subjectName,
            publicKey: request.publicKey,
            signingKey: keys.privateKey,
            signingAlgorithm: algorithm,
            extensions: [
                ...(await extensions(inputs, request.publicKey)),
                ...(caKeyId === undefined ? [] : [new AuthorityKeyIdentifierExtension(caKeyId)]),
                ...(requested === null ? [] : [requested]),
            ],
        });
        const { id, outputs } = made(certificate, keyAlgorithm(caPrivateKeyPem));
        return { id, outputs: { ...outputs, caKeyAlgorithm: keyAlgorithm(caPrivateKeyPem) } };
    },
};

function termsOf({ validityPeriodHours }: JsonMap): { serialNumber: string; notBefore: Date; notAfter: Date } {
    // A serial number is positive and has at most 20 octets (RFC 5280, section 4.1.2.2).
    const serial = randomBytes(16);
    serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
    return {
        serialNumber: serial.toString("hex"),
        notBefore,
        notAfter: new Date(notBefore.getTime() + Number(validityPeriodHours) * hour),
    };
}

async function extensions(inputs: JsonMap, publicKey: CryptoKey | PublicKey): Promise<Extension[]> {
    const isCa = inputs["isCaCertificate"] === true;
    const pathLength = typeof inputs["maxPathLength"] === "number" ? inputs["maxPathLength"] : undefined;
    // An authority without a key id could not be named by what it signs: Go's x509 adds one by itself.
    const subjectKeyId = isCa || inputs["setSubjectKeyId"] === true;
    return [
        ...usageExtensions(strings(inputs["allowedUses"])),
        new BasicConstraintsExtension(isCa, isCa ? pathLength : undefined, true),
        ...(subjectKeyId ? [await SubjectKeyIdentifierExtension.create(publicKey)] : []),
    ];
}

function made(certificate: X509Certificate, algorithm: string): { id: string; outputs: PropertyMap } {
    return {
        id: BigInt(`0x${certificate.serialNumber}`).toString(),
        outputs: {
            certPem: pem(certificate),
            keyAlgorithm: algorithm,
            validityStartTime: certificate.notBefore.toISOString(),
            validityEndTime: certificate.notAfter.toISOString(),
            readyForRenewal: false,
        },
    };
}

function pem(data: { toString(format: "pem"): string }): string {
    return `${data.toString("pem").trim()}\n`;
}

async function spki(key: CryptoKey): Promise<Buffer> {
    return Buffer.from(await globalThis.crypto.subtle.exportKey("spki", key));
}

function sameKey(key: PublicKey, other: Buffer): boolean {
    return Buffer.from(key.rawData).equals(other);
}
