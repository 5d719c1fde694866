import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { runProgram, type RunResult } from "../cluster/run-program";
import type { Lab } from "../lab";

/** What a verifier must have been given beforehand: the stack's outputs. */
export interface Trust {
    signingPublicKey: string;
    transparencyLogPublicKey: string;
    registryCa: string;
}

/** The digest (`sha256:…`) of an image that is named by it. */
export function digestOf(image: string): string {
    return image.slice(image.indexOf("@") + 1);
}

/** cosign and rekor-cli on this machine, outside the lab's namespaces, as a stranger would run them. */
export class Verifier {
    private readonly folder: string;

    constructor(
        private readonly lab: Lab,
        trust: Trust,
    ) {
        this.folder = path.join(lab.stateDir, "verify");
        mkdirSync(this.folder, { recursive: true });
        writeFileSync(this.file("signing.pub"), trust.signingPublicKey);
        writeFileSync(this.file("log.pub"), trust.transparencyLogPublicKey);
        writeFileSync(this.file("registry-ca.crt"), trust.registryCa);
    }

    /** Path of `signing.pub`, `log.pub` or `registry-ca.crt`. */
    file(name: "signing.pub" | "log.pub" | "registry-ca.crt"): string {
        return path.join(this.folder, name);
    }

    /** Environment of the commands below: the log's key, the registry's authority. */
    get environment(): Record<string, string> {
        return { SIGSTORE_REKOR_PUBLIC_KEY: this.file("log.pub"), SSL_CERT_FILE: this.file("registry-ca.crt") };
    }

    /** Checks an image's provenance. @param key - path of a public key */
    attestationCommand(image: string, key = this.file("signing.pub")): string[] {
        return [
            "cosign",
            "verify-attestation",
            "--key",
            key,
            "--type",
            "slsaprovenance1",
            "--new-bundle-format=false",
            "--rekor-url",
            this.lab.rekorUrl,
            image,
        ];
    }

    /** Finds the log's entries for a digest (`sha256:…`). */
    searchCommand(digest: string): string[] {
        return ["rekor-cli", "search", "--rekor_server", this.lab.rekorUrl, "--sha", digest];
    }

    /** Shows an entry of the log. */
    entryCommand(uuid: string): string[] {
        return ["rekor-cli", "get", "--rekor_server", this.lab.rekorUrl, "--uuid", uuid, "--format", "json"];
    }

    /** Runs one of the commands above. Throws when it fails. */
    run([program = "", ...args]: string[]): Promise<RunResult> {
        return runProgram([this.lab.programs[program] ?? program, ...args], {
            env: {
                ...this.environment,
                HOME: this.folder,
                PATH: "/usr/bin:/bin",
                // Whatever these programs might ask outside is refused at once.
                HTTPS_PROXY: "http://127.0.0.1:1",
                HTTP_PROXY: "http://127.0.0.1:1",
                NO_PROXY: "10.0.0.0/8",
            },
            timeout: 60,
        });
    }

    /** The statements that cosign verified for an image, newest last. */
    async statements(image: string): Promise<Record<string, unknown>[]> {
        const { stdout } = await this.run(this.attestationCommand(image));
        return stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as { payload: string })
            .map(
                ({ payload }) => JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as Record<string, unknown>,
            );
    }

    /** UUIDs of the log's entries for a digest. */
    async entries(digest: string): Promise<string[]> {
        const { stdout } = await this.run(this.searchCommand(digest));
        return stdout
            .split("\n")
            .filter((line) => /^[0-9a-f]{64,80}$/.test(line.trim()))
            .map((line) => line.trim());
    }

    /** An entry of the log: its index, and the statement that it keeps, if any. */
    async entry(uuid: string): Promise<{ logIndex: number; attestation: string }> {
        const { stdout } = await this.run(this.entryCommand(uuid));
        const { LogIndex, Attestation } = JSON.parse(stdout) as { LogIndex: number; Attestation: string };
        return { logIndex: LogIndex, attestation: Attestation };
    }
}
