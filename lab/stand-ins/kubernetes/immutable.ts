import type { ApiError } from "./api-server";
import { formatPath, parsePath } from "./difference";

/** How the API server says that a field of an existing object cannot be changed. Each line was met with one kind. */
const wordings = [
    /immutable/i, // Deployment's selector, ConfigMap and Secret with `immutable: true`, Job's template, Secret's type
    /may not change (once set|fields other than)/i, // Service's clusterIP, Pod
    /cannot change roleref/i, // RoleBinding, ClusterRoleBinding
    /updates to .* (is|are) forbidden/i, // StatefulSet, StorageClass
    /updates may not change fields/i, // Pod
];

/**
 * The fields because of which the server refuses to update an object in place; undefined when it refuses for any other
 * reason too, for then the object is bad and a new one would be refused as well.
 */
export function immutableFields(refusal: ApiError): string[] | undefined {
    const says = (message: string): boolean => wordings.some((wording) => wording.test(message));
    if (refusal.code !== 422 || refusal.causes.length === 0 || !refusal.causes.every((cause) => says(cause.message))) {
        return undefined;
    }
    return [...new Set(refusal.causes.map((cause) => formatPath(parsePath(cause.field))))];
}
