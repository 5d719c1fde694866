import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { readYaml } from "../../locks/yaml-text";
import { installStandIns, nodeDirectory } from "../stand-ins/install";
import { run } from "./command";
import type { Outcome } from "./command";
import { eventLog } from "./events";
import type { Events } from "./events";

/** A stack, where its program and its state are, and the programs that carry it out. */
export interface EngineOptions {
    /** The directory of Pulumi.yaml. Nothing is written into it. */
    readonly projectDirectory: string;
    readonly stack: string;
    /** Keeps state, configuration, plugins and passphrase; made when it is not there. */
    readonly stateDirectory: string;
    /** The stack's configuration: keys with or without the project's name before them, values as YAML has them. */
    readonly config?: Readonly<Record<string, unknown>>;
    readonly programs: {
        /** The Pulumi CLI. */
        readonly pulumi: string;
        /** `pulumi-language-nodejs`. */
        readonly languageHost: string;
    };
    /** The file with the passphrase that encrypts secrets in the state. @default one of the state directory's own */
    readonly passphraseFile?: string;
    /** Added to the environment of the program and the providers. Nothing else comes from outside but PATH. */
    readonly environment?: Readonly<Record<string, string>>;
    /**
     * Save the state once, when an operation ends or fails, and not after every step: a large stack is up in three quarters
     * of the time and gone in half. An operation that is killed then leaves objects that the state does not know.
     * @default false
     */
    readonly saveStateAtEnd?: boolean;
    /** Told every line of the CLI's output as it comes. */
    readonly onLine?: (line: string) => void;
    /** Stops a running operation, as Ctrl-C does. */
    readonly signal?: AbortSignal;
}

/** What an operation did, and how long it took. */
export interface Operation extends Events {
    readonly seconds: number;
    readonly lines: readonly string[];
}

/** The CLI said no. The message holds the errors that it told, the fields hold everything. */
export class EngineError extends Error {
    constructor(
        message: string,
        readonly operation: Operation,
    ) {
        super(message);
    }
}

/** The real Pulumi CLI on one stack. Every operation throws {@link EngineError} when the CLI fails. */
export interface Engine {
    preview(): Promise<Operation>;
    up(): Promise<Operation>;
    refresh(): Promise<Operation>;
    destroy(): Promise<Operation>;
    /** The stack's outputs, secret ones opened. */
    outputs(): Promise<Record<string, unknown>>;
    /** The state as the CLI exports it: secrets stay encrypted. */
    exportState(): Promise<StackState>;
    /** Takes away the lock that a killed operation left. Only for who knows that none is running. */
    unlock(): Promise<void>;
}

const stackState = z.looseObject({
    deployment: z.looseObject({
        resources: z
            .array(
                z.looseObject({
                    urn: z.string(),
                    type: z.string(),
                    id: z.string().optional(),
                    inputs: z.record(z.string(), z.unknown()).optional(),
                    outputs: z.record(z.string(), z.unknown()).optional(),
                }),
            )
            .default([]),
    }),
});

/** A stack's state, as far as it is looked at. */
export type StackState = z.infer<typeof stackState>;

/**
 * Runs the real Pulumi CLI and language host on a project, with state in a directory of this machine, the stand-in
 * providers as plugins, and no network: nothing is downloaded, no update is looked for.
 */
export function engine(options: EngineOptions): Engine {
    const directory = path.resolve(options.stateDirectory);
    const projectDirectory = path.resolve(options.projectDirectory);
    const place = prepare(directory, projectDirectory, options);
    const environment = environmentOf(directory, options);

    const pulumi = (args: readonly string[], cwd: string, quiet = false): Promise<Outcome> =>
        run({
            program: options.programs.pulumi,
            args: [...args, "--non-interactive", "--color", "never"],
            cwd,
            environment,
            onLine: quiet ? undefined : options.onLine,
            signal: options.signal,
        });

    const ask = async (...args: string[]): Promise<string> => {
        const outcome = await pulumi([...args, "--stack", options.stack], place.bookkeeping, true);
        if (outcome.code !== 0) {
            throw new Error(`pulumi ${args.join(" ")} failed: ${outcome.lines.join("\n")}`);
        }
        return outcome.stdout;
    };

    /** The stack is made in a directory of the engine's own: the CLI writes the key's salt beside the Pulumi.yaml it sees. */
    const makeStack = async (): Promise<void> => {
        if (existsSync(place.stackFile)) {
            return;
        }
        const made = await pulumi(["stack", "init", options.stack], place.bookkeeping, true);
        if (made.code !== 0) {
            throw new Error(`The stack ${options.stack} could not be made: ${made.lines.join("\n")}`);
        }
    };

    const operate = async (command: string, ...flags: string[]): Promise<Operation> => {
        await makeStack();
        configure(place.stackFile, place.project, options.config ?? {});
        const log = await eventLog();
        const start = performance.now();
        const outcome = await pulumi(
            [command, "--stack", options.stack, "--config-file", place.stackFile, "--event-log", log.address, ...flags],
            projectDirectory,
        ).finally(log.stop);
        const seconds = (performance.now() - start) / 1000;
        const operation = { ...log.events(), seconds, lines: outcome.lines };
        if (outcome.code !== 0) {
            const told = operation.errors.length > 0 ? operation.errors : outcome.lines.slice(-20);
            throw new EngineError(`pulumi ${command} of ${options.stack} failed: ${told.join("\n")}`, operation);
        }
        return operation;
    };

    return {
        preview: () => operate("preview"),
        up: () => operate("up", "--yes", "--skip-preview", "--suppress-outputs"),
        refresh: () => operate("refresh", "--yes", "--skip-preview", "--suppress-outputs"),
        destroy: () => operate("destroy", "--yes", "--skip-preview", "--suppress-outputs"),
        outputs: async () => {
            const text = await ask("stack", "output", "--json", "--show-secrets");
            return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
        },
        exportState: async () => stackState.parse(JSON.parse(await ask("stack", "export"))),
        unlock: async () => {
            await makeStack();
            await pulumi(["cancel", "--yes", "--stack", options.stack], place.bookkeeping, true);
        },
    };
}

interface Place {
    /** The project's name. */
    readonly project: string;
    /** A directory with a Pulumi.yaml of the same name, in which the CLI may write. */
    readonly bookkeeping: string;
    /** The stack's configuration file. */
    readonly stackFile: string;
}

function prepare(directory: string, projectDirectory: string, options: EngineOptions): Place {
    const { name } = z
        .looseObject({ name: z.string() })
        .parse(readYamlFile(path.join(projectDirectory, "Pulumi.yaml")));
    const bookkeeping = path.join(directory, "stack");
    for (const made of [bookkeeping, path.join(directory, "state")]) {
        mkdirSync(made, { recursive: true, mode: 0o700 });
    }
    writeFileSync(path.join(bookkeeping, "Pulumi.yaml"), stringify({ name, runtime: "nodejs" }));
    installStandIns(path.join(directory, "home"));
    withoutCliLog(path.join(directory, "home", "logs"));
    const passphrase = options.passphraseFile ?? ownPassphrase(directory);
    if (!existsSync(passphrase)) {
        // Written before the first stack is made, readable by its owner only.
        writeFileSync(passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
    }
    return { project: name, bookkeeping, stackFile: path.join(bookkeeping, `Pulumi.${options.stack}.yaml`) };
}

/**
 * The CLI keeps a log of everything that it and the program say to each other, secrets included: compressed only, until it
 * has a key, and encrypted then, which more than doubles the time of an operation. No flag turns it off; it goes without
 * when its directory cannot be made.
 */
function withoutCliLog(logs: string): void {
    rmSync(logs, { recursive: true, force: true });
    writeFileSync(logs, "");
}

function ownPassphrase(directory: string): string {
    return path.join(directory, "passphrase");
}

function environmentOf(directory: string, options: EngineOptions): Record<string, string> {
    return {
        ...options.environment,
        PATH: [nodeDirectory(), path.dirname(options.programs.languageHost), "/usr/bin", "/bin"].join(path.delimiter),
        HOME: directory,
        PULUMI_HOME: path.join(directory, "home"),
        PULUMI_BACKEND_URL: `file://${path.join(directory, "state")}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: options.passphraseFile ?? ownPassphrase(directory),
        // The log of events is a flag for those who debug the CLI; the Automation API uses it in the same way.
        PULUMI_DEBUG_COMMANDS: "true",
        PULUMI_SKIP_CHECKPOINTS: String(options.saveStateAtEnd === true),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
}

/** Writes the configuration into the stack's file and keeps what else the CLI has there. */
function configure(stackFile: string, project: string, config: Readonly<Record<string, unknown>>): void {
    const kept = z.looseObject({}).parse(existsSync(stackFile) ? (readYamlFile(stackFile) ?? {}) : {});
    const entries = Object.entries(config).map(([key, value]): [string, unknown] => [
        key.includes(":") ? key : `${project}:${key}`,
        value,
    ]);
    writeFileSync(stackFile, stringify({ ...kept, config: Object.fromEntries(entries) }));
}

function readYamlFile(file: string): unknown {
    return readYaml(readFileSync(file, "utf8"), file);
}
