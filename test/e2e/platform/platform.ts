import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Engine } from "../../../lab/engine/engine";
import { attach, type Lab } from "../../../lab/lab";
import { joined, platform, type Outputs } from "../../../lab/platform/platform";
import { workingCopy, workingFolder, type WorkingCopy } from "../../../lab/platform/working-copy";
import { digestOf, Verifier } from "../../../lab/platform/verifier";
import { forgeOf, type Forge } from "../../../lab/stand-ins/forge/forge";
import type { BuildRecord } from "../../../lab/stand-ins/forge/merge-runner";
import { buildsNamespace, NAMESPACES } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { machineState, type MachineState } from "../lab-machine";
import { runProgram } from "../../../lab/cluster/run-program";
import { kubectl } from "../lab-kubectl";

/** Not the name that a person's own lab has. */
export const NAME = "e2e-platform";

/** The repository that most suites merge to, and where it is built. */
export const CRANE = "crane";
export const BUILDS = buildsNamespace(CRANE);

/** The repository whose build takes the shortest time. */
export const HELLO = "hello";

/** The repository of many images. */
export const MANY_IMAGES = "many";

/** The repository of a Dockerfile. */
export const PAGE = "page";

/** A merge that was built to its end. */
export interface Merged {
    readonly commit: string;
    readonly record: BuildRecord;
    readonly log: string;
}

/** The platform as `npm run local` left it. */
export interface Platform {
    /** The machine before. */
    readonly before: MachineState;
    /** What the command printed. */
    readonly said: string;
    readonly lab: Lab;
    readonly stack: Engine;
    readonly outputs: Outputs;
    readonly forge: Forge;
    readonly source: WorkingCopy;
    readonly verifier: Verifier;
    /** The merge of {@link CRANE} that the command built. */
    readonly first: Merged;
}

/** Runs an npm script of this checkout as a person does; resolves with what it said. Throws when it fails. */
export function npmRun(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
        execFile("npm", ["run", "--silent", ...args], { cwd: PROJECT_FOLDER }, (error, stdout, stderr) => {
            if (error === null) {
                resolve(stdout);
            } else {
                reject(new Error(`npm run ${args.join(" ")}: ${stdout}\n${stderr}`));
            }
        });
    });
}

/** `npm run local`, on a lab of the suite's own. */
export async function start(): Promise<Platform> {
    await npmRun("local:down", "--", NAME);
    const before = machineState();
    const said = await npmRun("local", "--", NAME);
    const lab = attach(NAME);
    const stack = await platform(lab);
    const outputs = await joined(lab, stack);
    const forge = forgeOf(lab);
    const source = workingCopy(workingFolder(lab, CRANE));
    const first = await ended(forge, CRANE, await source.head());
    return { before, said, lab, stack, outputs, forge, source, verifier: new Verifier(lab, outputs), first };
}

/** Commits what was changed in a repository's working copy, pushes it, and waits for the end of its build. */
export async function merged({ lab, forge }: Platform, message: string, repository = CRANE): Promise<Merged> {
    const source = workingCopy(workingFolder(lab, repository));
    const commit = await source.commit(message);
    await source.push("main");
    return ended(forge, repository, commit);
}

/** Waits for the end of a merge's build. */
export async function ended(forge: Forge, repository: string, commit: string): Promise<Merged> {
    for (const deadline = Date.now() + 600_000; Date.now() < deadline;) {
        const record = forge.record(repository, commit);
        if (record !== undefined && record.status !== "running") {
            return { commit, record, log: forge.log(repository, commit) };
        }
        await sleep(500);
    }
    throw new Error(`the build of ${commit} did not end:\n${forge.log(repository, commit)}`);
}

/** The image of this name that a merge's build verified. */
export function imageOf({ log }: Merged, name: string): string {
    const found = new RegExp(`^verified (\\S+/${name}@sha256:[0-9a-f]{64})$`, "m").exec(log)?.[1];
    if (found === undefined) {
        throw new Error(`the build verified no ${name}:\n${log}`);
    }
    return found;
}

const source = z.object({ uri: z.string(), digest: z.record(z.string(), z.string()) });

/** A PipelineRun or TaskRun, as far as the suites look at it. */
const runSchema = z.object({
    metadata: z.object({ name: z.string(), uid: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({ params: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]) }),
    status: z
        .object({
            startTime: z.string().optional(),
            completionTime: z.string().optional(),
            provenance: z.object({ refSource: source.optional() }).optional(),
        })
        .optional(),
});

/** One of {@link runsOf}. */
export type Run = z.infer<typeof runSchema>;

/** PipelineRuns of a commit of a repository. */
export async function runsOf(lab: Lab, commit: string, repository = CRANE): Promise<Run[]> {
    const all = await listed(lab, "pipelineruns", repository);
    return all.filter(({ spec }) => spec.params.some(({ value }) => value === commit));
}

/** All runs of a kind that a repository's merges made. */
export async function listed(lab: Lab, kind: "pipelineruns" | "taskruns", repository = CRANE): Promise<Run[]> {
    const text = await kubectl(lab, ["--namespace", buildsNamespace(repository), "get", kind, "--output", "json"]);
    return z.object({ items: z.array(runSchema) }).parse(JSON.parse(text)).items;
}

/** What the log keeps of an image: the bodies of its entries, empty for a signature's. */
export async function bodies({ verifier }: Platform, image: string): Promise<string[]> {
    const entries = await Promise.all((await verifier.entries(digestOf(image))).map((uuid) => verifier.entry(uuid)));
    return entries.map(({ attestation }) => attestation).sort();
}

/** What nginx in front of the registry wrote: one line for each write, with the identity that made it. */
export async function writes(lab: Lab): Promise<string[]> {
    const pod = ["deployment/image-registry", "--container", "nginx"];
    const log = await kubectl(lab, ["--namespace", NAMESPACES.registry, "logs", ...pod]);
    return log.split("\n").filter((line) => line.includes("identity="));
}

/** kubectl for what takes longer than a command usually may. */
export async function kubectlLong(lab: Lab, command: readonly string[]): Promise<void> {
    await runProgram([lab.programs["kubectl"] ?? "", "--kubeconfig", lab.kubeconfig, ...command], {
        env: { HOME: lab.stateDir },
        timeout: 700,
    });
}

/** A statement's parts that the suites look at. */
export interface Statement {
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

/** The statements that cosign verified for an image, newest last. */
export async function statements({ verifier }: Platform, image: string): Promise<Statement[]> {
    return (await verifier.statements(image)) as unknown as Statement[];
}
