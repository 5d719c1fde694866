/** A Kubernetes object as a manifest declares it: any kind, any fields. */
export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; labels?: Record<string, string>; [field: string]: unknown };
    [field: string]: unknown;
}

/** What names an object within a cluster. */
export interface ObjectName {
    apiVersion: string;
    kind: string;
    namespace?: string;
    name: string;
}

/** The name of a declared object; a cluster-wide one has no namespace. */
export function nameOf(object: KubernetesObject): ObjectName {
    const { name, namespace } = object.metadata;
    return {
        apiVersion: object.apiVersion,
        kind: object.kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
    };
}

/**
 * One line that names an object, the same for the same object in every version of its API:
 * `Role.rbac.authorization.k8s.io tekton-chains/tekton-chains-info`.
 */
export function objectId({ apiVersion, kind, namespace, name }: ObjectName): string {
    const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
    return `${kind}${group} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** A plain object (not an array, not null) that may be read key by key. */
export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys, or undefined where a key is missing on the way. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
    return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}
