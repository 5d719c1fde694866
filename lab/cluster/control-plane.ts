import * as path from "node:path";

import {
    adminKubeconfig,
    certificateFolder,
    clusterDomain,
    configFolder,
    type Layout,
    nodeName,
    programOf,
} from "./layout";
import { type NodeSpace } from "./node-space";
import { runProgram } from "./run-program";

/** `--name=value` for each entry. */
function flags(values: Readonly<Record<string, string>>): string[] {
    return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** A store for the cluster's objects, in plain HTTP on the node's loopback; a lab does not outlive a crash, so no fsync. */
export function startEtcd(layout: Layout, space: NodeSpace): void {
    const [clients, peers] = ["http://127.0.0.1:2379", "http://127.0.0.1:2380"];
    const values = {
        name: nodeName,
        "data-dir": path.join(layout.stateDir, "etcd"),
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": `${nodeName}=${peers}`,
        "log-level": "warn",
    };
    space.spawnDaemon("etcd", [programOf(layout, "etcd"), ...flags(values), "--unsafe-no-fsync"]);
}

export function startApiServer(layout: Layout, space: NodeSpace): void {
    const { nodeIp, serviceRange } = layout.addresses;
    const file = (name: string): string => path.join(certificateFolder(layout), name);
    const values = {
        "etcd-servers": "http://127.0.0.1:2379",
        "bind-address": "0.0.0.0",
        "advertise-address": nodeIp,
        "secure-port": "6443",
        "tls-cert-file": file("apiserver.crt"),
        "tls-private-key-file": file("apiserver.key"),
        "client-ca-file": file("ca.crt"),
        "kubelet-certificate-authority": file("ca.crt"),
        "kubelet-client-certificate": file("apiserver-kubelet-client.crt"),
        "kubelet-client-key": file("apiserver-kubelet-client.key"),
        "kubelet-preferred-address-types": "InternalIP",
        "service-cluster-ip-range": serviceRange,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-account-issuer": `https://kubernetes.default.svc.${clusterDomain}`,
        "service-account-key-file": file("service-accounts.pub"),
        "service-account-signing-key-file": file("service-accounts.key"),
        "allow-privileged": "true",
        "requestheader-client-ca-file": file("front-proxy-ca.crt"),
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": file("front-proxy-client.crt"),
        "proxy-client-key-file": file("front-proxy-client.key"),
        "enable-aggregator-routing": "true",
        profiling: "false",
    };
    space.spawnDaemon("kube-apiserver", [programOf(layout, "kube-apiserver"), ...flags(values)]);
}

export function startControllers(layout: Layout, space: NodeSpace): void {
    const file = (name: string): string => path.join(certificateFolder(layout), name);
    const credentials = (name: string): Record<string, string> => {
        const kubeconfig = path.join(configFolder(layout), `${name}.kubeconfig`);
        return {
            kubeconfig,
            "authentication-kubeconfig": kubeconfig,
            "authorization-kubeconfig": kubeconfig,
            "bind-address": "127.0.0.1",
            "leader-elect": "false",
            // One node on one machine: waiting for the usual request quota would cost seconds at every start.
            "kube-api-qps": "200",
            "kube-api-burst": "400",
        };
    };
    const manager = {
        ...credentials("kube-controller-manager"),
        "use-service-account-credentials": "true",
        "root-ca-file": file("ca.crt"),
        "service-account-private-key-file": file("service-accounts.key"),
        "cluster-signing-cert-file": file("ca.crt"),
        "cluster-signing-key-file": file("ca.key"),
        "client-ca-file": file("ca.crt"),
        "requestheader-client-ca-file": file("front-proxy-ca.crt"),
    };
    space.spawnDaemon("kube-controller-manager", [programOf(layout, "kube-controller-manager"), ...flags(manager)]);
    const scheduler = credentials("kube-scheduler");
    space.spawnDaemon("kube-scheduler", [programOf(layout, "kube-scheduler"), ...flags(scheduler)]);
}

/** kubectl as the administrator, run on the host. Returns its standard output. */
export async function kubectl(layout: Layout, command: readonly string[], input?: string): Promise<string> {
    const program = [programOf(layout, "kubectl"), "--kubeconfig", adminKubeconfig(layout.stateDir), ...command];
    // Without a home of its own kubectl would keep its cache in whatever folder this process was started in.
    const env = { HOME: layout.stateDir };
    const { stdout } = await runProgram(program, input === undefined ? { env } : { env, input });
    return stdout;
}

/** Applies objects server-side. */
export async function applyObjects(layout: Layout, objects: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    await kubectl(layout, ["apply", "--server-side", "-f", "-"], list);
}
