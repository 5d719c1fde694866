import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { applyObjects, kubectl, startApiServer, startControllers, startEtcd } from "./control-plane";
import { createIdentities } from "./identities";
import { type Layout, nodeName } from "./layout";
import {
    startContainerd,
    startDns,
    startImageRegistry,
    startKubelet,
    startKubeProxy,
    startNetworkPolicies,
    startVolumes,
} from "./node";
import type { NodeSpace } from "./node-space";
import { storageObjects, systemObjects } from "./objects";

/** Called when a stage is reached. */
export type Stage = (name: string) => void;

async function answers(url: string): Promise<boolean> {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return response.ok;
}

async function nodeReady(layout: Layout): Promise<boolean> {
    const condition = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    return (await kubectl(layout, ["get", "node", nodeName, "-o", condition])) === "True";
}

/**
 * Starts a one-node cluster in the prepared namespaces and returns when its node is ready, Services, names, policies and
 * volumes work. Every wait is bounded and ends with the failing part's last log lines.
 */
export async function startCluster(layout: Layout, space: NodeSpace, stage: Stage): Promise<void> {
    startEtcd(layout, space);
    startImageRegistry(layout, space);
    await createIdentities(layout);
    startContainerd(layout, space);
    startApiServer(layout, space);
    await space.waitFor("Kubernetes API", "kube-apiserver", 90, async () => {
        await kubectl(layout, ["get", "--raw", "/readyz", "--request-timeout=2s"]);
        return true;
    });
    stage("Kubernetes API ready");
    startControllers(layout, space);
    startKubelet(layout, space);
    await applyObjects(layout, systemObjects(layout));
    startDns(layout, space);
    await space.waitFor("image registry", "image-registry", 30, () =>
        answers(`http://${layout.addresses.nodeIp}:5000/v2/`),
    );
    await space.waitFor("node", "kubelet", 120, () => nodeReady(layout));
    stage("node ready");
    // Both look their node up when they start; kube-router ends when it does not find it.
    startKubeProxy(layout, space);
    startNetworkPolicies(layout, space);
    await space.waitFor("Services", "kube-proxy", 60, async () => {
        const { stdout } = await space.run(["iptables-save", "-t", "nat"]);
        return /^-A KUBE-SVC-\S+ .*default\/kubernetes:https.* -j KUBE-SEP-/m.test(stdout);
    });
    stage("Services reached");
    await space.waitFor("network policies", "kube-router", 60, async () => {
        const { stdout } = await space.run(["iptables-save", "-t", "filter"]);
        return stdout.includes("-j KUBE-ROUTER-FORWARD");
    });
    stage("network policies enforced");
    await applyObjects(layout, storageObjects());
    startVolumes(layout, space);
    await waitForAccount(layout);
    // Says so when it has read from the API what there is.
    await space.waitFor("volumes", "volumes", 60, () =>
        Promise.resolve(readFileSync(space.logFile("volumes"), "utf8").includes("Started provisioner controller")),
    );
    stage("volumes ready");
    space.requireDaemons();
}

/** Pods can be created in a namespace once its default account is there. */
async function waitForAccount(layout: Layout): Promise<void> {
    for (let tries = 0; ; tries += 1) {
        try {
            await kubectl(layout, ["--namespace", "default", "get", "serviceaccount", "default"]);
            return;
        } catch (error) {
            if (tries === 100) {
                throw error;
            }
            await sleep(100);
        }
    }
}
