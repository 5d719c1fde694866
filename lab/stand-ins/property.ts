import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/** What a resource property can be: JSON, a secret around it, or a value that is known only after deployment. */
export type Property = null | boolean | number | string | Secret | Unknown | Property[] | PropertyMap;

/** The properties of a resource, by name. */
export interface PropertyMap {
    [name: string]: Property;
}

/** Plain JSON, as an API server speaks it. */
export type Json = null | boolean | number | string | Json[] | JsonMap;

/** A JSON object. */
export interface JsonMap {
    [name: string]: Json;
}

/** A value that the engine encrypts in its state and masks in its output. */
export class Secret {
    constructor(readonly value: Property) {}

    /** Never the value: a secret that meets a log by accident shows this word only. */
    toString(): string {
        return "[secret]";
    }

    /** See {@link Secret.toString}. */
    toJSON(): string {
        return "[secret]";
    }
}

/** A value that is known only after deployment; it reaches a provider during a preview. */
export class Unknown {
    constructor(readonly sentinel: string) {}
}

/**
 * The key that marks a wrapped value, and the marks themselves.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */
export const signatures = {
    key: "4dabf18193072939515e22adb298388d",
    secret: "1b47061264138c4ac30d75fd1eb44270",
} as const;

/**
 * The strings that stand for an unknown value, one for each type.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */
export const unknownSentinels = {
    boolean: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
} as const;

const sentinels = new Set<string>(Object.values(unknownSentinels));

/** True of an object with properties: neither an array nor a secret nor an unknown. */
export function isPropertyMap(value: Property | undefined): value is PropertyMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Secret) &&
        !(value instanceof Unknown)
    );
}

/** True of a JSON object. */
export function isJsonMap(value: Json | undefined): value is JsonMap {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads properties off the wire.
 * @throws when a value is of a kind that the stand-ins do not speak (asset, archive, resource reference, output)
 */
export function decode(struct: Struct | undefined): PropertyMap {
    return struct === undefined ? {} : decodeMap(struct.toJavaScript());
}

/** Writes properties onto the wire, secrets in their envelope. */
export function encode(properties: PropertyMap): Struct {
    return Struct.fromJavaScript(encodeMap(properties));
}

/** The value with every secret opened; unknown values become `null`, so ask {@link hasUnknown} before. */
export function reveal(value: Property): Json {
    if (value instanceof Secret) {
        return reveal(value.value);
    }
    if (value instanceof Unknown) {
        return null;
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    return isPropertyMap(value) ? revealMap(value) : value;
}

/** {@link reveal} of a whole property map. */
export function revealMap(properties: PropertyMap): JsonMap {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, reveal(value)]));
}

/** JSON as a property: no secret and nothing unknown is in there. */
export function fromJson(value: Json): Property {
    if (Array.isArray(value)) {
        return value.map(fromJson);
    }
    return isJsonMap(value) ? fromJsonMap(value) : value;
}

/** {@link fromJson} of a whole object. */
export function fromJsonMap(object: JsonMap): PropertyMap {
    return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, fromJson(value)]));
}

/** A string as it is, anything else as JSON; empty for nothing. */
export function text(value: Json | undefined): string {
    if (value === undefined || value === null) {
        return "";
    }
    return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a secret is in there, at any depth. */
export function hasSecret(value: Property): boolean {
    return some(value, (part) => part instanceof Secret);
}

/** Whether a value that is known only after deployment is in there, at any depth, secret ones included. */
export function hasUnknown(value: Property): boolean {
    return some(value, (part) => part instanceof Unknown);
}

/** Every string inside a secret, for masking it in messages. */
export function secretStrings(value: Property, within = false): string[] {
    if (typeof value === "string") {
        return within ? [value] : [];
    }
    if (value instanceof Secret) {
        return secretStrings(value.value, true);
    }
    return children(value).flatMap((child) => secretStrings(child, within));
}

function some(value: Property, test: (part: Property) => boolean): boolean {
    return test(value) || children(value).some((child) => some(child, test));
}

function children(value: Property): Property[] {
    if (value instanceof Secret) {
        return [value.value];
    }
    if (Array.isArray(value)) {
        return value;
    }
    return isPropertyMap(value) ? Object.values(value) : [];
}

function decodeMap(map: object): PropertyMap {
    return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, decodeValue(value)]));
}

function decodeValue(value: unknown): Property {
    if (typeof value === "string") {
        return sentinels.has(value) ? new Unknown(value) : value;
    }
    if (typeof value === "number" || typeof value === "boolean") {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(decodeValue);
    }
    if (typeof value !== "object" || value === null) {
        return null;
    }
    const map = value as Record<string, unknown>;
    switch (map[signatures.key]) {
        case undefined:
            return decodeMap(map);
        case signatures.secret:
            return new Secret(decodeValue(map["value"]));
        default:
            throw new Error(
                "An input is an asset, an archive, a resource reference or an output. The stand-in providers take plain values and secrets only.",
            );
    }
}

function encodeMap(properties: PropertyMap): Record<string, JavaScriptValue> {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, encodeValue(value)]));
}

function encodeValue(value: Property): JavaScriptValue {
    if (value instanceof Secret) {
        return { [signatures.key]: signatures.secret, value: encodeValue(value.value) };
    }
    if (value instanceof Unknown) {
        return value.sentinel;
    }
    if (Array.isArray(value)) {
        return value.map(encodeValue);
    }
    return isPropertyMap(value) ? encodeMap(value) : value;
}
