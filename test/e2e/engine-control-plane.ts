import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { programBuilds } from "../../lab/programs/program-key";
import { reveal, text } from "../../lab/stand-ins/property";
import { privateKey } from "../../lab/stand-ins/tls/private-key";
import { selfSignedCert } from "../../lab/stand-ins/tls/certificates";

/** A Kubernetes API with etcd and the controllers behind it, but no node. */
export interface ControlPlane {
    /** Path of a kubeconfig of an administrator. */
    readonly kubeconfig: string;
    readonly server: string;
    stop(): Promise<void>;
}

const controllers = [
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "job-controller",
];
const startSeconds = 60;

/** The path of a program of the lab. */
export function labProgram(name: string): string {
    const build = programBuilds().find(({ program }) => program === name);
    if (build === undefined) {
        throw new Error(`The lab builds no program ${name}.`);
    }
    return build.output;
}

/** Starts real etcd, kube-apiserver and kube-controller-manager on loopback, with everything in one directory. */
export async function startControlPlane(directory: string): Promise<ControlPlane> {
    mkdirSync(directory, { recursive: true });
    const [clients, peers, secure, controller] = await freePorts(4);
    const file = (name: string): string => path.join(directory, name);
    const { certificate, key } = await servingCertificate();
    const token = randomBytes(16).toString("hex");
    const server = `https://127.0.0.1:${secure.toString()}`;
    const accounts = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(file("server.crt"), certificate);
    writeFileSync(file("server.key"), key, { mode: 0o600 });
    writeFileSync(file("tokens.csv"), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    writeFileSync(file("sa.pub"), accounts.publicKey.export({ type: "spki", format: "pem" }));
    writeFileSync(file("sa.key"), accounts.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(file("kubeconfig"), kubeconfig(server, certificate, token), { mode: 0o600 });

    const processes: ChildProcess[] = [];
    const start = (program: string, flags: Record<string, string>): void => {
        const log = createWriteStream(file(`${program}.log`));
        const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
        // A test run that is killed takes its programs with it.
        const child = spawn("setpriv", ["--pdeathsig", "KILL", labProgram(program), ...args], { cwd: directory });
        child.stdout.pipe(log);
        child.stderr.pipe(log);
        processes.push(child);
    };
    const stop = async (): Promise<void> => {
        for (const child of processes.reverse()) {
            const ended = new Promise((resolve) => child.once("exit", resolve));
            if (child.exitCode === null && child.signalCode === null) {
                child.kill("SIGKILL");
                await ended;
            }
        }
    };

    const etcd = `http://127.0.0.1:${clients.toString()}`;
    start("etcd", {
        "data-dir": file("etcd"),
        "listen-client-urls": etcd,
        "advertise-client-urls": etcd,
        "listen-peer-urls": `http://127.0.0.1:${peers.toString()}`,
        "unsafe-no-fsync": "true",
    });
    start("kube-apiserver", {
        "etcd-servers": etcd,
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": secure.toString(),
        "endpoint-reconciler-type": "none",
        "service-cluster-ip-range": "10.0.0.0/24",
        "tls-cert-file": file("server.crt"),
        "tls-private-key-file": file("server.key"),
        "token-auth-file": file("tokens.csv"),
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": file("sa.pub"),
        "service-account-signing-key-file": file("sa.key"),
    });
    try {
        await untilReady(`${server}/readyz`, certificate, token);
    } catch (error) {
        await stop();
        const log = readFileSync(file("kube-apiserver.log"), "utf8").split("\n").slice(-10).join("\n");
        throw new Error(`The API server did not start within ${startSeconds.toString()} s:\n${log}`, { cause: error });
    }
    start("kube-controller-manager", {
        kubeconfig: file("kubeconfig"),
        "bind-address": "127.0.0.1",
        "secure-port": controller.toString(),
        "cert-dir": file("controller"),
        "leader-elect": "false",
        controllers: controllers.join(","),
    });
    return { kubeconfig: file("kubeconfig"), server, stop };
}

async function servingCertificate(): Promise<{ certificate: string; key: string }> {
    const { outputs } = await privateKey.make({ algorithm: "ECDSA", ecdsaCurve: "P256" });
    const key = text(reveal(outputs["privateKeyPem"] ?? null));
    const made = await selfSignedCert.make({
        privateKeyPem: key,
        subject: { commonName: "kube-apiserver" },
        ipAddresses: ["127.0.0.1"],
        isCaCertificate: true,
        allowedUses: ["cert_signing", "digital_signature", "server_auth"],
        validityPeriodHours: 24,
    });
    return { certificate: text(reveal(made.outputs["certPem"] ?? null)), key };
}

function kubeconfig(server: string, certificate: string, token: string): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "test",
        contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
        clusters: [
            {
                name: "test",
                cluster: { server, "certificate-authority-data": Buffer.from(certificate).toString("base64") },
            },
        ],
        users: [{ name: "admin", user: { token } }],
    });
}

async function untilReady(url: string, ca: string, token: string): Promise<void> {
    const end = Date.now() + startSeconds * 1000;
    for (;;) {
        const code = await new Promise<number>((resolve) => {
            request(url, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
                response.resume();
                resolve(response.statusCode ?? 0);
            })
                .on("error", () => {
                    resolve(0);
                })
                .end();
        });
        if (code === 200) {
            return;
        }
        if (Date.now() > end) {
            throw new Error(`${url} answers ${code.toString()}`);
        }
        await sleep(200);
    }
}

/** Ports that nobody listens on now; all are held until the last one is known, so that they differ. */
async function freePorts(count: 4): Promise<[number, number, number, number]>;
async function freePorts(count: number): Promise<number[]> {
    const servers = Array.from({ length: count }, () => createServer());
    const ports = await Promise.all(
        servers.map(
            (server) =>
                new Promise<number>((resolve) => {
                    server.listen(0, "127.0.0.1", () => {
                        const address = server.address();
                        resolve(typeof address === "object" && address !== null ? address.port : 0);
                    });
                }),
        ),
    );
    for (const server of servers) {
        await new Promise((resolve) => {
            server.close(resolve);
        });
    }
    return ports;
}
