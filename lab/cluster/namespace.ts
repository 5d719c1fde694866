import { rmSync } from "node:fs";

import type { Addresses } from "./addresses";
import { removeCgroups } from "./cgroups";
import { firewallRules, hostLink, podBridge } from "./firewall";
import { type NodeSpace } from "./node-space";
import { CommandError, runProgram } from "./run-program";

/**
 * What the kubelet wants of the kernel. These settings have no namespace of their own, so the node sees a file with the
 * wanted value in their place, finds nothing to change, and the machine keeps its own.
 */
const kernelSettings: Readonly<Record<string, string>> = {
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxbytes": "25000000",
    "kernel/keys/root_maxkeys": "1000000",
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
};

/**
 * Folders into which the node's programs write by themselves (container runtime, CNI cache, container logs): in the
 * node's namespace they are in memory and go with it.
 */
export const privateFolders: readonly string[] = ["/run", "/var/lib", "/var/log"];

const mountScript = `
mount --make-rshared /
for folder in ${privateFolders.join(" ")}; do mount -t tmpfs -o mode=755 slsa-lab "$folder"; done
mkdir -p /run/lock /run/netns /run/kernel /var/lib/cni /var/log/containers
for setting in $SETTINGS; do
    name=\${setting%%=*}
    file=/run/kernel/$(echo "$name" | tr / .)
    echo "\${setting#*=}" > "$file"
    if [ -e "/proc/sys/$name" ]; then mount --bind "$file" "/proc/sys/$name"; fi
done
`;

/** `POD_BRIDGE` is the node's own network: pods hang on it, and unknown ClusterIPs end in it instead of leaving. */
const networkScript = `
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
ip link add "$POD_BRIDGE" type bridge
ip addr add "$NODE_IP/24" dev "$POD_BRIDGE"
ip link set "$POD_BRIDGE" up
sysctl -qw net.bridge.bridge-nf-call-iptables=1
ip route add "$SERVICE_RANGE" dev "$POD_BRIDGE" src "$NODE_IP"
ip addr add "$LINK_NODE_IP/30" dev "$HOST_LINK"
ip link set "$HOST_LINK" up
`;

/**
 * Makes the node's private folders, kernel settings, bridge, firewall and the one link to the host. On the host this adds
 * an interface and two routes (the node, and its Services); there is no default route in the node's namespace.
 */
export async function prepareNamespace(space: NodeSpace, addresses: Addresses): Promise<void> {
    const settings = Object.entries(kernelSettings).map(([name, value]) => `${name}=${value}`);
    await space.run(["sh", "-ec", mountScript], { env: { SETTINGS: settings.join(" ") } });
    const { link, linkHostIp, linkNodeIp, nodeIp, serviceRange } = addresses;
    const holder = space.holder.pid.toString();
    await runProgram(["ip", "link", "add", link, "type", "veth", "peer", "name", hostLink, "netns", holder]);
    await space.run(["nft", "-f", "-"], { input: firewallRules(addresses) });
    await space.run(["sh", "-ec", networkScript], {
        env: {
            HOST_LINK: hostLink,
            LINK_NODE_IP: linkNodeIp,
            NODE_IP: nodeIp,
            POD_BRIDGE: podBridge,
            SERVICE_RANGE: serviceRange,
        },
    });
    await runProgram(["ip", "addr", "add", `${linkHostIp}/30`, "dev", link]);
    await runProgram(["ip", "link", "set", link, "up"]);
    await runProgram(["ip", "route", "add", `${nodeIp}/32`, "via", linkNodeIp]);
    await runProgram(["ip", "route", "add", serviceRange, "via", linkNodeIp]);
}

async function removeLink(link: string): Promise<void> {
    try {
        await runProgram(["ip", "link", "del", link]);
    } catch (error) {
        if (!(error instanceof CommandError && error.result.stderr.includes("Cannot find device"))) {
            throw error;
        }
    }
}

/**
 * Removes whatever a lab with these addresses has on this machine: link and routes, every process, with the last of them
 * its namespaces and all their mounts, its cgroups, its state. Nothing being there is fine.
 */
export async function removeEverything(addresses: Addresses, stateDir: string): Promise<void> {
    await removeLink(addresses.link);
    await removeCgroups(addresses.cgroup);
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
