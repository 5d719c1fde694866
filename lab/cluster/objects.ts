import * as path from "node:path";

import { imageOf, type Layout } from "./layout";

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

export const storageNamespace = "local-path-storage";
const provisioner = "local-path-provisioner";

/** The default StorageClass: a claim becomes a folder of the lab's state, made and removed by a helper pod. */
export function storageObjects(layout: Layout): KubernetesObject[] {
    const config = {
        nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [path.join(layout.stateDir, "volumes")] }],
    };
    const helper = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "helper-pod" },
        spec: {
            automountServiceAccountToken: false,
            containers: [
                {
                    name: "helper-pod",
                    image: imageOf(layout, "busybox"),
                    securityContext: { runAsUser: 0, runAsGroup: 0 },
                },
            ],
        },
    };
    const metadata = { name: provisioner, namespace: storageNamespace };
    const labels = { app: provisioner };
    const [read, write] = [
        ["get", "list", "watch"],
        ["get", "list", "watch", "create", "update", "patch", "delete"],
    ];
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: storageNamespace } },
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        ...clusterRole(
            provisioner,
            [
                { apiGroups: [""], resources: ["nodes", "configmaps", "pods", "pods/log"], verbs: read },
                { apiGroups: [""], resources: ["persistentvolumeclaims", "persistentvolumes"], verbs: write },
                { apiGroups: [""], resources: ["events", "endpoints"], verbs: write },
                { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: write },
                { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: read },
            ],
            { kind: "ServiceAccount", ...metadata },
        ),
        // Its helpers run beside it; elsewhere it could run pods with other namespaces' secrets.
        {
            apiVersion: `${rbac}/v1`,
            kind: "Role",
            metadata,
            rules: [{ apiGroups: [""], resources: ["pods"], verbs: write }],
        },
        {
            apiVersion: `${rbac}/v1`,
            kind: "RoleBinding",
            metadata,
            roleRef: { apiGroup: rbac, kind: "Role", name: provisioner },
            subjects: [{ kind: "ServiceAccount", ...metadata }],
        },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "local-path-config", namespace: storageNamespace },
            data: {
                "config.json": JSON.stringify(config),
                "helperPod.yaml": JSON.stringify(helper),
                // Group-sticky and open to all: a claim's user is not known here, and the node is the user's own.
                setup: '#!/bin/sh\nset -eu\nmkdir -p "$VOL_DIR"\nchmod 2777 "$VOL_DIR"\n',
                teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
            },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                replicas: 1,
                strategy: { type: "Recreate" },
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: provisioner,
                        containers: [
                            {
                                name: provisioner,
                                image: imageOf(layout, provisioner),
                                args: [
                                    "start",
                                    "--config=/etc/config/config.json",
                                    `--service-account-name=${provisioner}`,
                                ],
                                env: [{ name: "POD_NAMESPACE", value: storageNamespace }],
                                volumeMounts: [{ name: "config", mountPath: "/etc/config", readOnly: true }],
                            },
                        ],
                        volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
                    },
                },
            },
        },
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
            provisioner: "rancher.io/local-path",
            volumeBindingMode: "WaitForFirstConsumer",
            reclaimPolicy: "Delete",
        },
    ];
}
