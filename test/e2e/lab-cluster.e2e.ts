import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import * as path from "node:path";

import { CertificateAuthority, writePair } from "../../lab/cluster/certificates";
import { addressesOf } from "../../lab/cluster/addresses";
import { cgroupProcesses } from "../../lab/cluster/cgroups";
import { findClaim } from "../../lab/cluster/claims";
import { firewallRules, podBridge } from "../../lab/cluster/firewall";
import { runProgram } from "../../lab/cluster/run-program";
import { storeDirectory } from "../../lab/images/store";
import { attach, down, type Lab, up } from "../../lab/lab";
import { apply, eventually, kubectl, pod, podReaches, succeeded, wait } from "./lab-kubectl";
import { machineState, type MachineState, withoutOtherLabs } from "./lab-machine";

jest.setTimeout(300_000);

const name = "e2e-cluster";
const second = "e2e-second";
const space = "lab-test";
const quiet = { log: () => undefined };

let before: MachineState;
let lab: Lab;

async function reaches(url: string): Promise<boolean> {
    return fetch(url, { signal: AbortSignal.timeout(3000) }).then(
        (response) => response.ok,
        () => false,
    );
}

beforeAll(async () => {
    await down(name);
    await down(second);
    before = machineState();
    lab = await up(name, quiet);
    await apply(lab, { apiVersion: "v1", kind: "Namespace", metadata: { name: space } });
    await eventually(30, true, async () =>
        kubectl(lab, ["--namespace", space, "get", "serviceaccount", "default"]).then(
            () => true,
            () => false,
        ),
    );
    const web = "echo page > /tmp/index.html; exec httpd -f -p 8080 -h /tmp";
    const client = "exec sleep 1000000";
    await apply(
        lab,
        pod(lab, space, "web", web),
        pod(lab, space, "client", client),
        pod(lab, space, "friend", client, { labels: { friend: "yes" } }),
        pod(lab, space, "on-the-node", client, { hostNetwork: true }),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "web", namespace: space },
            spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
        },
    );
    for (const started of ["web", "client", "friend", "on-the-node"]) {
        await wait(lab, space, `pod/${started}`, "condition=Ready");
    }
});

afterAll(async () => {
    await down(second);
    await down(name);
});

test("the node is ready and says which Kubernetes it runs", async () => {
    const nodes = await kubectl(lab, ["get", "nodes", "--no-headers"]);
    expect(nodes).toMatch(/^node1\s+Ready\s.*\sv1\.34\.2$/);
});

test("an image pulled by digest runs, and the pod's status carries the repository's digest", async () => {
    await apply(lab, pod(lab, space, "hello", "echo hello from $(id -u)"));
    expect(await succeeded(lab, space, "hello")).toBe("hello from 65532");
    const imageId = "jsonpath={.status.containerStatuses[0].imageID}";
    expect(await kubectl(lab, ["--namespace", space, "get", "pod", "hello", "-o", imageId])).toBe(
        lab.images["busybox"]?.reference,
    );
});

test("a Service is reached by name from a pod and by address from the host", async () => {
    expect(await podReaches(lab, space, "client", `http://web.${space}.svc.cluster.local/`)).toBe(true);
    expect(await podReaches(lab, space, "client", `http://none.${space}.svc.cluster.local/`)).toBe(false);
    const address = await kubectl(lab, [
        "--namespace",
        space,
        "get",
        "service",
        "web",
        "-o",
        "jsonpath={.spec.clusterIP}",
    ]);
    expect(await reaches(`http://${address}/`)).toBe(true);
});

test("the host reaches Services only, not pods' own addresses nor other ports of the node", async () => {
    const podIp = await kubectl(lab, ["--namespace", space, "get", "pod", "web", "-o", "jsonpath={.status.podIP}"]);
    expect(await podReaches(lab, space, "client", `http://${podIp}:8080/`)).toBe(true);
    expect(await reaches(`http://${podIp}:8080/`)).toBe(false);
    const curl = ["curl", "-s", "-o", "/dev/null", "-m", "3", "-k", "-w", "%{http_code}"];
    const kubelet = `https://${lab.nodeIp}:10250/healthz`;
    expect((await lab.run([...curl, kubelet])).stdout).toBe("401");
    await expect(runProgram([...curl, kubelet])).rejects.toThrow("ended with code 7");
});

test("a NetworkPolicy refuses a packet that passes without it, and lets its friends' pass", async () => {
    const podIp = await kubectl(lab, ["--namespace", space, "get", "pod", "web", "-o", "jsonpath={.status.podIP}"]);
    const url = `http://${podIp}:8080/`;
    expect(await podReaches(lab, space, "client", url)).toBe(true);
    const policy = {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "friends-only", namespace: space },
        spec: {
            podSelector: { matchLabels: { app: "web" } },
            policyTypes: ["Ingress"],
            ingress: [{ from: [{ podSelector: { matchLabels: { friend: "yes" } } }] }],
        },
    };
    await apply(lab, policy);
    expect(await eventually(30, false, () => podReaches(lab, space, "client", url))).toBe(false);
    expect(await podReaches(lab, space, "friend", url)).toBe(true);
    expect(await podReaches(lab, space, "client", `http://web.${space}.svc.cluster.local/`)).toBe(false);
    await kubectl(lab, ["--namespace", space, "delete", "networkpolicy", "friends-only"]);
    expect(await eventually(30, true, () => podReaches(lab, space, "client", url))).toBe(true);
});

test("a claim without a class gets a volume that a later pod finds as the first one left it", async () => {
    await apply(
        lab,
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data", namespace: space },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
        },
        pod(lab, space, "writer", "echo kept > /data/file", { claim: "data" }),
    );
    await succeeded(lab, space, "writer");
    await apply(lab, pod(lab, space, "reader", "cat /data/file", { claim: "data" }));
    expect(await succeeded(lab, space, "reader")).toBe("kept");
});

test("a service account's token can be minted, and the API knows whose it is", async () => {
    const token = await kubectl(lab, ["--namespace", space, "create", "token", "default", "--duration=10m"]);
    const review = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
    const output = ["create", "-f", "-", "-o", "jsonpath={.status.user.username}"];
    expect(await kubectl(lab, output, review)).toBe(`system:serviceaccount:${space}:default`);
});

test("pods and node open nothing towards the host", async () => {
    const { linkHostIp, linkNodeIp, podRange } = addressesOf(lab.number);
    const server = createServer((_, response) => response.end("host"));
    server.listen(0, linkHostIp);
    await once(server, "listening");
    try {
        const port = (server.address() as { port: number }).port;
        const url = `http://${linkHostIp}:${port.toString()}/`;
        expect(await reaches(url)).toBe(true);
        expect(await podReaches(lab, space, "client", url)).toBe(false);
        expect(await podReaches(lab, space, "on-the-node", url)).toBe(false);
        // Without the rules, and with the way back that the host does not have either, the same packets pass.
        await lab.run(["nft", "delete", "table", "inet", "slsa-lab"]);
        await runProgram(["ip", "route", "add", podRange, "via", linkNodeIp]);
        expect(await podReaches(lab, space, "client", url)).toBe(true);
        expect(await podReaches(lab, space, "on-the-node", url)).toBe(true);
    } finally {
        await restoreFirewall();
        await runProgram(["ip", "route", "flush", podRange]);
        server.close();
    }
});

async function restoreFirewall(): Promise<void> {
    const rules = `table inet slsa-lab\ndelete table inet slsa-lab\n${firewallRules(addressesOf(lab.number))}`;
    await lab.run(["nft", "-f", "-"], { input: rules });
}

describe("an address beyond the node", () => {
    const outside = "10.90.0.2";
    const url = `http://${outside}:8080/`;
    let holder: ChildProcess;
    let server: ChildProcess;

    /** A namespace of our own that hangs on the node by one more link, with a web server in it. */
    beforeAll(async () => {
        holder = spawn("unshare", ["--net", "sleep", "1000"], { stdio: "ignore" });
        const pid = (holder.pid ?? 0).toString();
        const within = ["--target", pid, "--net", "--"];
        await eventually(5, "sleep", async () => (await runProgram(["cat", `/proc/${pid}/comm`])).stdout.trim());
        const node = (...rest: string[]): Promise<unknown> => lab.run(["ip", ...rest]);
        const there = (...rest: string[]): Promise<unknown> => runProgram(["nsenter", ...within, "ip", ...rest]);
        await node("link", "add", "outside", "type", "veth", "peer", "name", "inside", "netns", pid);
        await node("addr", "add", "10.90.0.1/30", "dev", "outside");
        await node("link", "set", "outside", "up");
        await there("addr", "add", `${outside}/30`, "dev", "inside");
        await there("link", "set", "inside", "up");
        await there("route", "add", addressesOf(lab.number).podRange, "via", "10.90.0.1");
        writeFileSync(path.join(lab.stateDir, "index.html"), "outside\n");
        const httpd = ["busybox", "httpd", "-f", "-p", `${outside}:8080`, "-h", lab.stateDir];
        server = spawn("nsenter", [...within, ...httpd], { stdio: "ignore" });
        await eventually(5, true, () =>
            lab.run(["curl", "-s", "-m", "1", url]).then(
                () => true,
                () => false,
            ),
        );
    });

    afterAll(() => {
        server.kill();
        holder.kill();
    });

    test("is reached by the node, and by no pod", async () => {
        expect((await lab.run(["curl", "-s", "-m", "3", url])).stdout).toBe("outside\n");
        expect(await podReaches(lab, space, "client", url)).toBe(false);
    });

    test("would be reached by a pod without the node's rule", async () => {
        const listed = (await lab.run(["nft", "-a", "list", "chain", "inet", "slsa-lab", "forward"])).stdout;
        const rule = listed.split("\n").find((line) => line.includes(`oifname != "${podBridge}"`));
        const handle = /# handle (\d+)/.exec(rule ?? "")?.[1] ?? "none";
        try {
            await lab.run(["nft", "delete", "rule", "inet", "slsa-lab", "forward", "handle", handle]);
            expect(await podReaches(lab, space, "client", url)).toBe(true);
        } finally {
            await restoreFirewall();
        }
        expect(await podReaches(lab, space, "client", url)).toBe(false);
    });
});

test("a registry with a certificate of its own is pulled from once the node trusts its authority", async () => {
    const authority = await CertificateAuthority.create("test");
    const folder = path.join(lab.stateDir, "test-registry");
    writePair(folder, "tls", await authority.issue({ commonName: "registry", server: true, ips: [lab.nodeIp] }));
    const config = {
        version: "0.1",
        storage: { filesystem: { rootdirectory: storeDirectory() }, maintenance: { readonly: { enabled: true } } },
        http: {
            addr: `${lab.nodeIp}:5443`,
            tls: { certificate: path.join(folder, "tls.crt"), key: path.join(folder, "tls.key") },
        },
    };
    writeFileSync(path.join(folder, "config.yaml"), JSON.stringify(config));
    lab.spawnDaemon("test-registry", [lab.programs["registry"] ?? "", "serve", path.join(folder, "config.yaml")]);
    const image = lab.images["nginx"]?.reference.replace(":5000/", ":5443/") ?? "";
    await apply(lab, pod(lab, space, "trusting", "echo pulled", { image: image }));
    const waiting = ["--namespace", space, "get", "pod", "trusting", "-o"];
    const message = "jsonpath={.status.containerStatuses[0].state.waiting.message}";
    const unknown = await eventually(30, true, async () =>
        (await kubectl(lab, [...waiting, message])).includes("certificate signed by unknown authority"),
    );
    expect(unknown).toBe(true);
    lab.trustRegistry(`${lab.nodeIp}:5443`, authority.pair.certificate);
    expect(await succeeded(lab, space, "trusting")).toBe("pulled");
});

describe("a second lab", () => {
    let other: Lab;

    test("is up beside the first with a number and a node of its own", async () => {
        other = await up(second, quiet);
        expect(other.number).not.toBe(lab.number);
        for (const one of [lab, other]) {
            expect(await kubectl(one, ["get", "nodes", "--no-headers"])).toMatch(/^node1\s+Ready\s/);
            const ip = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
            expect(await kubectl(one, ["get", "nodes", "-o", ip])).toBe(one.nodeIp);
        }
        expect(await kubectl(other, ["get", "namespaces", "-o", "name"])).not.toContain(space);
    });

    test("whose holder was killed is not up, leaves processes, and is cleaned by down", async () => {
        process.kill(findClaim(second)?.holder?.pid ?? 0, "SIGKILL");
        expect(await eventually(5, false, () => Promise.resolve(isUp(second)))).toBe(false);
        const { cgroup } = addressesOf(other.number);
        expect(cgroupProcesses(cgroup).length).toBeGreaterThan(5);
        await down(second);
        expect(cgroupProcesses(cgroup)).toEqual([]);
        expect(isUp(name)).toBe(true);
        expect(await podReaches(lab, space, "client", `http://web.${space}.svc.cluster.local/`)).toBe(true);
    });
});

function isUp(which: string): boolean {
    try {
        attach(which);
        return true;
    } catch {
        return false;
    }
}

test("up changes nothing on the machine but one link with its routes, and down removes them", async () => {
    const { link, linkHostIp, linkNodeIp, nodeIp, serviceRange } = addressesOf(lab.number);
    const earlier = withoutOtherLabs(before, lab.number);
    const during = withoutOtherLabs(machineState(), lab.number);
    const unchanged = ["mounts", "iptables", "nftables", "sysctls"];
    const added = (kind: string): string[] =>
        (during[kind] ?? []).filter((line) => !(earlier[kind] ?? []).includes(line)).map((line) => line.trim());
    for (const kind of unchanged) {
        expect([kind, added(kind)]).toEqual([kind, []]);
    }
    expect(added("links")).toEqual([link]);
    expect(added("routes").map((route) => route.split(" ").slice(0, 3).join(" "))).toEqual([
        `${nodeIp} via ${linkNodeIp}`,
        `${linkHostIp.replace(/1$/, "0/30")} dev ${link}`,
        `${serviceRange} via ${linkNodeIp}`,
    ]);
    expect(added("processes").length).toBeGreaterThan(10);
    expect(added("cgroups").length).toBeGreaterThan(5);
    await down(name);
    // The last killed processes are gone when whoever inherited them has noticed.
    const after = (): MachineState => withoutOtherLabs(machineState(), lab.number);
    await eventually(10, earlier["processes"]?.join(), () => Promise.resolve(after()["processes"]?.join()));
    expect(after()).toEqual(earlier);
    expect(isUp(name)).toBe(false);
});
