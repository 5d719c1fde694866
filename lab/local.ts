import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_ATTESTATION_BYTES } from "../components/transparency-log-workloads";
import { EngineError } from "./engine/engine";
import { down, up, type Lab } from "./lab";
import { joined, platform } from "./platform/platform";
import { sampleSource } from "./platform/sample-source";
import { Verifier } from "./platform/verifier";
import { startForge, type Forge } from "./stand-ins/forge/forge";

const NAME = "local";
/** A first build pulls its images; none takes this long. */
const BUILD_MINUTES = 10;

const start = Date.now();
let stageNow = "start";

function say(text: string): void {
    process.stdout.write(`${text}\n`);
}

function stage(name: string): void {
    stageNow = name;
    say(`${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s  ${name}`);
}

/** `npm run local`: everything up, one merge built, its provenance verified; it stays up. */
async function local(): Promise<void> {
    stage("lab");
    const lab = await up(NAME, { log: say });
    stage("pulumi up");
    const stack = await platform(lab);
    await stack.up();
    const outputs = await joined(lab, stack);
    stage("git server and trigger");
    const forge = await startForge(lab);
    await forge.createRepository("crane");
    const source = await sampleSource(path.join(lab.stateDir, "sample"), forge.url("crane"));
    const commit = await source.commit("Import go-containerregistry");
    await source.push("main");
    stage(`merge ${commit} arrived`);
    await built(forge, commit);
    const image = (/verified (?<image>\S+)/.exec(forge.log(commit))?.groups ?? {})["image"] ?? "";
    const digest = image.slice(image.indexOf("@") + 1);
    stage("verify");
    const verifier = new Verifier(lab, outputs);
    await verifier.run(verifier.signatureCommand(image));
    await verifier.run(verifier.attestationCommand(image));
    const entries = await Promise.all((await verifier.entries(digest)).map((uuid) => verifier.entry(uuid)));
    const attested = entries.find(({ attestation }) => attestation !== "");
    if (attested === undefined) {
        throw new Error(
            `no entry of the log keeps the statement of ${digest}: it keeps none of more than ${String(MAX_ATTESTATION_BYTES)} bytes`,
        );
    }
    stage("done");
    const { logIndex, attestation } = attested;
    report(lab, verifier, forge, {
        image,
        digest,
        logIndex,
        bytes: Buffer.byteLength(attestation),
        folder: source.folder,
    });
}

async function built(forge: Forge, commit: string): Promise<void> {
    const deadline = Date.now() + BUILD_MINUTES * 60_000;
    let step = "";
    for (;;) {
        const record = forge.record(commit);
        if (record !== undefined && record.step !== step) {
            step = record.step;
            stage(`merge: ${step}`);
        }
        if (record?.status === "green") {
            return;
        }
        if (record?.status === "red" || Date.now() > deadline) {
            throw new Error(
                `the merge's build is ${record?.status ?? "not begun"} at ${step}:\n${forge.log(commit).trimEnd().split("\n").slice(-20).join("\n")}`,
            );
        }
        await sleep(250);
    }
}

function report(
    lab: Lab,
    verifier: Verifier,
    forge: Forge,
    {
        image,
        digest,
        logIndex,
        bytes,
        folder,
    }: { image: string; digest: string; logIndex: number; bytes: number; folder: string },
): void {
    const shell = (command: readonly string[]): string =>
        `  ${[lab.programs[command[0] ?? ""] ?? command[0], ...command.slice(1)].join(" ")}`;
    say(`
image      ${image}
log index  ${String(logIndex)}
statement  ${String(bytes)} bytes; the log keeps up to ${String(MAX_ATTESTATION_BYTES)}

verify by hand:
${Object.entries(verifier.environment)
    .map(([name, value]) => `  export ${name}=${value}`)
    .join("\n")}
${shell(verifier.signatureCommand(image))}
${shell(verifier.attestationCommand(image))}
${shell(verifier.searchCommand(digest))}
${shell(verifier.entryCommand("UUID"))} | jq -r .Attestation

look around:
  export KUBECONFIG=${lab.kubeconfig}
${shell(["kubectl", "get", "pipelineruns", "--all-namespaces"])}

merge again: change ${folder}, then
  git -C ${folder} commit --all --message "another merge" && git -C ${folder} push origin main
  (the repository is ${forge.url("crane")})

take everything down: npm run local:down`);
}

const command = process.argv[2] ?? "up";
(command === "down" ? down(NAME) : local()).catch((error: unknown) => {
    const detail = error instanceof EngineError ? error.operation.errors.join("\n") : "";
    process.stderr.write(
        `failed at stage "${stageNow}": ${error instanceof Error ? error.message : String(error)}\n${detail}\n`,
    );
    process.exitCode = 1;
});
