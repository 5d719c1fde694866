import { stringify } from "yaml";
import { NOT_FETCHED } from "../locks/content";
import { kubernetesObjects } from "../requirements/objects";
import { hasUnknown, SECRET, type Snapshot } from "../requirements/snapshot";

/** One file of `out/manifests`. */
export interface ManifestFile {
    name: string;
    text: string;
}

/**
 * Every declared Kubernetes object whose content is here, one a file, numbered in an order that `kubectl apply -f DIR`
 * can follow: what others refer to comes first. Secret and unknown values stand as the plan shows them, so that a Secret is
 * here to be read and not to be applied. Objects of a release whose content was not fetched are not here: the CRDs and
 * namespaces of Tekton and Chains, without which the API server knows no Task.
 */
export function manifests(snapshot: Snapshot): ManifestFile[] {
    return kubernetesObjects(snapshot)
        .filter(({ resource }) => !JSON.stringify(resource.inputs).includes(NOT_FETCHED))
        .map((object) => ({ object, rank: rankOf(object.kind) }))
        .sort((a, b) => a.rank - b.rank || (a.object.resource.urn < b.object.resource.urn ? -1 : 1))
        .map(({ object }, at) => ({
            name: `${String(at).padStart(3, "0")}-${[object.kind, object.namespace, object.name]
                .filter((part) => part !== undefined)
                .join("-")
                .toLowerCase()
                .replaceAll(/[^a-z0-9.-]+/g, "-")}.yaml`,
            text: header(object.resource.inputs) + text(object.resource.inputs),
        }));
}

/** kubectl reads YAML 1.1, in which a bare `no` or `off` is false. */
function text(inputs: unknown): string {
    return stringify(inputs, { lineWidth: 0, compat: "yaml-1.1" });
}

const ORDER = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "Role"];
const LAST = ["Deployment", "Task", "Pipeline"];

function rankOf(kind: string): number {
    const first = ORDER.indexOf(kind);
    return first >= 0 ? first : ORDER.length + 1 + LAST.indexOf(kind);
}

function header(inputs: unknown): string {
    const text = JSON.stringify(inputs);
    return hasUnknown(inputs) || text.includes(SECRET)
        ? "# Values in [brackets] are secret, or known only after deployment: `pulumi up` fills them in.\n"
        : "";
}
