import "reflect-metadata";
import { SubjectAlternativeNameExtension } from "@peculiar/x509";
import type { Extension, JsonName } from "@peculiar/x509";
import { isJsonMap } from "../property";
import type { Json, JsonMap } from "../property";

/** The attributes of a subject in the order in which the real provider (Go's crypto/x509/pkix) writes them. */
const attributes: readonly [input: string, oid: string][] = [
    ["country", "2.5.4.6"],
    ["organization", "2.5.4.10"],
    ["organizationalUnit", "2.5.4.11"],
    ["locality", "2.5.4.7"],
    ["province", "2.5.4.8"],
    ["streetAddresses", "2.5.4.9"],
    ["postalCode", "2.5.4.17"],
    ["commonName", "2.5.4.3"],
    ["serialNumber", "2.5.4.5"],
    ["emailAddress", "1.2.840.113549.1.9.1"],
];

/** The distinguished name that a `subject` input describes; empty without one. */
export function distinguishedName(subject: Json | undefined): JsonName {
    const given: JsonMap = isJsonMap(subject) ? subject : {};
    return attributes.flatMap(([input, oid]) => strings(given[input]).map((value) => ({ [oid]: [value] })));
}

/** The names for which a certificate stands, from `dnsNames`, `ipAddresses` and `uris`. */
export function alternativeNames(inputs: JsonMap): Extension[] {
    const names = [
        ...strings(inputs["dnsNames"]).map((value) => ({ type: "dns" as const, value })),
        ...strings(inputs["ipAddresses"]).map((value) => ({ type: "ip" as const, value })),
        ...strings(inputs["uris"]).map((value) => ({ type: "url" as const, value })),
    ];
    return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)];
}

/** One string or many, as strings; none when the input is not set. */
export function strings(value: Json | undefined): string[] {
    const values = Array.isArray(value) ? value : [value];
    return values.filter((item) => typeof item === "string");
}
