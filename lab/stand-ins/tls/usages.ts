import "reflect-metadata";
import { ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } from "@peculiar/x509";
import type { Extension } from "@peculiar/x509";
import type { CheckFailure } from "../stand-in";
import type { Json } from "../property";

/** Words of `allowedUses` that are bits of the key usage extension (RFC 5280, section 4.2.1.3). */
const keyUsages: Readonly<Record<string, KeyUsageFlags>> = {
    cert_signing: KeyUsageFlags.keyCertSign,
    content_commitment: KeyUsageFlags.nonRepudiation,
    crl_signing: KeyUsageFlags.cRLSign,
    data_encipherment: KeyUsageFlags.dataEncipherment,
    decipher_only: KeyUsageFlags.decipherOnly,
    digital_signature: KeyUsageFlags.digitalSignature,
    encipher_only: KeyUsageFlags.encipherOnly,
    key_agreement: KeyUsageFlags.keyAgreement,
    key_encipherment: KeyUsageFlags.keyEncipherment,
};

/** Words of `allowedUses` that are purposes of the extended key usage extension (RFC 5280, section 4.2.1.12). */
const extendedKeyUsages: Readonly<Record<string, string>> = {
    any_extended: "2.5.29.37.0",
    client_auth: "1.3.6.1.5.5.7.3.2",
    code_signing: "1.3.6.1.5.5.7.3.3",
    email_protection: "1.3.6.1.5.5.7.3.4",
    ocsp_signing: "1.3.6.1.5.5.7.3.9",
    server_auth: "1.3.6.1.5.5.7.3.1",
    timestamping: "1.3.6.1.5.5.7.3.8",
};

/** Refuses words that mean nothing: a certificate without the intended use would be made silently. */
export function checkUsages(allowedUses: Json | undefined): CheckFailure[] {
    const allowed = [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)];
    const given = Array.isArray(allowedUses) ? allowedUses : [];
    return given
        .filter((use) => typeof use !== "string" || !allowed.includes(use))
        .map((use) => ({
            property: "allowedUses",
            reason: `It has ${JSON.stringify(use)}; ${allowed.join(", ")} are allowed.`,
        }));
}

/** The key usage extensions of a certificate. */
export function usageExtensions(allowedUses: readonly string[]): Extension[] {
    const [flag, ...flags] = allowedUses.flatMap((use) => keyUsages[use] ?? []);
    const purposes = allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
    return [
        ...(flag === undefined ? [] : [new KeyUsagesExtension(union(flag, flags), true)]),
        ...(purposes.length === 0 ? [] : [new ExtendedKeyUsageExtension(purposes)]),
    ];
}

function union(first: KeyUsageFlags, others: readonly KeyUsageFlags[]): KeyUsageFlags {
    return others.reduce<KeyUsageFlags>((all, flag) => all | flag, first);
}
