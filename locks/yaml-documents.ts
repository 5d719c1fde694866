import { isRecord, type KubernetesObject } from "./kubernetes-object";
import { readYamlDocuments } from "./yaml-text";

/**
 * The Kubernetes objects of a YAML file with one or more documents, in the file's order. Empty documents are left
 * out; a `List` is not opened (releases hold none).
 *
 * @param from - what the messages call the file
 * @throws Error naming every document that is not YAML (1.2 core schema, as Kubernetes reads it; a repeated key is an
 *   error) or that lacks apiVersion, kind or metadata.name
 */
export function objectsIn(text: string, from: string): KubernetesObject[] {
    const problems: string[] = [];
    const objects: KubernetesObject[] = [];
    for (const [at, document] of readYamlDocuments(text).entries()) {
        const place = `document ${String(at + 1)}`;
        if ("problems" in document) {
            problems.push(...document.problems.map((problem) => `${place}: ${problem}`));
            continue;
        }
        const { value } = document;
        if (value === null || value === undefined) {
            continue;
        }
        if (isKubernetesObject(value)) {
            objects.push(value);
        } else {
            problems.push(`${place}: no Kubernetes object (apiVersion, kind and metadata.name are needed)`);
        }
    }
    if (problems.length > 0) {
        throw new Error(`${from} is no list of Kubernetes objects:\n  ${problems.join("\n  ")}`);
    }
    return objects;
}

function isKubernetesObject(value: unknown): value is KubernetesObject {
    if (!isRecord(value) || !isRecord(value["metadata"])) {
        return false;
    }
    const { name, namespace } = value["metadata"];
    return (
        typeof value["apiVersion"] === "string" &&
        typeof value["kind"] === "string" &&
        typeof name === "string" &&
        name !== "" &&
        (namespace === undefined || typeof namespace === "string")
    );
}
