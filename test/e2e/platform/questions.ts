import { EVERYBODY, groupsOf, rightsOf, subjectOf, whoCan } from "../../../requirements/access";
import { kubernetesObjects } from "../../../requirements/objects";
import type { Snapshot } from "../../../requirements/snapshot";
import type { Question } from "./access-review";
import type { Account } from "./account";

/** What is asked of every account in every place. */
type Deed = Pick<Question, "verb" | "group" | "resource" | "name">;

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
/** A subresource is of one object: there is no list of it, and it is not deleted. */
const SUBRESOURCE_VERBS = ["get", "create", "update", "patch"];

const ADMISSION = "admissionregistration.k8s.io";
const CERTIFICATES = "certificates.k8s.io";
const EXTENSIONS = "apiextensions.k8s.io";
const RBAC = "rbac.authorization.k8s.io";

/** What the platform is made of, and ways to more rights. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
    "": [
        "configmaps",
        "events",
        "namespaces",
        "persistentvolumeclaims",
        "pods",
        "pods/exec",
        "pods/log",
        "pods/status",
        "secrets",
        "serviceaccounts",
        "serviceaccounts/token",
        "services",
    ],
    apps: ["deployments", "statefulsets"],
    batch: ["cronjobs", "jobs"],
    "networking.k8s.io": ["networkpolicies"],
    [RBAC]: ["roles", "rolebindings"],
    "resolution.tekton.dev": ["resolutionrequests", "resolutionrequests/status"],
    "tekton.dev": [
        "customruns",
        "pipelineruns",
        "pipelineruns/finalizers",
        "pipelineruns/status",
        "pipelines",
        "stepactions",
        "taskruns",
        "taskruns/status",
        "tasks",
    ],
};

/** Such objects are in no namespace, so that a right to them in one is none. (A Namespace is judged as if it were in itself.) */
const CLUSTER_WIDE: Readonly<Record<string, readonly string[]>> = {
    "": ["nodes", "nodes/proxy", "persistentvolumes"],
    [ADMISSION]: [
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    ],
    [EXTENSIONS]: ["customresourcedefinitions", "customresourcedefinitions/status"],
    "apiregistration.k8s.io": ["apiservices"],
    [CERTIFICATES]: [
        "certificatesigningrequests",
        "certificatesigningrequests/approval",
        "certificatesigningrequests/status",
    ],
    [RBAC]: ["clusterroles", "clusterrolebindings"],
};

/** Verbs of some resources only: of our admission rules', and those by which Kubernetes knows ways to more rights. */
const SPECIAL: readonly (readonly [verbs: readonly string[], group: string, resources: readonly string[]])[] = [
    [["define"], "tekton.dev", ["pipelines", "tasks", "stepactions"]],
    [["define"], "", ["configmaps", "serviceaccounts"]],
    [["define"], "networking.k8s.io", ["networkpolicies"]],
    [["issue"], "", ["serviceaccounts/token"]],
    [["cancel"], "tekton.dev", ["pipelineruns"]],
    [["impersonate"], "", ["users", "groups", "serviceaccounts"]],
    [["impersonate"], "authentication.k8s.io", ["uids", "userextras"]],
    // A RoleBinding may bind a ClusterRole: whether somebody may `bind` one is asked in its namespace.
    [["bind", "escalate"], RBAC, ["roles", "clusterroles"]],
    [["approve", "sign"], CERTIFICATES, ["signers"]],
];

/**
 * Every account of a plan, `default` of each namespace included, asked in each of the plan's namespaces and cluster-wide for
 * what the platform is made of, for ways to more rights, and for whatever else a bound role names: each once. A wildcard of a
 * role is asked as Kubernetes reads it in a question, for all there is.
 */
export function questionsOf(snapshot: Snapshot): Question[] {
    const deeds = distinct([...listed(), ...bound(snapshot)]);
    const namespaces = namespacesOf(snapshot);
    return accountsOf(snapshot).flatMap((account) =>
        deeds.flatMap((deed) =>
            [...(isClusterWide(deed) ? [] : namespaces), ""].map((namespace) => ({ account, namespace, ...deed })),
        ),
    );
}

/** Whether the declared bindings allow each, the account's groups included; in the order of the questions. */
export function plannedAnswers(snapshot: Snapshot, questions: readonly Question[]): boolean[] {
    const rights = rightsOf(snapshot);
    const held = new Map(
        accountsOf(snapshot).map((account) => {
            const names = [subjectOf(account), ...groupsOf(account), ...EVERYBODY];
            return [subjectOf(account), rights.filter(({ subjects }) => subjects.some((one) => names.includes(one)))];
        }),
    );
    return questions.map(
        ({ account, verb, ...action }) =>
            whoCan(held.get(subjectOf(account)) ?? [], { ...action, verbs: [verb] }).length > 0,
    );
}

/** Names of the namespaces that a plan declares. */
export function namespacesOf(snapshot: Snapshot): string[] {
    return kubernetesObjects(snapshot)
        .filter(({ kind }) => kind === "Namespace")
        .map(({ name }) => name);
}

/** Those declared, those bound, and the one that Kubernetes makes in every namespace. */
function accountsOf(snapshot: Snapshot): Account[] {
    const declared = kubernetesObjects(snapshot)
        .filter(({ kind }) => kind === "ServiceAccount")
        .map(({ namespace = "", name }) => ({ namespace, name }));
    const bound = rightsOf(snapshot).flatMap(({ subjects }) =>
        subjects.flatMap((subject) => {
            const { namespace, name } = /^ServiceAccount (?<namespace>[^/]*)\/(?<name>.+)$/.exec(subject)?.groups ?? {};
            return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
        }),
    );
    const byDefault = namespacesOf(snapshot).map((namespace) => ({ namespace, name: "default" }));
    return distinct([...declared, ...bound, ...byDefault]);
}

function listed(): Deed[] {
    const usual = [RESOURCES, CLUSTER_WIDE].flatMap((table) =>
        Object.entries(table).flatMap(([group, resources]) =>
            resources.flatMap((resource) =>
                deeds(resource.includes("/") ? SUBRESOURCE_VERBS : VERBS, [group], [resource]),
            ),
        ),
    );
    return [...usual, ...SPECIAL.flatMap(([verbs, group, resources]) => deeds(verbs, [group], resources))];
}

/** What bound roles name, and the objects that they name it for. */
function bound(snapshot: Snapshot): Deed[] {
    return rightsOf(snapshot).flatMap(({ rules = [] }) =>
        rules.flatMap(({ verbs = [], apiGroups = [], resources = [], resourceNames = [] }) =>
            ["", ...resourceNames].flatMap((name) => deeds(verbs, apiGroups, resources, name)),
        ),
    );
}

function deeds(verbs: readonly string[], groups: readonly string[], resources: readonly string[], name = ""): Deed[] {
    return groups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, name }))),
    );
}

function isClusterWide({ verb, group, resource }: Deed): boolean {
    return verb !== "bind" && CLUSTER_WIDE[group]?.includes(resource) === true;
}

/** Each once, all with the same keys in the same order. */
function distinct<T>(values: readonly T[]): T[] {
    return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
