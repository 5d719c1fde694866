import { fromJsonMap, hasUnknown, isJsonMap, isPropertyMap, revealMap, Secret, text } from "../property";
import type { Json, JsonMap, Property, PropertyMap } from "../property";

/** What names an object. */
export interface Identity {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
}

/** Fields of the metadata that the server writes and no input may carry. */
export const serverMetadata = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/** The SDK cannot have a dash in a property's name: these fields of custom resource definitions have underscores there. */
const dashed = /^x_kubernetes_[a-z_]+$/;
const underscored = /^x-kubernetes-[a-z-]+$/;

/** A part of an object; undefined when something on the way is missing. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
    return path.reduce<Json | undefined>((part, key) => (isJsonMap(part) ? part[key] : undefined), value);
}

/** The same as {@link at}, for a string; empty when it is missing. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
    const found = at(value, ...path);
    return typeof found === "string" ? found : "";
}

/** The same as {@link at}, for a number; 0 when it is missing. */
export function numberAt(value: Json | undefined, ...path: readonly string[]): number {
    const found = at(value, ...path);
    return typeof found === "number" ? found : 0;
}

/** The same as {@link at}, for the objects of a list; none when it is missing. */
export function mapsAt(value: Json | undefined, ...path: readonly string[]): JsonMap[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? found.filter(isJsonMap) : [];
}

/** Whether an object carries an annotation with this value. */
export function annotated(object: JsonMap, annotation: string, value: string): boolean {
    return textAt(object, "metadata", "annotations", annotation) === value;
}

/**
 * The group version and kind that a type token names: `kubernetes:core/v1:Secret` is `v1`, `Secret`.
 * A `...Patch` token means the kind without that ending.
 */
export function kindOf(type: string): { apiVersion: string; kind: string; isPatch: boolean } {
    const [, group = "", token = ""] = type.split(":");
    const isPatch = token.endsWith("Patch");
    return {
        apiVersion: group.replace(/^core\//, ""),
        kind: isPatch ? token.slice(0, -"Patch".length) : token,
        isPatch,
    };
}

/** Who an object is. */
export function identity(object: JsonMap): Identity {
    return {
        apiVersion: textAt(object, "apiVersion"),
        kind: textAt(object, "kind"),
        namespace: textAt(object, "metadata", "namespace") || undefined,
        name: textAt(object, "metadata", "name"),
    };
}

/** The id of an object in the state: `namespace/name`, or `name` when it lives in no namespace. */
export function idOf(object: JsonMap): string {
    const { namespace, name } = identity(object);
    return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The other way round. */
export function parseId(id: string): { namespace: string | undefined; name: string } {
    const slash = id.indexOf("/");
    return slash < 0
        ? { namespace: undefined, name: id }
        : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/**
 * Brings inputs into the one form in which they are stored and compared: without fields that only the server writes, and
 * with a Secret's `stringData` in its `data`, as the server itself stores it.
 */
export function normalize(inputs: PropertyMap): PropertyMap {
    const isDefinition = inputs["kind"] === "CustomResourceDefinition";
    const object = Object.fromEntries(Object.entries(inputs).filter(([field]) => !isDefinition || field !== "status"));
    const metadata = object["metadata"];
    const kept = isPropertyMap(metadata)
        ? {
              metadata: Object.fromEntries(
                  Object.entries(metadata).filter(([field]) => !serverMetadata.includes(field)),
              ),
          }
        : {};
    return isSecretObject(inputs) ? secretData({ ...object, ...kept }) : { ...object, ...kept };
}

/** The object that is sent to the server: secrets opened, what belongs to the engine left out. */
export function toObject(inputs: PropertyMap): JsonMap {
    const object = revealMap(Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__"))));
    return renameKeys(object, (key) => (dashed.test(key) ? key.replaceAll("_", "-") : key));
}

/**
 * The outputs that the state keeps of a live object. Whatever came from a secret input is secret, and so is all data of a
 * Secret, wherever it came from.
 */
export function toOutputs(live: JsonMap, inputs: PropertyMap): PropertyMap {
    const outputs = renameKeys(live, (key) => (underscored.test(key) ? key.replaceAll("-", "_") : key));
    return markSecrets(fromJsonMap(outputs), inputs);
}

/** See {@link toOutputs}. */
export function markSecrets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
    if (isSecretObject(outputs)) {
        return Object.fromEntries(
            Object.entries(outputs).map(([name, value]) => [
                name,
                name === "data" || name === "stringData" ? asSecret(value) : value,
            ]),
        );
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, markLike(value, inputs[name])]));
}

function markLike(value: Property, input: Property | undefined): Property {
    if (isPropertyMap(value) && isPropertyMap(input)) {
        return markSecrets(value, input);
    }
    return input !== undefined && carriesSecret(input) ? asSecret(value) : value;
}

function carriesSecret(value: Property): boolean {
    if (value instanceof Secret) {
        return true;
    }
    const parts = Array.isArray(value) ? value : isPropertyMap(value) ? Object.values(value) : [];
    return parts.some(carriesSecret);
}

function asSecret(value: Property): Secret {
    return value instanceof Secret ? value : new Secret(value);
}

function isSecretObject(object: PropertyMap): boolean {
    return object["kind"] === "Secret" && object["apiVersion"] === "v1";
}

function secretData(inputs: PropertyMap): PropertyMap {
    const { stringData, data, ...rest } = inputs;
    if (stringData === undefined || hasUnknown(stringData) || (data !== undefined && hasUnknown(data))) {
        return markSecrets(inputs, {});
    }
    const texts = Object.entries(openMap(stringData)).map(([key, value]): [string, Property] => [
        key,
        Buffer.from(text(value)).toString("base64"),
    ]);
    return {
        ...rest,
        data: new Secret({ ...(data === undefined ? {} : fromJsonMap(openMap(data))), ...Object.fromEntries(texts) }),
    };
}

function openMap(value: Property): JsonMap {
    const { opened } = revealMap({ opened: value });
    return isJsonMap(opened) ? opened : {};
}

function renameKeys(object: JsonMap, rename: (key: string) => string): JsonMap {
    const renamed = (value: Json): Json => {
        if (Array.isArray(value)) {
            return value.map(renamed);
        }
        return isJsonMap(value) ? renameKeys(value, rename) : value;
    };
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), renamed(value)]));
}
