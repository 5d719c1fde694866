import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { serviceAddress } from "./addresses";
import { CertificateAuthority, type KeyPair, type Leaf, writePair } from "./certificates";
import { adminKubeconfig, certificateFolder, clusterDomain, configFolder, type Layout, nodeName } from "./layout";

/** The parts of the cluster that talk to its API: their user, and the group that gives a right by itself. */
const clients: Readonly<Record<string, Leaf>> = {
    "kube-controller-manager": { commonName: "system:kube-controller-manager" },
    "kube-scheduler": { commonName: "system:kube-scheduler" },
    "kube-proxy": { commonName: "system:kube-proxy" },
    kubelet: { commonName: `system:node:${nodeName}`, organization: "system:nodes" },
    coredns: { commonName: "system:coredns" },
    "kube-router": { commonName: "system:kube-router" },
    volumes: { commonName: "system:volumes" },
};

function kubeconfig(server: string, authority: string, client: KeyPair): string {
    const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "lab", cluster: { server, "certificate-authority-data": base64(authority) } }],
        users: [
            {
                name: "lab",
                user: {
                    "client-certificate-data": base64(client.certificate),
                    "client-key-data": base64(client.key),
                },
            },
        ],
        contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
        "current-context": "lab",
    };
    return JSON.stringify(config, undefined, 2);
}

function writeSecret(file: string, content: string): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
}

/** Makes every key and certificate of the cluster and the kubeconfigs of its parts and of its administrator. */
export async function createIdentities(layout: Layout): Promise<void> {
    const { nodeIp, number } = layout.addresses;
    const folder = certificateFolder(layout);
    const authority = await CertificateAuthority.create("slsa-lab");
    const frontProxy = await CertificateAuthority.create("slsa-lab-front-proxy");
    writePair(folder, "ca", authority.pair);
    writePair(folder, "front-proxy-ca", frontProxy.pair);
    const names = ["", ".default", ".default.svc", `.default.svc.${clusterDomain}`].map((end) => `kubernetes${end}`);
    const pairs: Record<string, Promise<KeyPair>> = {
        apiserver: authority.issue({
            commonName: "kube-apiserver",
            server: true,
            dnsNames: [...names, "localhost"],
            ips: [nodeIp, "127.0.0.1", serviceAddress(number, 1)],
        }),
        "kubelet-server": authority.issue({
            commonName: nodeName,
            server: true,
            dnsNames: [nodeName, "localhost"],
            ips: [nodeIp, "127.0.0.1"],
        }),
        "apiserver-kubelet-client": authority.issue({
            commonName: "kube-apiserver-kubelet-client",
            organization: "system:masters",
            client: true,
        }),
        "front-proxy-client": frontProxy.issue({ commonName: "front-proxy-client", client: true }),
    };
    for (const [name, pair] of Object.entries(pairs)) {
        writePair(folder, name, await pair);
    }
    const serviceAccounts = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeSecret(
        path.join(folder, "service-accounts.key"),
        serviceAccounts.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    writeFileSync(
        path.join(folder, "service-accounts.pub"),
        serviceAccounts.publicKey.export({ type: "spki", format: "pem" }),
    );
    const ca = authority.pair.certificate;
    for (const [name, leaf] of Object.entries(clients)) {
        const client = await authority.issue({ ...leaf, client: true });
        writeSecret(
            path.join(configFolder(layout), `${name}.kubeconfig`),
            kubeconfig("https://127.0.0.1:6443", ca, client),
        );
    }
    const admin = await authority.issue({ commonName: "admin", organization: "system:masters", client: true });
    writeSecret(adminKubeconfig(layout.stateDir), kubeconfig(`https://${nodeIp}:6443`, ca, admin));
}
