import { valueAt } from "./findings";
import { kubernetesObjects, mayLieIn, type DeclaredObject, type ServiceAccount } from "./objects";
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

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
interface Rule {
    apiGroups?: string[];
    resources?: string[];
    verbs?: string[];
    resourceNames?: string[];
}

/** Roles that Kubernetes itself brings and that may write, or read secrets, in every namespace they are bound in. */
const POWERFUL = new Set(["cluster-admin", "admin", "edit"]);

const ANYTHING: Rule = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };

/** Text by which a service account is compared. */
export function subjectOf({ namespace, name }: ServiceAccount): string {
    return `ServiceAccount ${namespace}/${name}`;
}

/** What a declared binding grants. */
export interface Right {
    binding: DeclaredObject;
    /** Everybody whom it names, as {@link subjectsOf} writes them. */
    subjects: string[];
    /** The role's name. */
    role: string;
    /** undefined when the plan does not tell what the role allows. */
    rules: Rule[] | undefined;
}

/** What all declared bindings grant. Those that a plan does not declare are not seen: docs/architecture.md says so. */
export function rightsOf(snapshot: Snapshot): Right[] {
    const objects = kubernetesObjects(snapshot);
    return objects
        .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
        .map((binding) => {
            const role = String(valueAt(binding.resource.inputs, ["roleRef", "name"]));
            return {
                binding,
                subjects: subjectsOf(binding),
                role,
                rules: POWERFUL.has(role) ? [ANYTHING] : boundRules(objects, binding),
            };
        });
}

/** Everybody whom the rights allow one of the action's verbs. */
export function whoCan(rights: readonly Right[], action: Action): Grantee[] {
    return rights.flatMap(({ binding, subjects, role, rules }) => {
        if (binding.kind === "RoleBinding" && !mayLieIn(binding, action.namespace)) {
            return [];
        }
        if (rules?.some((rule) => allows(rule, action)) === false) {
            return [];
        }
        return subjects.map((subject) => ({
            subject,
            binding: binding.resource,
            ...(rules === undefined ? { undeclaredRole: role } : {}),
        }));
    });
}

/** The rules of the role that a binding refers to; undefined when the plan does not tell them. */
function boundRules(objects: DeclaredObject[], binding: DeclaredObject): Rule[] | undefined {
    const roles = rolesOf(objects, binding);
    // A patch alone does not say what the role that it patches allowed before.
    if (!roles.some(({ resource }) => !isPatch(resource))) {
        return undefined;
    }
    const rules: Rule[] = [];
    for (const role of roles) {
        const own = rulesOf(objects, role, new Set());
        if (own === undefined) {
            return undefined;
        }
        rules.push(...own);
    }
    return rules;
}

/**
 * Whether a right is to nothing but reading ConfigMaps that it names, as the releases publish their versions to everybody.
 */
export function readsNamedConfigMaps({ rules }: Right): boolean {
    return (
        rules?.every(
            ({ verbs, resources, resourceNames }) =>
                verbs?.every((verb) => verb === "get") === true &&
                resources?.every((resource) => resource === "configmaps") === true &&
                resourceNames !== undefined &&
                resourceNames.length > 0,
        ) === true
    );
}

/** The declared roles, and patches of them, that a binding refers to. */
function rolesOf(objects: DeclaredObject[], binding: DeclaredObject): DeclaredObject[] {
    const kind = valueAt(binding.resource.inputs, ["roleRef", "kind"]);
    const name = valueAt(binding.resource.inputs, ["roleRef", "name"]);
    return objects.filter(
        (object) =>
            object.kind === kind &&
            object.name === name &&
            (kind === "ClusterRole" || mayLieIn(object, binding.namespace)),
    );
}

function isPatch(resource: PlannedResource): boolean {
    return resource.type.endsWith("Patch");
}

/**
 * The rules of a role, those that it aggregates included, however deep; undefined when the plan does not tell them.
 *
 * @param visited - roles whose rules are counted already: roles may aggregate one another
 */
function rulesOf(objects: DeclaredObject[], role: DeclaredObject, visited: Set<DeclaredObject>): Rule[] | undefined {
    if (visited.has(role)) {
        return [];
    }
    visited.add(role);
    const own = role.resource.inputs["rules"] ?? [];
    const selectors = valueAt(role.resource.inputs, ["aggregationRule", "clusterRoleSelectors"]) ?? [];
    if (!Array.isArray(own) || !own.every(isRule) || !Array.isArray(selectors)) {
        return undefined;
    }
    const rules = [...own];
    for (const other of objects) {
        if (other.kind === "ClusterRole" && selectors.some((selector) => selects(selector, other))) {
            const more = rulesOf(objects, other, visited);
            if (more === undefined) {
                return undefined;
            }
            rules.push(...more);
        }
    }
    return rules;
}

function isRule(rule: unknown): rule is Rule {
    return ["apiGroups", "resources", "verbs", "resourceNames"].every((key) => {
        const values = valueAt(rule, [key]) ?? [];
        return typeof rule === "object" && Array.isArray(values) && values.every((value) => typeof value === "string");
    });
}

/** `matchExpressions` only narrow what `matchLabels` select, and are not read. */
function selects(selector: unknown, role: DeclaredObject): boolean {
    const labels = valueAt(role.resource.inputs, ["metadata", "labels"]);
    return (
        hasUnknown([selector, labels]) ||
        Object.entries((valueAt(selector, ["matchLabels"]) ?? {}) as Record<string, unknown>).every(
            ([key, value]) => valueAt(labels, [key]) === value,
        )
    );
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
            has(rule.resourceNames, action.name))
    );
}

/** How Kubernetes names a service account as a user: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
const ACCOUNT_USER = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/;

/** Everybody whom a binding names, a service account always as {@link subjectOf} writes it. */
export function subjectsOf(binding: DeclaredObject): string[] {
    const declared = binding.resource.inputs["subjects"];
    if (declared === undefined || declared === null) {
        return [];
    }
    if (!Array.isArray(declared) || hasUnknown(declared)) {
        return [`whoever ${binding.resource.name} names`];
    }
    return declared.map((subject: unknown) => {
        const [kind, name, namespace] = ["kind", "name", "namespace"].map((key) => valueAt(subject, [key]));
        if (kind === "ServiceAccount") {
            return subjectOf({
                namespace: typeof namespace === "string" ? namespace : (binding.namespace ?? ""),
                name: String(name),
            });
        }
        const account = kind === "User" ? ACCOUNT_USER.exec(String(name))?.groups : undefined;
        return account?.["namespace"] !== undefined && account["name"] !== undefined
            ? subjectOf({ namespace: account["namespace"], name: account["name"] })
            : `${String(kind)} ${String(name)}`;
    });
}

/** The groups that every service account of a namespace is in. */
export function groupsOf({ namespace }: ServiceAccount): string[] {
    return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`].map((name) => `Group ${name}`);
}

/** The groups of everybody. */
export const EVERYBODY = ["Group system:authenticated", "Group system:unauthenticated"];
