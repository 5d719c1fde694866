import { appendFileSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { runProgram } from "../../../lab/cluster/run-program";
import { NAMESPACES } from "../../../names";
import { eventually, kubectl } from "../lab-kubectl";
import { bodies, CRANE, ended, imageOf, kubectlLong, type Platform } from "./platform";

const DEPLOYMENTS = ["postgres", "redis", "trillian", "trillian-signer", "rekor"];

/** The transparency log, when all its parts are started anew. */
export function logSuite(the: () => Platform): void {
    it("keeps its key and its entries over a restart of all its parts", async () => {
        const { lab, first, verifier } = the();
        const image = imageOf(first, "crane");
        const key = readFileSync(verifier.file("log.pub"), "utf8").trim();
        const before = await bodies(the(), image);
        expect(before.filter((body) => body !== "").length).toBeGreaterThan(0);
        const inLog = ["--namespace", NAMESPACES.transparencyLog];
        const declared = await kubectl(lab, [
            ...inLog,
            "get",
            "deployments",
            "--output",
            "jsonpath={.items[*].metadata.name}",
        ]);
        expect(declared.split(" ").sort()).toEqual([...DEPLOYMENTS].sort());
        for (const deployment of DEPLOYMENTS) {
            await kubectl(lab, [...inLog, "rollout", "restart", `deployment/${deployment}`]);
        }
        for (const deployment of DEPLOYMENTS) {
            await kubectlLong(lab, [...inLog, "rollout", "status", `deployment/${deployment}`, "--timeout=180s"]);
        }
        // The Service follows its pod a moment later.
        const served = (): Promise<string> =>
            fetch(`${lab.rekorUrl}/api/v1/log/publicKey`).then(
                async (response) => (await response.text()).trim(),
                () => "nothing",
            );
        expect(await eventually(60, key, served)).toBe(key);
        await expect(verifier.run(verifier.attestationCommand(image))).resolves.toMatchObject({ code: 0 });
        expect(await bodies(the(), image)).toEqual(before);
    });

    it("goes on with the same tree: the next merge, made as `npm run local` says, is green", async () => {
        const { said, source, forge, verifier } = the();
        const [, commands = ""] = /^merge again: [^\n]*\n((?: {2}git [^\n]*\n){2})/m.exec(said) ?? [];
        appendFileSync(path.join(source.folder, "cmd/crane/main.go"), "\n// One more line.\n");
        await runProgram(["sh", "-euc", commands], { env: { HOME: "/nonexistent" } });
        const next = await ended(forge, CRANE, await source.head());
        expect([next.record.status, next.log]).toEqual(["green", expect.stringContaining("verified ") as unknown]);
        const info = await verifier.run([
            "rekor-cli",
            "loginfo",
            "--rekor_server",
            the().lab.rekorUrl,
            "--format",
            "json",
        ]);
        // Rekor names trees that it no longer writes to as inactive shards.
        expect((JSON.parse(info.stdout) as { InactiveShards?: unknown[] }).InactiveShards ?? []).toEqual([]);
    });
}
