import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUILD_IDENTITIES, buildsNamespace } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { runProgram } from "../../cluster/run-program";
import { accountKubeconfig } from "../../platform/account";
import type { Lab } from "../../lab";
import { GIT_PORT } from "../../platform/settings";
import { TIMES_FILE, type BuildRecord } from "./build-files";
import { CREDENTIAL_FILE } from "./git-server";

/** What a private repository asks for. */
export interface Credential {
    readonly username: string;
    readonly password: string;
}

/** Stand-in for GitHub and the Cloud Build trigger: a git server, and a runner that does what a merge sets off. */
export interface Forge {
    /** Where the record and the log of a commit's build are. */
    buildFolder(repository: string, commit: string): string;
    /** URL of a repository on the git server, for cloning and pushing. */
    url(repository: string): string;
    /** How the build of a commit stands; undefined before it began. */
    record(repository: string, commit: string): BuildRecord | undefined;
    /** Makes a repository a private one. Whoever clones or pushes needs the credential then. */
    makePrivate(repository: string, credential: Credential): void;
    /** Delivers a merge on `main` once more. */
    redeliver(repository: string, commit: string): void;
    /** What the steps of a commit's build said. */
    log(repository: string, commit: string): string;
    /** When each step of a commit's build began and how the build ended, in milliseconds since 1970. */
    times(repository: string, commit: string): { at: number; status: BuildRecord["status"]; step: string }[];
}

const START_SECONDS = 30;

const FOLDERS = ["git", "queue", "builds", "accounts", "bin"] as const;

/** The folders of a lab's forge. */
function foldersOf(lab: Lab): Record<(typeof FOLDERS)[number], string> {
    const entries = FOLDERS.map((name) => [name, path.join(lab.stateDir, "forge", name)]);
    return Object.fromEntries(entries) as Record<(typeof FOLDERS)[number], string>;
}

/**
 * Starts the forge in the lab's node namespace, with these repositories, each empty. The platform must be there: the runner
 * uses its accounts.
 */
export async function startForge(lab: Lab, names: readonly string[]): Promise<Forge> {
    const { git, queue, builds, accounts, bin } = foldersOf(lab);
    if (!existsSync(bin)) {
        for (const one of [git, queue, builds, accounts, bin]) {
            mkdirSync(one, { recursive: true });
        }
        for (const program of ["kubectl", "cosign", "crane"]) {
            symlinkSync(lab.programs[program] ?? `no-${program}`, path.join(bin, program));
        }
    }
    for (const name of names) {
        mkdirSync(path.join(accounts, name), { recursive: true });
        for (const account of [BUILD_IDENTITIES.trigger, BUILD_IDENTITIES.promoter]) {
            const identity = { namespace: buildsNamespace(name), name: account };
            await accountKubeconfig(lab, identity, path.join(accounts, name, `${account}.kubeconfig`));
        }
        await createRepository(git, name, queue);
    }
    const typescript = [process.execPath, "-r", "ts-node/register"];
    const script = (name: string): string => path.join(PROJECT_FOLDER, "lab/stand-ins/forge", name);
    const env = {
        PATH: `${bin}:/usr/bin:/bin`,
        TS_NODE_PROJECT: path.join(PROJECT_FOLDER, "tsconfig.json"),
        NODE_PATH: path.join(PROJECT_FOLDER, "node_modules"),
    };
    lab.spawnDaemon("git-server", [...typescript, script("git-server.ts"), lab.nodeIp, String(GIT_PORT), git], { env });
    lab.spawnDaemon("merge-runner", [...typescript, script("merge-runner.ts"), queue, builds, accounts], { env });
    const forge = forgeOf(lab);
    await answering(forge.url(""));
    return forge;
}

/** Waits until the git server answers, whatever it says. */
async function answering(url: string): Promise<void> {
    for (const deadline = Date.now() + START_SECONDS * 1000; Date.now() < deadline;) {
        const there = await fetch(url).then(
            () => true,
            () => false,
        );
        if (there) {
            return;
        }
        await sleep(100);
    }
    throw new Error(`the git server does not answer at ${url} after ${String(START_SECONDS)} seconds`);
}

/** The forge that was started in a lab. */
export function forgeOf(lab: Lab): Forge {
    const { git, builds, queue } = foldersOf(lab);
    const buildFolder = (repository: string, commit: string): string => path.join(builds, repository, commit);
    return {
        buildFolder,
        url: (repository) => `http://${lab.nodeIp}:${String(GIT_PORT)}/${repository}.git`,
        makePrivate: (repository, { username, password }) => {
            writeFileSync(path.join(git, `${repository}.git`, CREDENTIAL_FILE), `${username}:${password}`, {
                mode: 0o600,
            });
        },
        redeliver: (repository, commit) => {
            const event = path.join(queue, `${commit}.again.json`);
            writeFileSync(`${event}.new`, JSON.stringify({ repository, ref: "refs/heads/main", commit }));
            renameSync(`${event}.new`, event);
        },
        record: (repository, commit) => {
            const file = path.join(buildFolder(repository, commit), "record.json");
            return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BuildRecord) : undefined;
        },
        log: (repository, commit) => {
            const file = path.join(buildFolder(repository, commit), "log");
            return existsSync(file) ? readFileSync(file, "utf8") : "";
        },
        times: (repository, commit) => {
            const file = path.join(buildFolder(repository, commit), TIMES_FILE);
            const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
            return lines.map((line) => {
                const [at = "", status = "", step = ""] = line.split(" ");
                return { at: Number(at), status: status as BuildRecord["status"], step };
            });
        },
    };
}

async function createRepository(repositories: string, name: string, queue: string): Promise<void> {
    const folder = path.join(repositories, `${name}.git`);
    if (existsSync(folder)) {
        return;
    }
    await runProgram(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder]);
    await runProgram(["git", "-C", folder, "config", "http.receivepack", "true"]);
    // The clone Task fetches a commit by its SHA, whether or not a branch still points to it.
    await runProgram(["git", "-C", folder, "config", "uploadpack.allowAnySHA1InWant", "true"]);
    // A reference's name may hold quotes; it goes into JSON only when it cannot.
    writeFileSync(
        path.join(folder, "hooks", "post-receive"),
        `#!/bin/sh
set -eu
while read -r _old new ref; do
    case "$ref" in *[!A-Za-z0-9/._-]*) continue ;; esac
    case "$new" in *[!0-9a-f]* | 0000000000000000000000000000000000000000) continue ;; esac
    printf '{"repository":"${name}","ref":"%s","commit":"%s"}\\n' "$ref" "$new" > '${queue}'/".$new.$$"
    mv '${queue}'/".$new.$$" '${queue}'/"$new.$$.json"
done
`,
        { mode: 0o755 },
    );
}
