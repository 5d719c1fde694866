import { execFile } from "node:child_process";
import {
    appendFileSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { NAMESPACES, OBJECTS } from "../../../names";

/** What the git server's hook leaves for each update of a branch. */
const merge = z.strictObject({ ref: z.string(), commit: z.string() });

/** What the trigger declared: components/merge-trigger.ts. */
const declared = z.looseObject({
    data: z.looseObject({
        branch: z.string(),
        "steps.json": z.string(),
        "signing.pub": z.string(),
        "log.pub": z.string(),
        "registry-ca.crt": z.string(),
    }),
});

const steps = z.array(z.looseObject({ name: z.string(), env: z.record(z.string(), z.string()), script: z.string() }));

type Declared = z.infer<typeof declared>["data"];

/** How a merge's build ended, or that it goes on. */
export interface BuildRecord {
    commit: string;
    status: "running" | "green" | "red";
    /** The step at which it ended. */
    step: string;
}

const POLL_MS = 200;

/**
 * Runs the declared steps for each merge that the hook left, several at once: the lab's Cloud Build. It has the trigger's
 * own token and no other right, and reads what to run from the cluster.
 *
 * Usage: merge-runner.ts QUEUE BUILDS, with PATH and KUBECONFIG in the environment
 */
async function main([queue = "", builds = ""]: string[]): Promise<never> {
    const begun = new Set<string>();
    for (;;) {
        for (const file of readdirSync(queue).filter((name) => name.endsWith(".json") && !begun.has(name))) {
            begun.add(file);
            const event = path.join(queue, file);
            void handle(event, builds).then(
                // Only now: a runner that was killed does the build again.
                () => {
                    rmSync(event);
                },
                (error: unknown) => {
                    process.stderr.write(`${file}: ${String(error)}\n`);
                    renameSync(event, `${event}.failed`);
                },
            );
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
}

/** Reads an event and what the trigger declared for it; builds when the merge is on the declared branch. */
async function handle(event: string, builds: string): Promise<void> {
    const { ref, commit } = merge.parse(JSON.parse(readFileSync(event, "utf8")));
    const read = await run(
        ["kubectl", "get", "configmap", OBJECTS.mergeTrigger, "--namespace", NAMESPACES.builds, "--output", "json"],
        process.env,
    );
    if (read.code !== 0) {
        throw new Error(`cannot read what to run: ${read.output}`);
    }
    const { data } = declared.parse(JSON.parse(read.output));
    if (ref === `refs/heads/${data.branch}`) {
        await build(commit, data, builds);
    }
}

async function build(commit: string, data: Declared, builds: string): Promise<void> {
    const folder = path.join(builds, commit);
    mkdirSync(folder, { recursive: true });
    const log = path.join(folder, "log");
    const note = (status: BuildRecord["status"], step: string): void => {
        const record: BuildRecord = { commit, status, step };
        writeFileSync(path.join(folder, "record.json.new"), JSON.stringify(record));
        renameSync(path.join(folder, "record.json.new"), path.join(folder, "record.json"));
    };
    const shared = mkdtempSync(path.join(folder, "shared-"));
    for (const step of steps.parse(JSON.parse(data["steps.json"]))) {
        note("running", step.name);
        const { code, output } = await run(["sh", "-c", step.script], {
            PATH: process.env["PATH"],
            KUBECONFIG: process.env["KUBECONFIG"],
            HOME: shared,
            ...step.env,
            COMMIT: commit,
            SHARED: shared,
            SIGNING_PUBLIC_KEY: data["signing.pub"],
            LOG_PUBLIC_KEY: data["log.pub"],
            REGISTRY_CA: data["registry-ca.crt"],
        });
        appendFileSync(log, `== ${step.name}\n${output}`);
        if (code !== 0) {
            note("red", step.name);
            return;
        }
    }
    note("green", "verify");
}

function run([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
        execFile(program, args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
            const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
            resolve({ code, output: code === 0 ? stdout : stdout + stderr });
        });
    });
}

void main(process.argv.slice(2));
