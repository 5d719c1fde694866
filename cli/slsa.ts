#!/usr/bin/env node
import { audit } from "./audit";
import { InputError } from "./input-error";
import { lock } from "./lock";
import { plan } from "./plan";

const USAGE = `slsa: plan and judge a build platform that makes signed provenance

  slsa plan [--stack NAME] [--out DIR]   evaluate the Pulumi program, judge it by SLSA 2, write DIR (default: out)
  slsa audit --plan FILE                 judge a saved plan.json again
  slsa lock ...                          releases and images by hash: slsa lock --help

exit codes: 0 all requirements met, 1 a requirement unmet or unknown (lock: something is open), 2 bad input
`;

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = { plan, audit, lock };

/** Runs one command. Returns the process's exit code. */
async function main([name, ...args]: string[]): Promise<number> {
    if (name === undefined || name === "help" || name === "--help") {
        process.stdout.write(USAGE);
        return name === undefined ? 2 : 0;
    }
    // An object inherits `toString` and the like, which are no commands.
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
        process.stderr.write(`slsa: there is no command ${name}\n\n${USAGE}`);
        return 2;
    }
    // `lock` has a usage of its own.
    if (args.includes("--help") && command !== lock) {
        process.stdout.write(USAGE);
        return 0;
    }
    try {
        return await command(args);
    } catch (error) {
        process.stderr.write(`slsa ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
        if (!(error instanceof InputError) && process.env["SLSA_DEBUG"] !== undefined && error instanceof Error) {
            process.stderr.write(`${error.stack ?? ""}\n`);
        }
        return 2;
    }
}

void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});
