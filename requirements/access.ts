import { valueAt } from "./findings";
import { kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { hasUnknown, type PlannedResource, type Snapshot } from "./snapshot";

/** One thing that somebody might do to Kubernetes: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface Action {
    verbs: readonly string[];
    group: string;
    /** Plural, with a subresource after a slash: `pods/exec`. */
    resource: string;
    namespace: string;
    /** @default any object of the kind */
    name?: string;
}

/** Somebody who may do it, and the binding that says so. */
export interface Grantee {
    /** `ServiceAccount namespace/name`, `User name` or `Group name`. */
    subject: string;
    binding: PlannedResource;
    /** Set when the plan does not say what the binding's role allows; then it may allow anything. */
    undeclaredRole?: string;
}

interface Rule {
    apiGroups?: string[];
    resources?: string[];
    verbs?: string[];
    resourceNames?: string[];
}

/** Roles that Kubernetes itself brings and that may write, or read secrets, in every namespace they are bound in. */
const POWERFUL = new Set(["cluster-admin", "admin", "edit"]);

/** Text by which a service account is compared. */
export function subjectOf({ namespace, name }: ServiceAccount): string {
    return `ServiceAccount ${namespace}/${name}`;
}

/**
 * Everybody whom the declared bindings allow one of the action's verbs. Bindings that a plan does not declare (those that
 * the cluster had before) are not seen: docs/architecture.md says so.
 */
export function whoCan(snapshot: Snapshot, action: Action): Grantee[] {
    const objects = kubernetesObjects(snapshot);
    return objects.flatMap((binding) => {
        // A RoleBinding that names no namespace lies in the provider's default one, whichever that is.
        const inScope =
            binding.kind === "ClusterRoleBinding" ||
            (binding.kind === "RoleBinding" &&
                (binding.namespace === undefined ||
                    binding.namespace === action.namespace ||
                    hasUnknown(binding.namespace)));
        if (!inScope) {
            return [];
        }
        const granted = (undeclaredRole?: string): Grantee[] =>
            subjects(binding).map((subject) => ({
                subject,
                binding: binding.resource,
                ...(undeclaredRole === undefined ? {} : { undeclaredRole }),
            }));
        const roleName = String(valueAt(binding.resource.inputs, ["roleRef", "name"]));
        if (POWERFUL.has(roleName)) {
            return granted();
        }
        const roles = rolesOf(objects, binding);
        // A patch alone does not say what the role that it patches allowed before.
        if (!roles.some(({ resource }) => !isPatch(resource))) {
            return granted(roleName);
        }
        const rules = roles.map((role) => rulesOf(objects, role));
        return rules.includes(undefined)
            ? granted(roleName)
            : rules.flat().some((rule) => rule !== undefined && allows(rule, action))
              ? granted()
              : [];
    });
}

/** The declared roles, and patches of them, that a binding refers to. */
function rolesOf(objects: DeclaredObject[], binding: DeclaredObject): DeclaredObject[] {
    const kind = valueAt(binding.resource.inputs, ["roleRef", "kind"]);
    const name = valueAt(binding.resource.inputs, ["roleRef", "name"]);
    return objects.filter(
        (object) =>
            object.kind === kind &&
            object.name === name &&
            (kind === "ClusterRole" || object.namespace === binding.namespace),
    );
}

function isPatch(resource: PlannedResource): boolean {
    return resource.type.endsWith("Patch");
}

/** The rules of a role, those that it aggregates included; undefined when the plan does not tell them. */
function rulesOf(objects: DeclaredObject[], role: DeclaredObject): Rule[] | undefined {
    const selectors = valueAt(role.resource.inputs, ["aggregationRule", "clusterRoleSelectors"]);
    const aggregated = objects.filter(
        (object) =>
            object.kind === "ClusterRole" &&
            Array.isArray(selectors) &&
            selectors.some((selector) =>
                Object.entries((valueAt(selector, ["matchLabels"]) ?? {}) as Record<string, string>).every(
                    ([key, value]) => valueAt(object.resource.inputs, ["metadata", "labels", key]) === value,
                ),
            ),
    );
    const rules: Rule[] = [];
    for (const { resource } of [role, ...aggregated]) {
        const own = resource.inputs["rules"];
        if (own !== undefined && own !== null && !Array.isArray(own)) {
            return undefined;
        }
        rules.push(...((own as Rule[] | null | undefined) ?? []));
    }
    return rules;
}

function allows(rule: Rule, action: Action): boolean {
    const has = (values: string[] | undefined, ...wanted: string[]): boolean =>
        (values ?? []).some((value) => value === "*" || wanted.includes(value) || hasUnknown(value));
    const [, subresource] = action.resource.split("/");
    return (
        has(rule.apiGroups, action.group) &&
        has(rule.resources, action.resource, ...(subresource === undefined ? [] : [`*/${subresource}`])) &&
        action.verbs.some((verb) => has(rule.verbs, verb)) &&
        (rule.resourceNames === undefined ||
            rule.resourceNames.length === 0 ||
            action.name === undefined ||
            rule.resourceNames.includes(action.name))
    );
}

function subjects(binding: DeclaredObject): string[] {
    const declared = binding.resource.inputs["subjects"];
    if (declared === undefined || declared === null) {
        return [];
    }
    if (!Array.isArray(declared)) {
        return [`whoever ${binding.resource.name} names`];
    }
    return declared.map((subject: Record<string, unknown>) =>
        subject["kind"] === "ServiceAccount"
            ? subjectOf({
                  namespace:
                      typeof subject["namespace"] === "string" ? subject["namespace"] : (binding.namespace ?? ""),
                  name: String(subject["name"]),
              })
            : `${String(subject["kind"])} ${String(subject["name"])}`,
    );
}
