import type { Action } from "./access";

/** Something that a right allows, and how a finding calls it. */
export interface Way extends Omit<Action, "namespace"> {
    what: string;
}

const WRITE = ["create", "update", "patch"];
const DELETE = ["delete", "deletecollection"];
const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";
const CERTIFICATES = "certificates.k8s.io";

/** Ways to run something of one's own, with the accounts and Secrets of a namespace. */
export const TO_RUN: readonly Way[] = [
    { verbs: WRITE, group: "", resource: "pods", what: "run or change pods" },
    { verbs: ["create", "get"], group: "", resource: "pods/exec", what: "run commands in pods" },
    { verbs: ["create", "get"], group: "", resource: "pods/attach", what: "attach to pods" },
    { verbs: ["update", "patch"], group: "", resource: "pods/ephemeralcontainers", what: "add containers to pods" },
    { verbs: WRITE, group: "", resource: "replicationcontrollers", what: "run ReplicationControllers" },
    { verbs: WRITE, group: "apps", resource: "deployments", what: "run Deployments" },
    { verbs: WRITE, group: "apps", resource: "daemonsets", what: "run DaemonSets" },
    { verbs: WRITE, group: "apps", resource: "replicasets", what: "run ReplicaSets" },
    { verbs: WRITE, group: "apps", resource: "statefulsets", what: "run StatefulSets" },
    { verbs: WRITE, group: "batch", resource: "jobs", what: "run Jobs" },
    { verbs: WRITE, group: "batch", resource: "cronjobs", what: "run CronJobs" },
    { verbs: ["create"], group: "", resource: "pods/binding", what: "put pods on nodes of their choice" },
    { verbs: ["create"], group: "", resource: "serviceaccounts/token", what: "take the tokens of accounts" },
    // A right to a Namespace may be granted in that namespace.
    { verbs: ["update", "patch"], group: "", resource: "namespaces", what: "switch Pod Security off" },
];

/** Ways to read a Secret that need no pod. */
export const TO_SECRETS: readonly Way[] = [
    { verbs: ["get", "list", "watch"], group: "", resource: "secrets", what: "read secrets" },
    { verbs: [...WRITE, ...DELETE], group: "", resource: "secrets", what: "change secrets" },
];

/** Ways to any right at all, wherever they are granted. */
export const TO_ANY_RIGHT: readonly Way[] = [
    ...["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((resource) => ({
        verbs: [...WRITE, "escalate", "bind"],
        group: RBAC,
        resource,
        what: `change ${resource}`,
    })),
    ...["users", "groups", "serviceaccounts"].map((resource) => ({
        verbs: ["impersonate"],
        group: "",
        resource,
        what: `act as other ${resource}`,
    })),
    { verbs: ["create", "get", "update", "patch"], group: "", resource: "nodes/proxy", what: "command kubelets" },
    { verbs: WRITE, group: "", resource: "nodes", what: "bring nodes of their own" },
    { verbs: WRITE, group: "", resource: "persistentvolumes", what: "make volumes of nodes' files" },
    // A certificate of the cluster's authority is a user, or a group, of any name.
    { verbs: WRITE, group: CERTIFICATES, resource: "certificatesigningrequests", what: "ask for certificates" },
    ...["approval", "status"].map((part) => ({
        verbs: ["update", "patch"],
        group: CERTIFICATES,
        resource: `certificatesigningrequests/${part}`,
        what: "issue certificates",
    })),
    { verbs: ["approve", "sign"], group: CERTIFICATES, resource: "signers", what: "issue certificates" },
];

/** Ways to change what the API server makes of a request, or to switch its checks off. */
export const TO_ADMISSION: readonly Way[] = [
    ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations"].map((resource) => ({
        verbs: [...WRITE, ...DELETE],
        group: ADMISSION,
        resource,
        what: "change webhooks",
    })),
    ...["mutating", "validating"]
        .flatMap((kind) => [`${kind}admissionpolicies`, `${kind}admissionpolicybindings`])
        .map((resource) => ({
            verbs: [...WRITE, ...DELETE],
            group: ADMISSION,
            resource,
            what: "change admission policies",
        })),
    {
        verbs: [...WRITE, ...DELETE],
        group: "apiextensions.k8s.io",
        resource: "customresourcedefinitions",
        what: "change what converts Tekton's objects",
    },
    {
        verbs: [...WRITE, ...DELETE],
        group: "apiregistration.k8s.io",
        resource: "apiservices",
        what: "serve Tekton's API in its place",
    },
];

/** Ways to change which definitions a run is made from. */
export const TO_DEFINITIONS: readonly Way[] = [
    { verbs: WRITE, group: "tekton.dev", resource: "tasks", what: "change Tasks" },
    { verbs: WRITE, group: "tekton.dev", resource: "pipelines", what: "change Pipelines" },
    { verbs: WRITE, group: "tekton.dev", resource: "stepactions", what: "change StepActions" },
];

/** Ways to hand Tekton another definition than the one that a reference names. */
export const TO_RESOLUTION: readonly Way[] = [
    {
        verbs: ["update", "patch"],
        group: "resolution.tekton.dev",
        resource: "resolutionrequests/status",
        what: "answer for Tekton's resolvers",
    },
];

/** Ways to answer in a Service's place, or to reach pods past what network policies allow. */
export const TO_TRAFFIC: readonly Way[] = [
    { verbs: [...WRITE, ...DELETE], group: "", resource: "services", what: "change Services" },
    { verbs: WRITE, group: "", resource: "endpoints", what: "change Endpoints" },
    { verbs: WRITE, group: "discovery.k8s.io", resource: "endpointslices", what: "change EndpointSlices" },
    { verbs: ["create", "get"], group: "", resource: "pods/portforward", what: "forward ports of pods" },
    { verbs: [...WRITE, "get"], group: "", resource: "pods/proxy", what: "reach pods through the API server" },
];

/** Ways to change configuration. */
export const TO_CONFIGURATION: readonly Way[] = [
    { verbs: [...WRITE, ...DELETE], group: "", resource: "configmaps", what: "change ConfigMaps" },
];
