import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { nginxConfiguration, registryConfiguration } from "../../../components/registry-configuration";
import { dockerConfig, htpasswdLine } from "../../../components/registry-identities";
import { CertificateAuthority } from "../../../lab/cluster/certificates";
import { runProgram, type RunResult } from "../../../lab/cluster/run-program";
import { prepare } from "../../../lab/lab";
import { debianRoot } from "../../../lab/programs/debian";

/** The real registry behind the real nginx on the loopback address, configured as the component does. */
export interface RunningRegistry {
    /** HOST:PORT of nginx. */
    readonly address: string;
    readonly port: number;
    /** PEM of the authority that signed its certificate. */
    readonly authority: string;
    readonly passwords: Readonly<Record<string, string>>;
    /** Runs crane or cosign to its end with an identity's Docker configuration. */
    run(program: "crane" | "cosign", identity: string | undefined, command: readonly string[]): Promise<RunResult>;
    /** Writes a file that programs can be given. */
    file(name: string, content: string): string;
    /** The access log, a line for each write. */
    log(): string[];
    stop(): Promise<void>;
}

/** Texts of the configuration that only a pod can have -> what stands for them here. */
type Places = Readonly<Record<string, string>>;

/** @throws Error when the text does not hold one of the places: then it would be the pod's */
function placed(text: string, places: Places): string {
    return Object.entries(places).reduce((done, [from, to]) => {
        if (!done.includes(from)) {
            throw new Error(`the configuration does not hold "${from}" any more`);
        }
        return done.replaceAll(from, to);
    }, text);
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}

/**
 * @param identities - whoever gets a password
 * @param hash - how a password stands in nginx's file
 */
export async function startRegistry(
    entries: readonly string[],
    identities: readonly string[],
    hash: (identity: string, password: string) => string = (identity, password) =>
        htpasswdLine(identity, password, randomBytes(16).toString("hex")),
): Promise<RunningRegistry> {
    const { programs } = await prepare({ log: () => undefined });
    const folder = mkdtempSync(path.join(tmpdir(), "slsa-registry-"));
    const [port, inner] = [await freePort(), await freePort()];
    const address = `127.0.0.1:${String(port)}`;
    const file = (name: string, content: string): string => {
        const target = path.join(folder, name);
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, content, { mode: 0o600 });
        return target;
    };

    const authority = await CertificateAuthority.create("registry suite");
    const pair = await authority.issue({ commonName: "registry", server: true, ips: ["127.0.0.1"] });
    const ca = file("ca.crt", authority.pair.certificate);
    file("certificate/tls.crt", pair.certificate);
    file("certificate/tls.key", pair.key);
    const passwords = Object.fromEntries(identities.map((name) => [name, randomBytes(20).toString("hex")]));
    file("identities/htpasswd", identities.map((name) => hash(name, passwords[name] ?? "")).join(""));
    file("nobody/config.json", "{}");
    for (const name of identities) {
        file(`${name}/config.json`, dockerConfig(address, name, passwords[name] ?? ""));
    }
    const nginx = file(
        "nginx.conf",
        placed(nginxConfiguration(entries), {
            "/tmp/": `${folder}/`,
            "/etc/image-registry-certificate": path.join(folder, "certificate"),
            "/etc/image-registry-identities": path.join(folder, "identities"),
            "listen 5000": `listen ${address}`,
            "127.0.0.1:5001": `127.0.0.1:${String(inner)}`,
        }),
    );
    const registry = file(
        "config.yml",
        placed(registryConfiguration(), {
            "/var/lib/registry": path.join(folder, "images"),
            "127.0.0.1:5001": `127.0.0.1:${String(inner)}`,
        }),
    );

    const root = path.join(debianRoot(), "root");
    const libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"].map((name) => path.join(root, name));
    const started = [
        start(folder, "registry", [programs["registry"] ?? "", "serve", registry]),
        start(folder, "nginx", [
            path.join(root, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
            ...["--library-path", libraries.join(":"), path.join(root, "usr/sbin/nginx")],
            ...["-e", "stderr", "-c", nginx, "-g", "daemon off; user root;"],
        ]),
    ];
    const stop = async (): Promise<void> => {
        await Promise.all(
            started.map(async (child) => {
                if (child.exitCode === null && child.signalCode === null && child.kill("SIGTERM")) {
                    await once(child, "exit");
                }
            }),
        );
        rmSync(folder, { recursive: true });
    };
    const logOf = (name: string): string => readFileSync(path.join(folder, `${name}.log`), "utf8");
    const run: RunningRegistry["run"] = (program, identity, command) =>
        runProgram([programs[program] ?? "", ...command], {
            env: { HOME: folder, DOCKER_CONFIG: path.join(folder, identity ?? "nobody"), SSL_CERT_FILE: ca },
        });
    try {
        await answers(() => run("crane", undefined, ["catalog", address]));
    } catch (error) {
        const said = ["registry", "nginx"].map(logOf).join("\n");
        await stop();
        throw new Error(`the registry does not answer: ${said}`, { cause: error });
    }
    return {
        address,
        port,
        authority: authority.pair.certificate,
        passwords,
        run,
        file,
        log: () =>
            logOf("nginx")
                .split("\n")
                .filter((line) => line.includes("identity=")),
        stop,
    };
}

/** A program whose output goes to a file: nginx opens /dev/stderr anew, which no pipe of Node's allows. */
function start(folder: string, name: string, [command = "", ...rest]: readonly string[]): ChildProcess {
    const output = openSync(path.join(folder, `${name}.log`), "a");
    return spawn(command, rest, {
        stdio: ["ignore", output, output],
        env: { OTEL_TRACES_EXPORTER: "none" },
    });
}

async function answers(ask: () => Promise<unknown>): Promise<void> {
    for (let left = 50; ; left -= 1) {
        try {
            await ask();
            return;
        } catch (error) {
            if (left === 0) {
                throw error;
            }
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }
}
