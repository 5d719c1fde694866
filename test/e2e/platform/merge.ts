import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { MAX_ATTESTATION_BYTES } from "../../../components/transparency-log-workloads";
import { runProgram } from "../../../lab/cluster/run-program";
import { craneVersion } from "../../../lab/platform/crane-source";
import { digestOf } from "../../../lab/platform/verifier";
import { PROJECT_FOLDER } from "../../../plan/project";
import { readStackFile } from "../../../plan/stack";
import { kubectl, pod, succeeded } from "../lab-kubectl";
import { BUILDS, imageOf, listed, runsOf, statements, writes, type Platform } from "./platform";

/** What the merge made that `npm run local` built. */
export function mergeSuite(the: () => Platform): void {
    it("leads to a succeeded run without a person, and the run gives its volume back", async () => {
        const { lab, first } = the();
        expect([first.record.status, first.log]).toEqual(["green", expect.stringContaining("verified ") as unknown]);
        expect(await runsOf(lab, first.commit)).toHaveLength(1);
        const claims = ["--namespace", BUILDS, "get", "persistentvolumeclaims", "--output", "name"];
        expect(await kubectl(lab, claims)).toBe("");
    });

    it("runs the source's tests before it builds anything", async () => {
        const { lab, first } = the();
        const [build] = (await listed(lab, "taskruns")).filter(
            ({ metadata }) => metadata.labels["tekton.dev/pipelineTask"] === "build",
        );
        const log = await kubectl(lab, [
            "--namespace",
            BUILDS,
            "logs",
            `${build?.metadata.name ?? ""}-pod`,
            "--container",
            "step-build",
        ]);
        const steps = log.split("\n").filter((line) => /^(testing|building) /.test(line));
        expect(steps).toEqual([
            "testing ./pkg/name/...",
            "testing ./pkg/registry",
            "building ./cmd/crane",
            "building ./cmd/registry",
        ]);
        expect(log).toMatch(/^ok\s+github\.com\/google\/go-containerregistry\/pkg\/name\s/m);
        expect(first.record.status).toBe("green");
    });

    it("makes an image that runs in a pod and prints the version that the source says", async () => {
        const { lab, first, source } = the();
        await kubectl(lab, ["create", "namespace", "consumer"]);
        const image = imageOf(first, "crane");
        const made = pod(lab, "consumer", "crane", "", { image }) as {
            spec: { containers: Record<string, unknown>[] };
        };
        made.spec.containers = [{ name: "main", image, args: ["version"] }];
        await kubectl(lab, ["apply", "--filename", "-"], JSON.stringify(made));
        expect(await succeeded(lab, "consumer", "crane")).toBe(await craneVersion(source.folder));
    });

    it("makes provenance that strangers' cosign verifies in the log, and refuses with another key", async () => {
        const { lab, first, verifier } = the();
        const other = path.join(lab.stateDir, "other.pub");
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        writeFileSync(other, publicKey.export({ type: "spki", format: "pem" }));
        for (const name of ["crane", "registry"]) {
            const image = imageOf(first, name);
            const command = verifier.attestationCommand(image);
            expect(command.join(" ")).not.toContain("ignore-tlog");
            await expect(verifier.run(command)).resolves.toMatchObject({ code: 0 });
            await expect(verifier.run(verifier.attestationCommand(image, other))).rejects.toThrow("ended with code");
        }
    });

    it("is verified by the very commands that `npm run local` prints", async () => {
        const { lab, said, first, verifier } = the();
        const [, commands = ""] = /^verify by hand:\n([\s\S]*?)\n\n/m.exec(said) ?? [];
        for (const name of ["crane", "registry"]) {
            expect(commands).toContain(imageOf(first, name));
        }
        const { stdout } = await runProgram(["sh", "-euc", commands], { env: { HOME: "/nonexistent" } });
        const [statement] = await verifier.statements(imageOf(first, "crane"));
        // `rekor-cli get … | jq -r .Attestation`, once for each image: the same statement names both of crane's.
        const printed = stdout.split("\n").filter((line) => line.startsWith('{"_type"'));
        expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
            statement,
            statement,
            ...["hello/hello", "page/page", "many/image-1", "many/image-2"].map((name): unknown =>
                expect.objectContaining({
                    subject: expect.arrayContaining([
                        expect.objectContaining({ name: `${lab.registryHostPort}/${name}` }),
                    ]) as unknown,
                }),
            ),
        ]);
    });

    it("is verified by the commands of docs/deploy.md", async () => {
        const { lab, first, verifier } = the();
        const page = readFileSync(path.join(PROJECT_FOLDER, "docs/deploy.md"), "utf8");
        const [, commands = ""] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block);
        expect(commands).toContain("cosign verify-attestation");
        const bin = path.join(lab.stateDir, "verify-bin");
        mkdirSync(bin);
        for (const program of ["cosign", "rekor-cli"]) {
            symlinkSync(lab.programs[program] ?? program, path.join(bin, program));
        }
        for (const name of ["crane", "registry"]) {
            const { stdout } = await runProgram(["sh", "-euc", `cd "$FOLDER"\n${commands}`], {
                env: {
                    PATH: `${bin}:/usr/bin:/bin`,
                    HOME: lab.stateDir,
                    FOLDER: path.dirname(verifier.file("signing.pub")),
                    LOG: lab.rekorUrl,
                    IMAGE: imageOf(first, name),
                },
            });
            const builder = readStackFile("local", PROJECT_FOLDER)["builderId"];
            expect(stdout.split("\n")[0]).toBe(JSON.stringify(builder));
            expect(stdout).toContain(`"sha1": "${first.commit}"`);
            expect(stdout).toMatch(/^[0-9a-f]{64,80}$/m);
        }
    });

    it("is found in the log by its digest, and the log's statement is the registry's", async () => {
        const { first, verifier } = the();
        const image = imageOf(first, "crane");
        const entries = await Promise.all(
            (await verifier.entries(digestOf(image))).map((uuid) => verifier.entry(uuid)),
        );
        const kept = entries.filter(({ attestation }) => attestation !== "");
        expect(kept).toHaveLength(1);
        const body = kept[0]?.attestation ?? "";
        const [statement] = await verifier.statements(image);
        expect(JSON.parse(body)).toEqual(statement);
        expect(Buffer.byteLength(body)).toBeLessThan(MAX_ATTESTATION_BYTES);
        expect(first.log).toContain(
            `the statement has ${String(Buffer.byteLength(body))} bytes of the ${String(MAX_ATTESTATION_BYTES)} that the log keeps`,
        );
    });

    it("is stated as it was: subjects, builder, source, commit, times, images and definitions by digest", async () => {
        const { lab, first, forge } = the();
        const [statement] = await statements(the(), imageOf(first, "crane"));
        const [run] = await runsOf(lab, first.commit);
        expect(statement?.subject).toEqual(
            ["crane", "registry"].map((name) => ({
                name: `${lab.registryHostPort}/crane/${name}`,
                digest: { sha256: digestOf(imageOf(first, name)).slice("sha256:".length) },
            })),
        );
        const { buildDefinition, runDetails } = statement?.predicate ?? {};
        expect(runDetails?.builder.id).toBe(readStackFile("local", PROJECT_FOLDER)["builderId"]);
        const { finishedOn = "", ...metadata } = runDetails?.metadata ?? {};
        expect(metadata).toEqual({ invocationId: run?.metadata.uid, startedOn: run?.status?.startTime });
        // Tekton may write a run's end twice, a moment later the second time, when it does not see yet what it wrote; Chains
        // states the one that it was told of.
        const tasks = (await listed(lab, "taskruns")).filter(
            ({ metadata: { labels } }) => labels["tekton.dev/pipelineRun"] === run?.metadata.name,
        );
        const ends = tasks.map(({ status }) => status?.completionTime ?? "").sort();
        expect(ends).toHaveLength(3);
        expect([ends.at(-1), finishedOn, run?.status?.completionTime]).toEqual(
            [ends.at(-1), finishedOn, run?.status?.completionTime].sort(),
        );
        const dependencies = buildDefinition?.resolvedDependencies ?? [];
        expect(dependencies).toContainEqual({
            name: "inputs/result",
            uri: `git+${forge.url("crane")}`,
            digest: { sha1: first.commit },
        });
        for (const name of ["git", "gobuild", "crane"]) {
            const [uri, digest] = (lab.images[name]?.reference ?? name).split("@sha256:");
            expect(dependencies).toContainEqual({ uri: `oci://${uri ?? ""}`, digest: { sha256: digest } });
        }
    });

    it("names the definitions that it ran, which are those that the cluster holds", async () => {
        const { lab, first, outputs } = the();
        const [statement] = await statements(the(), imageOf(first, "crane"));
        const stated = (statement?.predicate.buildDefinition.resolvedDependencies ?? []).filter(({ name }) =>
            name?.startsWith("pipeline"),
        );
        const [run] = await runsOf(lab, first.commit);
        const tasks = (await listed(lab, "taskruns")).filter(
            ({ metadata }) => metadata.labels["tekton.dev/pipelineRun"] === run?.metadata.name,
        );
        const resolved = [run, ...tasks].map((one) => one?.status?.provenance?.refSource);
        expect(stated.map(({ uri, digest }) => ({ uri, digest })).sort(byUri)).toEqual([...resolved].sort(byUri));
        // Each is an object by its name, which carries a hash of its content, and its identity in this cluster.
        const held = await kubectl(lab, [
            "--namespace",
            BUILDS,
            "get",
            "pipelines,tasks",
            "--output",
            'jsonpath={range .items[*]}{.kind}/{.metadata.name}@{.metadata.uid}{"\\n"}{end}',
        ]);
        const names = stated.map(({ uri }) => uri.split("/").slice(-2).join("/").toLowerCase());
        expect(names.sort()).toEqual(held.toLowerCase().split("\n").sort());
        expect(names.some((name) => name.startsWith(`pipeline/${String(outputs.repositories[0]?.pipeline)}@`))).toBe(
            true,
        );
    });

    it("is pushed by the builder's identity and attested by Chains' own", async () => {
        const { lab, first } = the();
        const puts = (await writes(lab)).filter(
            (line) => line.includes(" PUT /v2/crane/crane/manifests/") && line.endsWith(" 201"),
        );
        const image = digestOf(imageOf(first, "crane"));
        const attached = image.replace(":", "-");
        const identity = (name: string): string[] => [
            ...new Set(
                puts
                    .filter((line) => line.includes(`/manifests/${name} `))
                    .map((line) => / identity=(\S+)/.exec(line)?.[1] ?? ""),
            ),
        ];
        expect(identity(image)).toEqual(["push-crane"]);
        // The stack leaves the setting imageSignatures alone: nobody signs images beside their provenance.
        expect(identity(`${attached}.sig`)).toEqual([]);
        expect(identity(`${attached}.att`)).toEqual(["chains"]);
    });
}

function byUri(a: { uri: string } | undefined, b: { uri: string } | undefined): number {
    return String(a?.uri).localeCompare(String(b?.uri));
}
