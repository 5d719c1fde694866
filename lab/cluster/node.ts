import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { storeDirectory } from "../images/store";
import { podBridge } from "./firewall";
import {
    certificateFolder,
    clusterDomain,
    configFolder,
    containerdSocket,
    imageOf,
    type Layout,
    nodeName,
    programOf,
    registrySettings,
} from "./layout";
import type { NodeSpace } from "./node-space";
import { PROVISIONER } from "./objects";

function write(layout: Layout, name: string, content: string | object): string {
    const file = path.join(configFolder(layout), name);
    mkdirSync(path.dirname(file), { recursive: true });
    // JSON is YAML, so one writer does for all components.
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
    return file;
}

function containerdConfig(layout: Layout): string {
    const cri = 'plugins."io.containerd.grpc.v1.cri"';
    return `
version = 2
root = "${layout.stateDir}/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${layout.stateDir}/containerd-opt"
[${cri}]
  sandbox_image = "${imageOf(layout, "pause")}"
  # Without CAP_SYS_RESOURCE a score below the parent's cannot be set, and every pause container would fail.
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
[${cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${configFolder(layout)}/cni"
[${cri}.registry]
  config_path = "${registrySettings(layout.stateDir)}"
[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}

/** Pods hang on the node's bridge; their packets pass the node's iptables rules, which is where policies are enforced. */
function podNetwork(layout: Layout): object {
    const { firstPodIp, podRange } = layout.addresses;
    const ipam = {
        type: "host-local",
        dataDir: path.join(layout.stateDir, "pod-addresses"),
        ranges: [[{ subnet: podRange, rangeStart: firstPodIp }]],
        routes: [{ dst: "0.0.0.0/0" }],
    };
    const bridge = { type: "bridge", bridge: podBridge, isGateway: true, ipMasq: false, hairpinMode: true, ipam };
    return {
        cniVersion: "1.0.0",
        name: "lab",
        plugins: [bridge, { type: "portmap", capabilities: { portMappings: true } }],
    };
}

/** The registry that serves the lab's own images on the node's address, straight from the cache and read-only. */
export function startImageRegistry(layout: Layout, space: NodeSpace): void {
    const config = write(layout, "image-registry.yaml", {
        version: "0.1",
        log: { level: "warn", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: storeDirectory() }, maintenance: { readonly: { enabled: true } } },
        http: { addr: `${layout.addresses.nodeIp}:5000`, relativeurls: true },
    });
    space.spawnDaemon("image-registry", [programOf(layout, "registry"), "serve", config], {
        env: { OTEL_TRACES_EXPORTER: "none" },
    });
}

/** containerd's settings for one registry: how it is reached, and whose certificate it must show. */
export function writeRegistrySettings(stateDir: string, hostPort: string, caPem?: string): void {
    const folder = path.join(registrySettings(stateDir), hostPort);
    mkdirSync(folder, { recursive: true });
    const server = `${caPem === undefined ? "http" : "https"}://${hostPort}`;
    const authority = caPem === undefined ? "" : `  ca = "${folder}/ca.crt"\n`;
    if (caPem !== undefined) {
        writeFileSync(path.join(folder, "ca.crt"), caPem);
    }
    const hosts = `server = "${server}"\n[host."${server}"]\n  capabilities = ["pull", "resolve"]\n${authority}`;
    writeFileSync(path.join(folder, "hosts.toml"), hosts);
}

export function startContainerd(layout: Layout, space: NodeSpace): void {
    writeRegistrySettings(layout.stateDir, `${layout.addresses.nodeIp}:5000`);
    write(layout, "cni/10-lab.conflist", podNetwork(layout));
    const config = write(layout, "containerd.toml", containerdConfig(layout));
    space.spawnDaemon("containerd", ["containerd", "--config", config]);
}

export function startKubelet(layout: Layout, space: NodeSpace): void {
    const { cgroup, nodeIp } = layout.addresses;
    const certificate = (name: string): string => path.join(certificateFolder(layout), name);
    const config = write(layout, "kubelet.yaml", {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: nodeIp,
        healthzBindAddress: "127.0.0.1",
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: certificate("ca.crt") },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: certificate("kubelet-server.crt"),
        tlsPrivateKeyFile: certificate("kubelet-server.key"),
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${cgroup}`,
        cgroupsPerQOS: true,
        enforceNodeAllocatable: ["pods"],
        failCgroupV1: false,
        failSwapOn: false,
        containerRuntimeEndpoint: `unix://${containerdSocket}`,
        clusterDNS: [nodeIp],
        clusterDomain,
        resolvConf: write(layout, "resolv.conf", `nameserver ${nodeIp}\n`),
        podLogsDir: path.join(layout.stateDir, "pod-logs"),
        oomScoreAdj: 0,
        maxPods: 110,
        evictionHard: {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        serializeImagePulls: false,
        nodeStatusUpdateFrequency: "4s",
        volumePluginDir: path.join(layout.stateDir, "kubelet", "plugins"),
    });
    const files = [`--config=${config}`, `--kubeconfig=${path.join(configFolder(layout), "kubelet.kubeconfig")}`];
    const folders = [`--root-dir=${layout.stateDir}/kubelet`, `--cert-dir=${layout.stateDir}/kubelet/pki`];
    const identity = [`--hostname-override=${nodeName}`, `--node-ip=${nodeIp}`];
    space.spawnDaemon("kubelet", [programOf(layout, "kubelet"), ...files, ...folders, ...identity]);
}

export function startKubeProxy(layout: Layout, space: NodeSpace): void {
    const { nodeIp, podRange } = layout.addresses;
    const config = write(layout, "kube-proxy.yaml", {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "iptables",
        clientConnection: { kubeconfig: path.join(configFolder(layout), "kube-proxy.kubeconfig") },
        clusterCIDR: podRange,
        hostnameOverride: nodeName,
        bindAddress: nodeIp,
        healthzBindAddress: "127.0.0.1:10256",
        metricsBindAddress: "127.0.0.1:10249",
        oomScoreAdj: 0,
        // The size of the connection table belongs to the whole machine: leave it as it is.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        nodePortAddresses: [podRange],
        iptables: { minSyncPeriod: "0s", syncPeriod: "30s" },
    });
    space.spawnDaemon("kube-proxy", [programOf(layout, "kube-proxy"), `--config=${config}`]);
}

/** Enforces NetworkPolicies; routing and Services are left to the bridge and to kube-proxy. */
export function startNetworkPolicies(layout: Layout, space: NodeSpace): void {
    const { serviceRange } = layout.addresses;
    space.spawnDaemon("kube-router", [
        programOf(layout, "kube-router"),
        `--kubeconfig=${path.join(configFolder(layout), "kube-router.kubeconfig")}`,
        `--hostname-override=${nodeName}`,
        `--service-cluster-ip-range=${serviceRange}`,
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        "--iptables-sync-period=30s",
    ]);
}

/** What makes a claim's volume a folder of the lab's state. */
export function startVolumes(layout: Layout, space: NodeSpace): void {
    const folder = path.join(layout.stateDir, "volumes");
    mkdirSync(folder, { recursive: true });
    space.spawnDaemon("volumes", [
        programOf(layout, "volumes"),
        `--kubeconfig=${path.join(configFolder(layout), "volumes.kubeconfig")}`,
        `--folder=${folder}`,
        `--provisioner=${PROVISIONER}`,
    ]);
}

/** The cluster's names; every other name does not exist, at once. */
export function startDns(layout: Layout, space: NodeSpace): void {
    const config = write(
        layout,
        "Corefile",
        `.:53 {
  bind ${layout.addresses.nodeIp}
  errors
  kubernetes ${clusterDomain} in-addr.arpa {
    kubeconfig ${path.join(configFolder(layout), "coredns.kubeconfig")}
    pods insecure
  }
  cache 5
  template ANY ANY . {
    rcode NXDOMAIN
  }
}
`,
    );
    space.spawnDaemon("coredns", [programOf(layout, "coredns"), "-conf", config]);
}
