import { execFile } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { BUILD_IDENTITIES, buildsNamespace, OBJECTS } from "../../../names";
import { BuildFiles } from "./build-files";

export type { BuildRecord } from "./build-files";

/** What the git server's hook leaves for each update of a branch. */
const merge = z.strictObject({
    repository: z.string().regex(/^[a-z0-9-]+$/),
    ref: z.string(),
    commit: z.string().regex(/^[0-9a-f]{40,64}$/),
});

/** What the trigger declared: components/merge-trigger.ts. */
const declared = z.looseObject({
    data: z.looseObject({
        branch: z.string(),
        "steps.json": z.string(),
        "signing.pub": z.string(),
        "log.pub": z.string(),
        "registry-ca.crt": z.string(),
        promotion: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/),
    }),
});

/** A Secret that holds Docker's configuration. */
const dockerConfig = z.looseObject({ data: z.looseObject({ ".dockerconfigjson": z.base64() }) });

const steps = z.array(
    z.looseObject({
        name: z.string(),
        env: z.record(z.string(), z.string()),
        inputs: z.array(z.string()),
        script: z.string(),
    }),
);

/** What only a step that names it is given: pipelines/merge-build/step.ts. */
const PROMOTE_CONFIG = "PROMOTE_CONFIG";

/** The step that reads what the trigger declared; all others are declared themselves. */
const READ_TRIGGER = "read-trigger";

const POLL_MS = 200;

/**
 * Runs the declared steps for each merge that the hook left, several at once: the lab's Cloud Build. For each repository it
 * has the tokens of that repository's trigger and promoter and no other right, and reads what to run from the cluster.
 *
 * Usage: merge-runner.ts QUEUE BUILDS ACCOUNTS, with PATH in the environment; ACCOUNTS holds REPOSITORY/ACCOUNT.kubeconfig
 */
async function main([queue = "", builds = "", accounts = ""]: string[]): Promise<never> {
    const begun = new Set<string>();
    for (;;) {
        for (const file of readdirSync(queue).filter((name) => name.endsWith(".json") && !begun.has(name))) {
            begun.add(file);
            const event = path.join(queue, file);
            void handleMerge(event, builds, accounts).then(
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

/**
 * Reads an event and what the trigger declared for it; builds when the merge is on the declared branch. What cannot be read is
 * a red build: nobody must take silence for "not begun".
 *
 * @param event - path of the event's file
 * @param builds - folder of the builds, in which each commit of a repository has its record and log
 * @param accounts - folder with a kubeconfig of each repository's trigger and promoter
 * @throws Error when the event itself cannot be read, for then nobody knows whose build it was
 */
export async function handleMerge(event: string, builds: string, accounts: string): Promise<void> {
    const { repository, ref, commit } = merge.parse(JSON.parse(readFileSync(event, "utf8")));
    const files = new BuildFiles(builds, repository, commit);
    const kubeconfig = (account: string): string => path.join(accounts, repository, `${account}.kubeconfig`);
    let declaration: Declaration;
    try {
        declaration = await readTrigger(buildsNamespace(repository), kubeconfig(BUILD_IDENTITIES.trigger));
    } catch (error) {
        files.log(READ_TRIGGER, `cannot read what to run: ${error instanceof Error ? error.message : String(error)}\n`);
        files.note("red", READ_TRIGGER);
        return;
    }
    if (ref === `refs/heads/${declaration.data.branch}`) {
        await build(commit, declaration, files, kubeconfig);
    }
}

/** What the trigger declared, and its steps. */
interface Declaration {
    data: z.infer<typeof declared>["data"];
    steps: z.infer<typeof steps>;
}

async function readTrigger(namespace: string, kubeconfig: string): Promise<Declaration> {
    const read = await run(
        ["kubectl", "get", "configmap", OBJECTS.mergeTrigger, "--namespace", namespace, "--output", "json"],
        { ...process.env, KUBECONFIG: kubeconfig },
    );
    if (read.code !== 0) {
        throw new Error(`kubectl ended with ${String(read.code)}: ${read.output.trim()}`);
    }
    const { data } = declared.parse(JSON.parse(read.output));
    return { data, steps: steps.parse(JSON.parse(data["steps.json"])) };
}

async function build(
    commit: string,
    { data, steps }: Declaration,
    files: BuildFiles,
    kubeconfig: (account: string) => string,
): Promise<void> {
    const shared = files.sharedFolder();
    for (const step of steps) {
        files.note("running", step.name);
        let secrets: Record<string, string>;
        try {
            secrets = step.inputs.includes(PROMOTE_CONFIG)
                ? { [PROMOTE_CONFIG]: await readPromotion(data.promotion, kubeconfig(BUILD_IDENTITIES.promoter)) }
                : {};
        } catch (error) {
            files.log(step.name, `cannot read ${PROMOTE_CONFIG}: ${String(error)}\n`);
            files.note("red", step.name);
            return;
        }
        const known: Readonly<Record<string, string>> = {
            COMMIT: commit,
            SHARED: shared,
            KUBECONFIG: kubeconfig(BUILD_IDENTITIES.trigger),
            SIGNING_PUBLIC_KEY: data["signing.pub"],
            LOG_PUBLIC_KEY: data["log.pub"],
            REGISTRY_CA: data["registry-ca.crt"],
            ...secrets,
        };
        const { code, output } = await run(["sh", "-c", step.script], {
            PATH: process.env["PATH"],
            HOME: shared,
            ...step.env,
            ...Object.fromEntries(Object.entries(known).filter(([input]) => step.inputs.includes(input))),
        });
        files.log(step.name, output);
        if (code !== 0) {
            files.note("red", step.name);
            return;
        }
    }
    files.note("green", steps.at(-1)?.name ?? READ_TRIGGER);
}

/** The credential that moves tags, as its own identity may read it. */
async function readPromotion(promotion: string, kubeconfig: string): Promise<string> {
    const [namespace = "", name = ""] = promotion.split("/");
    const read = await run(["kubectl", "get", "secret", name, "--namespace", namespace, "--output", "json"], {
        ...process.env,
        KUBECONFIG: kubeconfig,
    });
    if (read.code !== 0) {
        throw new Error(`kubectl ended with ${String(read.code)}: ${read.output.trim()}`);
    }
    const { data } = dockerConfig.parse(JSON.parse(read.output));
    return Buffer.from(data[".dockerconfigjson"], "base64").toString("utf8");
}

function run([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
        execFile(program, args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
            if (error === null) {
                resolve({ code: 0, output: stdout });
            } else if (typeof error.code === "number") {
                resolve({ code: error.code, output: stdout + stderr });
            } else {
                // It was not there, or was ended from outside: then it could not say so itself.
                resolve({ code: 1, output: `${stdout}${stderr}${error.message}\n` });
            }
        });
    });
}

if (require.main === module) {
    void main(process.argv.slice(2));
}
