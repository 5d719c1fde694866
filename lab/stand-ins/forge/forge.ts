import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { BUILD_IDENTITIES, NAMESPACES } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { runProgram } from "../../cluster/run-program";
import { accountKubeconfig } from "../../platform/account";
import type { Lab } from "../../lab";
import { GIT_PORT } from "../../platform/settings";
import type { BuildRecord } from "./build-files";

/** Stand-in for GitHub and the Cloud Build trigger: a git server, and a runner that does what a merge sets off. */
export interface Forge {
    /** Holds a folder for each commit, with its record and its log. */
    readonly buildsFolder: string;
    /** URL of a repository on the git server, for cloning and pushing. */
    url(repository: string): string;
    /** Makes an empty repository if there is none. */
    createRepository(repository: string): Promise<void>;
    /** How the build of a commit stands; undefined before it began. */
    record(commit: string): BuildRecord | undefined;
    /** What the steps of a commit's build said. */
    log(commit: string): string;
}

/** The folders of a lab's forge. */
function foldersOf(lab: Lab): Record<"folder" | "repositories" | "queue" | "builds" | "bin", string> {
    const folder = path.join(lab.stateDir, "forge");
    const below = (name: string): string => path.join(folder, name);
    return { folder, repositories: below("git"), queue: below("queue"), builds: below("builds"), bin: below("bin") };
}

/** Starts the forge in the lab's node namespace. The platform must be there: the runner uses its trigger's account. */
export async function startForge(lab: Lab): Promise<Forge> {
    const { folder, repositories, queue, builds, bin } = foldersOf(lab);
    if (!existsSync(folder)) {
        for (const one of [repositories, queue, builds, bin]) {
            mkdirSync(one, { recursive: true });
        }
        for (const program of ["kubectl", "cosign"]) {
            symlinkSync(lab.programs[program] ?? `no-${program}`, path.join(bin, program));
        }
    }
    const trigger = { namespace: NAMESPACES.builds, name: BUILD_IDENTITIES.trigger };
    const kubeconfig = await accountKubeconfig(lab, trigger, path.join(folder, "trigger.kubeconfig"));
    const typescript = [process.execPath, "-r", "ts-node/register"];
    const script = (name: string): string => path.join(PROJECT_FOLDER, "lab/stand-ins/forge", name);
    const env = {
        PATH: `${bin}:/usr/bin:/bin`,
        TS_NODE_PROJECT: path.join(PROJECT_FOLDER, "tsconfig.json"),
        NODE_PATH: path.join(PROJECT_FOLDER, "node_modules"),
    };
    lab.spawnDaemon(
        "git-server",
        [...typescript, script("git-server.ts"), lab.nodeIp, String(GIT_PORT), repositories],
        { env },
    );
    lab.spawnDaemon("merge-runner", [...typescript, script("merge-runner.ts"), queue, builds], {
        env: { ...env, KUBECONFIG: kubeconfig },
    });
    return forgeOf(lab);
}

/** The forge that was started in a lab. */
export function forgeOf(lab: Lab): Forge {
    const { repositories, queue, builds } = foldersOf(lab);
    return {
        buildsFolder: builds,
        url: (repository) => `http://${lab.nodeIp}:${String(GIT_PORT)}/${repository}.git`,
        createRepository: (repository) => createRepository(path.join(repositories, `${repository}.git`), queue),
        record: (commit) => {
            const file = path.join(builds, commit, "record.json");
            return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BuildRecord) : undefined;
        },
        log: (commit) => {
            const file = path.join(builds, commit, "log");
            return existsSync(file) ? readFileSync(file, "utf8") : "";
        },
    };
}

async function createRepository(folder: string, queue: string): Promise<void> {
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
    printf '{"ref":"%s","commit":"%s"}\\n' "$ref" "$new" > '${queue}'/".$new.$$"
    mv '${queue}'/".$new.$$" '${queue}'/"$new.$$.json"
done
`,
        { mode: 0o755 },
    );
}
