import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { packageVersion } from "./package-version";

/** The packages whose providers are stood in for. */
export const standIns = ["kubernetes", "random", "tls"] as const;

/** The directory of the node that runs the stand-ins and the programs: the npm package `node`, whatever PATH has. */
export function nodeDirectory(): string {
    return path.join(path.dirname(require.resolve("node/package.json")), "bin");
}

/**
 * Puts the stand-ins where the Pulumi engine looks for installed plugins, each under the version that the npm package
 * asks for. They run from this checkout, so a change is there with the next update.
 * @param home PULUMI_HOME
 */
export function installStandIns(home: string): void {
    for (const name of standIns) {
        const directory = path.join(home, "plugins", `resource-${name}-v${packageVersion(name)}`);
        const executable = path.join(directory, `pulumi-resource-${name}`);
        mkdirSync(directory, { recursive: true });
        writeFileSync(executable, script(path.join(__dirname, name, "main.ts")));
        chmodSync(executable, 0o755);
    }
}

function script(main: string): string {
    const node = path.join(nodeDirectory(), "node");
    const project = path.resolve(__dirname, "../../tsconfig.json");
    // The engine starts a plugin in the program's directory: ts-node must not look for its settings there.
    return [
        "#!/bin/sh",
        `export TS_NODE_PROJECT=${quoted(project)}`,
        `exec ${quoted(node)} -r ${quoted(require.resolve("ts-node/register"))} ${quoted(main)} "$@"`,
        "",
    ].join("\n");
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
