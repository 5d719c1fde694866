import { spawn } from "node:child_process";

import { alive, type Claim, readClaims } from "./cluster/claims";
import { attach, DEFAULT_NAME, down, enterCommand, prepare, up } from "./lab";

const usage = `The lab: a real one-node Kubernetes on this machine.

  node -r ts-node/register lab/main.ts COMMAND

  programs               build every program and image into the cache ($SLSA_LAB_CACHE)
  up [NAME]              bring a lab up ("local" unless named)
  down [NAME]            remove everything of it
  status                 the labs of this machine
  enter [NAME] -- CMD    run CMD in the node's namespaces`;

const log = (line: string): void => {
    console.log(line);
};

function stateOf({ name, owner }: Claim): string {
    try {
        return `up, KUBECONFIG=${attach(name).kubeconfig}`;
    } catch {
        return alive(owner) ? "on its way up or down" : `left by a killed run; remove it with: down ${name}`;
    }
}

function status(): void {
    const claims = readClaims();
    if (claims.length === 0) {
        log("No lab is up.");
    }
    for (const claim of claims) {
        log(`${claim.name} (number ${claim.number.toString()}): ${stateOf(claim)}`);
    }
}

/** Runs a program in the node's namespaces on this terminal and returns its exit code. */
function enter(name: string, command: readonly string[]): Promise<number> {
    const [program = "", ...rest] = enterCommand(name, command);
    return new Promise((resolve, reject) => {
        const child = spawn(program, rest, { stdio: "inherit" });
        child.on("error", reject);
        child.on("close", (code) => {
            resolve(code ?? 1);
        });
    });
}

async function main([command, ...rest]: readonly string[]): Promise<number> {
    const separator = rest.indexOf("--");
    const names = separator === -1 ? rest : rest.slice(0, separator);
    const name = names[0] ?? DEFAULT_NAME;
    if (names.length > 1) {
        throw new Error(`One name of a lab is allowed, and ${names.length.toString()} were given: ${names.join(" ")}.`);
    }
    switch (command) {
        case "programs":
            await prepare({ log });
            log("Every program and image is in the cache.");
            return 0;
        case "up": {
            const lab = await up(name, { log });
            log(`Lab "${name}" is up. KUBECONFIG=${lab.kubeconfig}`);
            return 0;
        }
        case "down":
            await down(name);
            log(`Nothing of lab "${name}" is left.`);
            return 0;
        case "status":
            status();
            return 0;
        case "enter":
            return enter(name, separator === -1 ? ["bash"] : rest.slice(separator + 1));
        default:
            console.error(usage);
            return 2;
    }
}

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    },
);
