import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_ATTESTATION_BYTES } from "../../components/transparency-log-workloads";
import { accountKubeconfig } from "../../lab/platform/account";
import type { Engine } from "../../lab/engine/engine";
import { down, up, type Lab } from "../../lab/lab";
import { joined, platform, type Outputs } from "../../lab/platform/platform";
import { labSettings } from "../../lab/platform/settings";
import { sampleSource, sampleVersion, type SampleSource } from "../../lab/platform/sample-source";
import { Verifier } from "../../lab/platform/verifier";
import { runProgram } from "../../lab/cluster/run-program";
import { startForge, type Forge } from "../../lab/stand-ins/forge/forge";
import type { BuildRecord } from "../../lab/stand-ins/forge/merge-runner";
import { planSettings, planStack, readStackFile } from "../../plan/stack";
import { judge, SLSA2 } from "../../requirements/slsa2";
import { PROJECT_FOLDER } from "../../plan/project";
import { eventually, kubectl, pod, succeeded } from "./lab-kubectl";

jest.setTimeout(900_000);

const NAME = "e2e-platform";
const BUILDS = "builds";

/** The committed stack's image, and a second one, so that a build can fail after its first. */
const images = [
    ...(readStackFile("local", PROJECT_FOLDER)["images"] as { importPath: string; name: string }[]),
    { importPath: "./cmd/registry", name: "registry" },
];

let lab: Lab;
let stack: Engine;
let outputs: Outputs;
let forge: Forge;
let source: SampleSource;
let verifier: Verifier;
let firstUp: Awaited<ReturnType<Engine["up"]>>;

/** A merge that was built to its end. */
interface Merged {
    commit: string;
    record: BuildRecord;
    log: string;
}

async function merged(message: string): Promise<Merged> {
    const commit = await source.commit(message);
    await source.push("main");
    return ended(commit);
}

async function ended(commit: string): Promise<Merged> {
    for (const deadline = Date.now() + 600_000; Date.now() < deadline;) {
        const record = forge.record(commit);
        if (record !== undefined && record.status !== "running") {
            return { commit, record, log: forge.log(commit) };
        }
        await sleep(500);
    }
    throw new Error(`the build of ${commit} did not end:\n${forge.log(commit)}`);
}

/** The image of this name that a merge's build verified. */
function imageOf({ log }: Merged, name: string): string {
    const found = new RegExp(`^verified (\\S+/${name}@sha256:[0-9a-f]{64})$`, "m").exec(log)?.[1];
    if (found === undefined) {
        throw new Error(`the build verified no ${name}:\n${log}`);
    }
    return found;
}

const digestOf = (image: string): string => image.slice(image.indexOf("@") + 1);

interface PipelineRun {
    metadata: { name: string; uid: string };
    status?: { startTime?: string; completionTime?: string };
    spec: { params: { name: string; value: string }[] };
}

async function runs(commit: string): Promise<PipelineRun[]> {
    const { items } = JSON.parse(
        await kubectl(lab, ["--namespace", BUILDS, "get", "pipelineruns", "--output", "json"]),
    ) as {
        items: PipelineRun[];
    };
    return items.filter(({ spec }) => spec.params.some(({ value }) => value === commit));
}

/** What the log keeps of an image: the bodies of its entries, empty for a signature's. */
async function bodies(image: string): Promise<string[]> {
    const entries = await Promise.all((await verifier.entries(digestOf(image))).map((uuid) => verifier.entry(uuid)));
    return entries.map(({ attestation }) => attestation).sort();
}

/** What nginx in front of the registry wrote: one line for each write, with the identity that made it. */
async function writes(): Promise<string[]> {
    const log = await kubectl(lab, [
        "--namespace",
        "image-registry",
        "logs",
        "deployment/image-registry",
        "--container",
        "nginx",
    ]);
    return log.split("\n").filter((line) => line.includes("identity="));
}

/** kubectl with the token of a service account, as its pods would have it. Resolves with what the API server said. */
async function as(
    account: { namespace: string; name: string },
    command: readonly string[],
    input?: object,
): Promise<{ allowed: boolean; said: string }> {
    const file = path.join(lab.stateDir, `${account.namespace}-${account.name}.kubeconfig`);
    await accountKubeconfig(lab, account, file);
    const env = { HOME: lab.stateDir };
    const asked = [lab.programs["kubectl"] ?? "", "--kubeconfig", file, ...command];
    return runProgram(asked, input === undefined ? { env } : { env, input: JSON.stringify(input) }).then(
        ({ stdout }) => ({ allowed: true, said: stdout }),
        (error: unknown) => ({ allowed: false, said: String(error) }),
    );
}

const builder = { namespace: BUILDS, name: "builder" };
const pusher = { namespace: BUILDS, name: "pusher" };
const trigger = { namespace: BUILDS, name: "merge-trigger" };

let first: Merged;

beforeAll(async () => {
    await down(NAME);
    lab = await up(NAME, { log: () => undefined });
    stack = await platform(lab, { images });
    firstUp = await stack.up();
    outputs = await joined(lab, stack);
    forge = await startForge(lab);
    await forge.createRepository("crane");
    source = await sampleSource(path.join(lab.stateDir, "sample"), forge.url("crane"));
    verifier = new Verifier(lab, outputs);
    first = await merged("Import go-containerregistry");
});

afterAll(async () => {
    await down(NAME);
});

describe("pulumi up of stack local", () => {
    it("is judged as its plan from the locks alone is: six met, with the releases' content and without", async () => {
        const withContent = await planSettings("local", await labSettings(lab, images), PROJECT_FOLDER);
        const without = await planStack("local", PROJECT_FOLDER);
        const verdicts = [withContent, without].map(({ snapshot }) =>
            judge(snapshot).map(({ verdict }) => verdict.status),
        );
        expect(withContent.remarks).toContainEqual(expect.stringContaining("tekton-chains v0.26.3: mapped to "));
        expect(without.remarks).toContainEqual(expect.stringContaining("tekton-chains v0.27.1: content not fetched"));
        expect(verdicts).toEqual([SLSA2.map(() => "met"), SLSA2.map(() => "met")]);
        // The engine made what the plan shows, no more and no less.
        expect(firstUp.changes).toEqual({ create: withContent.snapshot.resources.length });
    });

    it("creates everything the plan says, and nothing the second time", async () => {
        expect(Object.keys(firstUp.changes)).toEqual(["create"]);
        const again = await stack.up();
        expect(again.changes).toEqual({ same: firstUp.changes["create"] });
    });

    it("keeps the signing key encrypted in its state, and out of its outputs", async () => {
        const key = await kubectl(lab, [
            "--namespace",
            "tekton-chains",
            "get",
            "secret",
            "signing-secrets",
            "--output",
            "jsonpath={.data.x509\\.pem}",
        ]);
        const pem = Buffer.from(key, "base64").toString("utf8");
        expect(pem).toContain("PRIVATE KEY");
        const [line = ""] = pem.split("\n").slice(1);
        const state = JSON.stringify(await stack.exportState());
        expect(state).toContain("signing-key-key");
        expect(state).not.toContain(line);
        expect(JSON.stringify(outputs)).not.toContain(line);
        expect(createPublicKey(pem).export({ type: "spki", format: "pem" })).toBe(outputs.signingPublicKey);
    });
});

describe("a merge", () => {
    it("leads to a succeeded run without a person", async () => {
        expect([first.record.status, first.log]).toEqual(["green", expect.stringContaining("verified ") as unknown]);
        expect(await runs(first.commit)).toHaveLength(1);
    });

    it("makes an image that runs in a pod and prints the version that the source says", async () => {
        await kubectl(lab, ["create", "namespace", "consumer"]);
        const image = imageOf(first, "crane");
        const made = pod(lab, "consumer", "crane", "", { image }) as {
            spec: { containers: Record<string, unknown>[] };
        };
        made.spec.containers = [{ name: "main", image, args: ["version"] }];
        await kubectl(lab, ["apply", "--filename", "-"], JSON.stringify(made));
        expect(await succeeded(lab, "consumer", "crane")).toBe(await sampleVersion(source));
    });

    it("makes a signature and provenance that strangers' cosign verifies in the log, and refuses with another key", async () => {
        const other = path.join(lab.stateDir, "other.pub");
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        writeFileSync(other, publicKey.export({ type: "spki", format: "pem" }));
        for (const name of ["crane", "registry"]) {
            const image = imageOf(first, name);
            for (const command of [verifier.signatureCommand(image), verifier.attestationCommand(image)]) {
                expect(command.join(" ")).not.toContain("ignore-tlog");
                await expect(verifier.run(command)).resolves.toMatchObject({ code: 0 });
            }
            for (const command of [
                verifier.signatureCommand(image, other),
                verifier.attestationCommand(image, other),
            ]) {
                await expect(verifier.run(command)).rejects.toThrow("ended with code");
            }
        }
    });

    it("is found in the log by its digest, and the log's statement is the registry's", async () => {
        const image = imageOf(first, "crane");
        const entries = await Promise.all(
            (await verifier.entries(digestOf(image))).map((uuid) => verifier.entry(uuid)),
        );
        const kept = entries.filter(({ attestation }) => attestation !== "");
        expect(kept).toHaveLength(1);
        const [statement] = await verifier.statements(image);
        expect(JSON.parse(kept[0]?.attestation ?? "")).toEqual(statement);
        expect(Buffer.byteLength(kept[0]?.attestation ?? "")).toBeLessThan(MAX_ATTESTATION_BYTES);
    });

    it("is stated as it was: subjects, builder, source, commit, times, images and definitions by digest", async () => {
        const [statement] = (await verifier.statements(imageOf(first, "crane"))) as unknown as [Statement];
        const [run] = await runs(first.commit);
        expect(statement.subject).toEqual(
            ["crane", "registry"].map((name) => ({
                name: `${lab.registryHostPort}/${name}`,
                digest: { sha256: digestOf(imageOf(first, name)).slice("sha256:".length) },
            })),
        );
        const { buildDefinition, runDetails } = statement.predicate;
        expect(runDetails.builder.id).toBe(readStackFile("local", PROJECT_FOLDER)["builderId"]);
        expect(runDetails.metadata).toEqual({
            invocationId: run?.metadata.uid,
            startedOn: run?.status?.startTime,
            finishedOn: run?.status?.completionTime,
        });
        const dependencies = buildDefinition.resolvedDependencies;
        expect(dependencies).toContainEqual({
            name: "inputs/result",
            uri: `git+${forge.url("crane")}`,
            digest: { sha1: first.commit },
        });
        const stepImages = ["git", "gobuild", "crane"].map((name) => lab.images[name]?.reference ?? name);
        for (const reference of stepImages) {
            const [uri, digest] = reference.split("@sha256:");
            expect(dependencies).toContainEqual({ uri: `oci://${uri ?? ""}`, digest: { sha256: digest } });
        }
        // The definitions are what the cluster holds under names that carry their content's hash.
        expect(dependencies.filter(({ name }) => name === "pipeline")).toHaveLength(1);
        expect(dependencies.filter(({ name }) => name === "pipelineTask")).toHaveLength(3);
        for (const { digest } of dependencies.filter(({ name }) => name?.startsWith("pipeline"))) {
            expect(digest["sha256"]).toMatch(/^[0-9a-f]{64}$/);
        }
    });

    it("is pushed by the builder's identity and attested by Chains' own", async () => {
        const puts = (await writes()).filter(
            (line) => line.includes(" PUT /v2/crane/manifests/") && line.endsWith(" 201"),
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
        expect(identity(image)).toEqual(["builder"]);
        expect(identity(`${attached}.sig`)).toEqual(["chains"]);
        expect(identity(`${attached}.att`)).toEqual(["chains"]);
    });

    it("made twice from one commit gives one digest, and both attestations, also at the same time", async () => {
        const image = imageOf(first, "crane");
        const before = (await verifier.statements(image)).length;
        const steps = JSON.parse(
            await kubectl(lab, [
                "--namespace",
                BUILDS,
                "get",
                "configmap",
                "merge-trigger",
                "--output",
                "jsonpath={.data.steps\\.json}",
            ]),
        ) as { env: Record<string, string> }[];
        const run = (steps[0]?.env["RUN"] ?? "").replace("@COMMIT@", first.commit);
        const two = await Promise.all(
            [1, 2].map(() => as(trigger, ["create", "--filename", "-", "--output", "name"], JSON.parse(run) as object)),
        );
        expect(two.map(({ allowed }) => allowed)).toEqual([true, true]);
        const names = two.map(({ said }) => said.trim().split("/").pop() ?? "");
        for (const name of names) {
            await kubectlLong([
                "--namespace",
                BUILDS,
                "wait",
                `pipelinerun/${name}`,
                "--for=condition=Succeeded",
                "--timeout=600s",
            ]);
            const results = await kubectl(lab, [
                "--namespace",
                BUILDS,
                "get",
                "pipelinerun",
                name,
                "--output",
                "jsonpath={.status.results}",
            ]);
            expect(results).toContain(digestOf(image));
        }
        const uids = (await runs(first.commit)).map(({ metadata }) => metadata.uid).sort();
        let attested: (string | undefined)[] = [];
        for (const deadline = Date.now() + 60_000; Date.now() < deadline && attested.length < uids.length;) {
            await sleep(1000);
            attested = ((await verifier.statements(image)) as unknown as Statement[]).map(
                ({ predicate }) => predicate.runDetails.metadata.invocationId,
            );
        }
        expect(before).toBe(1);
        expect([...attested].sort()).toEqual(uids);
    });
});

describe("the API server refuses", () => {
    const configMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: "attempt-", namespace: BUILDS },
    };
    const busybox = (namespace: string): object =>
        pod(lab, namespace, "attempt", "true", { image: lab.images["busybox"]?.reference ?? "" });
    const taskRun = {
        apiVersion: "tekton.dev/v1",
        kind: "TaskRun",
        metadata: { generateName: "attempt-", namespace: BUILDS },
        spec: { taskRef: { name: "anything" } },
    };
    const dry = ["create", "--dry-run=server", "--filename", "-"];
    const secret = ["--namespace", "tekton-chains", "get", "secret", "signing-secrets"];

    const asAdmin = (command: readonly string[], input?: object): Promise<boolean> =>
        kubectl(lab, command, input === undefined ? undefined : JSON.stringify(input)).then(
            () => true,
            () => false,
        );

    it.each([
        ["the trigger a ConfigMap", trigger, dry, () => configMap],
        ["the trigger a TaskRun", trigger, dry, () => taskRun],
        ["the trigger a pod", trigger, dry, () => busybox("default")],
        ["the builder a pod in another namespace", builder, dry, () => busybox("default")],
        ["the pusher a pod in Chains' namespace", pusher, dry, () => busybox("tekton-chains")],
        ["the builder the signing key", builder, secret, undefined],
        ["the pusher the signing key", pusher, secret, undefined],
        ["the trigger the signing key", trigger, secret, undefined],
        ["the builder every run", builder, ["--namespace", BUILDS, "get", "pipelineruns"], undefined],
        [
            "Tekton's controller the signing key",
            { namespace: "tekton-pipelines", name: "tekton-pipelines-controller" },
            secret,
            undefined,
        ],
        [
            "the resolvers the signing key",
            { namespace: "tekton-pipelines-resolvers", name: "tekton-pipelines-resolvers" },
            secret,
            undefined,
        ],
    ] as const)("%s, but not the administrator", async (_what, account, command, input) => {
        const asked = input?.();
        const { allowed, said } = await as(account, command, asked);
        expect([allowed, said]).toEqual([false, expect.stringContaining("orbidden") as unknown]);
        expect(await asAdmin(command, asked)).toBe(true);
    });

    it("the trigger and the builder a change of a run, which Chains may make", async () => {
        const [run] = await runs(first.commit);
        const patch = [
            "--namespace",
            BUILDS,
            "annotate",
            "--dry-run=server",
            "pipelinerun",
            run?.metadata.name ?? "",
            "attempt=1",
        ];
        expect((await as(trigger, patch)).said).toContain("orbidden");
        expect((await as(builder, patch)).said).toContain("orbidden");
        expect(await as({ namespace: "tekton-chains", name: "tekton-chains-controller" }, patch)).toMatchObject({
            allowed: true,
        });
    });

    it("every service account the signing key, and pods that could mount it", async () => {
        const all = (
            await kubectl(lab, [
                "get",
                "serviceaccounts",
                "--all-namespaces",
                "--output",
                'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}',
            ])
        ).split("\n");
        const may: string[] = [];
        for (const account of all) {
            const [namespace = "", name = ""] = account.split(" ");
            const user = `system:serviceaccount:${namespace}:${name}`;
            for (const right of ["get secrets", "list secrets", "create pods", "create pods --subresource=exec"]) {
                const asked = ["--namespace", "tekton-chains", "auth", "can-i", ...right.split(" "), "--as", user];
                if (await asAdmin(asked)) {
                    may.push(`${account} ${right}`);
                }
            }
        }
        expect(all.length).toBeGreaterThan(20);
        // Kubernetes' own controllers run as service accounts of kube-system, and are part of the cluster one trusts.
        expect(may.filter((one) => one.startsWith("kube-system "))).not.toEqual([]);
        expect(may.filter((one) => !one.startsWith("kube-system "))).toEqual([]);
    });
});

describe("a build that fails", () => {
    it("is red when the code does not compile, with the reason in its log, and pushes nothing", async () => {
        const before = await writes();
        writeFileSync(path.join(source.folder, "cmd/crane/broken.go"), "package main\n\nfunc broken( {\n");
        const red = await merged("Break crane");
        expect([red.record.status, red.record.step]).toEqual(["red", "wait-run"]);
        expect(red.log).toContain("broken.go");
        expect(await writes()).toEqual(before);
    });

    it("is red when the second image fails after the first was built, and pushes neither", async () => {
        const before = await writes();
        writeFileSync(path.join(source.folder, "cmd/crane/broken.go"), "package main\n\nvar Different = true\n");
        writeFileSync(path.join(source.folder, "cmd/registry/broken.go"), "package main\n\nfunc broken( {\n");
        const red = await merged("Break registry");
        expect([red.record.status, red.record.step]).toEqual(["red", "wait-run"]);
        expect(red.log).toContain("building ./cmd/registry");
        expect(await writes()).toEqual(before);
    });
});

describe("the transparency log", () => {
    it("keeps its key and its entries over a restart", async () => {
        const image = imageOf(first, "crane");
        const key = readFileSync(verifier.file("log.pub"), "utf8");
        const before = await bodies(image);
        expect(before.filter((body) => body !== "").length).toBeGreaterThan(0);
        for (const deployment of ["rekor", "trillian", "postgres", "redis"]) {
            await kubectl(lab, ["--namespace", "transparency-log", "rollout", "restart", `deployment/${deployment}`]);
        }
        for (const deployment of ["postgres", "redis", "trillian", "rekor"]) {
            await kubectlLong([
                "--namespace",
                "transparency-log",
                "rollout",
                "status",
                `deployment/${deployment}`,
                "--timeout=180s",
            ]);
        }
        // The Service follows its pod a moment later.
        const served = (): Promise<string> =>
            fetch(`${lab.rekorUrl}/api/v1/log/publicKey`).then(
                async (response) => (await response.text()).trim(),
                () => "nothing",
            );
        expect(await eventually(60, key.trim(), served)).toBe(key.trim());
        await expect(verifier.run(verifier.attestationCommand(image))).resolves.toMatchObject({ code: 0 });
        expect(await bodies(image)).toEqual(before);
    });
});

describe("pulumi destroy of stack local", () => {
    it("leaves nothing", async () => {
        const { changes } = await stack.destroy();
        expect(changes).toEqual({ delete: firstUp.changes["create"] });
        const left = await kubectl(lab, ["get", "namespaces", "--output", "jsonpath={.items[*].metadata.name}"]);
        expect(left.split(" ").filter((name) => /^(tekton|builds|image-registry|transparency-log)/.test(name))).toEqual(
            [],
        );
        const definitions = await kubectl(lab, [
            "get",
            "customresourcedefinitions,clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations",
            "--output",
            "name",
        ]);
        expect(definitions.split("\n").filter((name) => name.includes("tekton"))).toEqual([]);
    });
});

interface Statement {
    subject: { name: string; digest: Record<string, string> }[];
    predicate: {
        buildDefinition: {
            resolvedDependencies: { name?: string; uri: string; digest: Record<string, string> }[];
        };
        runDetails: {
            builder: { id: string };
            metadata: { invocationId?: string; startedOn?: string; finishedOn?: string };
        };
    };
}

/** kubectl for what takes longer than a command usually may. */
async function kubectlLong(command: readonly string[]): Promise<void> {
    await runProgram([lab.programs["kubectl"] ?? "", "--kubeconfig", lab.kubeconfig, ...command], {
        env: { HOME: lab.stateDir },
        timeout: 700,
    });
}
