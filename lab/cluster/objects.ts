import type { Layout } from "./layout";

type KubernetesObject = Readonly<Record<string, unknown>>;

const rbac = "rbac.authorization.k8s.io";

function clusterRole(name: string, rules: readonly object[], subject: object): KubernetesObject[] {
    return [
        { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules },
        {
            apiVersion: `${rbac}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
            subjects: [subject],
        },
    ];
}

const user = (name: string): object => ({ apiGroup: rbac, kind: "User", name });

const endpointSlices = { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] };

/** What DNS and the enforcement of policies read, and the Service under which pods find DNS. */
export function systemObjects({ addresses }: Layout): KubernetesObject[] {
    const ports = ["UDP", "TCP"].map((protocol) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol }));
    return [
        ...clusterRole(
            "system:coredns",
            [
                { apiGroups: [""], resources: ["namespaces", "pods", "services"], verbs: ["list", "watch"] },
                endpointSlices,
            ],
            user("system:coredns"),
        ),
        ...clusterRole(
            "system:kube-router",
            [
                {
                    apiGroups: [""],
                    resources: ["endpoints", "namespaces", "nodes", "pods", "services"],
                    verbs: ["get", "list", "watch"],
                },
                { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["get", "list", "watch"] },
                endpointSlices,
            ],
            user("system:kube-router"),
        ),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
            spec: { clusterIP: addresses.dnsServiceIp, ports },
        },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: {
                name: "kube-dns-node",
                namespace: "kube-system",
                labels: { "kubernetes.io/service-name": "kube-dns" },
            },
            addressType: "IPv4",
            ports,
            endpoints: [{ addresses: [addresses.nodeIp], conditions: { ready: true } }],
        },
    ];
}

/** The provisioner that the default StorageClass names. */
export const PROVISIONER = "slsa-lab/folders";

/** The default StorageClass, and what the program behind it may do: a claim becomes a folder of the lab's state. */
export function storageObjects(): KubernetesObject[] {
    const [read, write] = [
        ["get", "list", "watch"],
        ["get", "list", "watch", "create", "update", "patch", "delete"],
    ];
    return [
        ...clusterRole(
            "system:volumes",
            [
                { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims"], verbs: read },
                { apiGroups: [""], resources: ["persistentvolumes", "events"], verbs: write },
                { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: read },
            ],
            user("system:volumes"),
        ),
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name: "folder", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
            provisioner: PROVISIONER,
            volumeBindingMode: "WaitForFirstConsumer",
            reclaimPolicy: "Delete",
        },
    ];
}
