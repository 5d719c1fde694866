import { existsSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_ATTESTATION_BYTES } from "../components/transparency-log-workloads";
import { buildsNamespace } from "../names";
import type { SourceRepository } from "../stacks/repositories";
import { EngineError } from "./engine/engine";
import { attach, DEFAULT_NAME, down, stateDirectory, up, type Lab } from "./lab";
import { failingPods } from "./platform/failing-pods";
import { joined, platform } from "./platform/platform";
import { labSettings } from "./platform/settings";
import { makeSourceCredential } from "./platform/source-credential";
import { sourceOf } from "./platform/sources";
import { digestOf, Verifier } from "./platform/verifier";
import { workingFolder } from "./platform/working-copy";
import { startForge, type Forge } from "./stand-ins/forge/forge";

/** A first build pulls its images; none takes this long. */
const BUILD_MINUTES = 10;

/** Of how many images of a repository the verification is shown; the merge itself verified all. */
const SHOWN = 2;

const usage = `npm run local [-- NAME]        everything up, a merge of each repository built, its provenance verified; it stays up
npm run local:down [-- NAME]   removes everything of it

NAME is the lab's name, "local" unless given.`;

const start = Date.now();
let stageNow = "start";

function say(text: string): void {
    process.stdout.write(`${text}\n`);
}

function stage(name: string): void {
    stageNow = name;
    say(`${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s  ${name}`);
}

/** What one merge made, verified. */
interface Verified {
    image: string;
    /** Of the log's entry that keeps the statement. */
    uuid: string;
    logIndex: number;
    statementBytes: number;
}

/** Everything up, a merge of each repository built, its provenance verified; it stays up. */
async function local(name: string): Promise<void> {
    stage("lab");
    // What a killed run left is cleaned; what somebody may be using is not.
    if (isFinished(name)) {
        throw new Error(`lab "${name}" is up, with all that was merged there: first npm run ${downCommand(name)}`);
    }
    const lab = await up(name, { log: say });
    try {
        await platformOn(lab);
        writeFileSync(finishedFile(name), "");
    } catch (error) {
        // What the platform suffers from may be the cluster below it.
        lab.requireDaemons();
        say(await failingPods(lab).catch(String));
        throw error;
    }
}

async function platformOn(lab: Lab): Promise<void> {
    stage("pulumi up (most of a minute)");
    const stack = await platform(lab);
    await stack.up();
    const outputs = await joined(lab, stack);
    stage("git server and trigger");
    const names = outputs.repositories.map(({ name }) => name);
    const forge = await startForge(lab, names);
    const { repositories } = await labSettings(lab);
    const merges = await Promise.all(repositories.map((repository) => merge(lab, forge, repository)));
    stage("verify");
    const verifier = new Verifier(lab, outputs);
    const images = merges.flatMap(({ repository, commit }) =>
        [...forge.log(repository, commit).matchAll(/^verified (\S+)$/gm)]
            .slice(0, SHOWN)
            .map(([, image]) => image ?? ""),
    );
    const verified = await Promise.all(images.map((image) => verify(verifier, image)));
    stage("done");
    report(lab, verifier, forge, verified);
}

/** The first merge of a repository, built. */
async function merge(
    lab: Lab,
    forge: Forge,
    { name: repository, credential }: SourceRepository,
): Promise<{ repository: string; commit: string }> {
    const url = new URL(forge.url(repository));
    if (credential !== undefined) {
        const given = await makeSourceCredential(lab, buildsNamespace(repository), credential);
        forge.makePrivate(repository, given);
        // A developer's own copy may keep it.
        Object.assign(url, given);
    }
    const source = await sourceOf(lab, repository, url.href);
    const commit = await source.commit(`Import ${repository}`);
    await source.push("main");
    stage(`${repository}: merge ${commit} arrived`);
    await built(forge, repository, commit);
    return { repository, commit };
}

/** Is there when everything came up, and goes with the lab. */
function finishedFile(name: string): string {
    return path.join(stateDirectory(name), "finished");
}

function isFinished(name: string): boolean {
    try {
        attach(name);
        return existsSync(finishedFile(name));
    } catch {
        return false; // Not up any more.
    }
}

function downCommand(name: string): string {
    return `local:down${name === DEFAULT_NAME ? "" : ` -- ${name}`}`;
}

async function built(forge: Forge, repository: string, commit: string): Promise<void> {
    const deadline = Date.now() + BUILD_MINUTES * 60_000;
    let step = "";
    for (;;) {
        const record = forge.record(repository, commit);
        if (record !== undefined && record.step !== step) {
            step = record.step;
            stage(`${repository}: ${step}`);
        }
        if (record?.status === "green") {
            return;
        }
        if (record?.status === "red" || Date.now() > deadline) {
            throw new Error(
                `the build of ${repository} is ${record?.status ?? "not begun"} at ${step}:\n${lastLines(forge.log(repository, commit))}`,
            );
        }
        await sleep(250);
    }
}

function lastLines(log: string): string {
    return log.trimEnd().split("\n").slice(-20).join("\n");
}

async function verify(verifier: Verifier, image: string): Promise<Verified> {
    await verifier.run(verifier.attestationCommand(image));
    for (const uuid of await verifier.entries(digestOf(image))) {
        const { logIndex, attestation } = await verifier.entry(uuid);
        if (attestation !== "") {
            return { image, uuid, logIndex, statementBytes: Buffer.byteLength(attestation) };
        }
    }
    throw new Error(`no entry of the log keeps the statement of ${image}`);
}

function report(lab: Lab, verifier: Verifier, forge: Forge, verified: readonly Verified[]): void {
    const shell = ([program = "", ...args]: readonly string[]): string =>
        `  ${[lab.programs[program] ?? program, ...args].join(" ")}`;
    const folder = workingFolder(lab, "crane");
    const lines = verified.map(
        ({ image, logIndex, statementBytes }) => `${image}
  log index ${String(logIndex)}, statement of ${String(statementBytes)} bytes (the log keeps up to ${String(MAX_ATTESTATION_BYTES)})`,
    );
    const commands = verified.flatMap(({ image, uuid }) => [
        shell(verifier.attestationCommand(image)),
        shell(verifier.searchCommand(digestOf(image))),
        `${shell(verifier.entryCommand(uuid))} | jq -r .Attestation`,
    ]);
    say(`
${lines.join("\n")}

verify by hand:
${Object.entries(verifier.environment)
    .map(([name, value]) => `  export ${name}=${value}`)
    .join("\n")}
${commands.join("\n")}

look around:
  export KUBECONFIG=${lab.kubeconfig}
${shell(["kubectl", "get", "pipelineruns", "--all-namespaces"])}

merge again: change a .go file below ${folder}/cmd, then
  git -C ${folder} commit --all --message "another merge"
  git -C ${folder} push origin main
  cat ${forge.buildFolder("crane", `$(git -C ${folder} rev-parse HEAD)`)}/record.json   # in a minute or so; its log lies beside it

take everything down: npm run ${downCommand(lab.name)}`);
}

async function main([command, name = DEFAULT_NAME, ...rest]: string[]): Promise<void> {
    if (rest.length > 0 || name.startsWith("-")) {
        throw new Error(`"${[name, ...rest].join(" ")}" is no name of a lab.\n${usage}`);
    }
    if (command === "down") {
        const there = existsSync(stateDirectory(name));
        await down(name);
        say(there ? `nothing of lab "${name}" is left` : `there is no lab "${name}"`);
    } else {
        await local(name);
    }
}

main(process.argv.slice(2)).catch((error: unknown) => {
    const detail = error instanceof EngineError ? error.operation.errors.join("\n") : "";
    process.stderr.write(
        `failed at stage "${stageNow}": ${error instanceof Error ? error.message : String(error)}\n${detail}\n`,
    );
    process.exitCode = 1;
});
