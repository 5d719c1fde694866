import { parseArgs } from "node:util";
import { LockError } from "../locks/lock-file";
import { RELEASE_NAMES, type ReleaseName } from "../locks/release";
import { check, derive, fetchReleases, resolveImages, status, UsageError, type LockRun } from "./lock-commands";

/** What `slsa lock` says when it is asked how it is used. */
export const LOCK_USAGE = `slsa lock                                 what the locks leave unresolved
slsa lock --fetch [--release NAME]        download releases into .releases/, hold each against its inventory,
                                          fill in an unresolved hash once the file held
slsa lock --resolve                       ask the images' own registries for unresolved digests
slsa lock --check FILE --release NAME     hold a file that you downloaded yourself against the inventory
slsa lock --derive [--release NAME] [--source FOLDER] [--write]
                                          derive the inventory from the tagged source (the Go module, or a
                                          checkout in FOLDER) and compare it with the lock, or write it there
  --folder FOLDER                         where the lock files are (default: the working folder)

releases: ${RELEASE_NAMES.join(", ")}
exit codes: 0 nothing is open, 1 differences or unresolved entries remain, 2 bad input`;

/**
 * `slsa lock`: fills in, derives and checks `releases.lock.json` and `images.lock.json`.
 *
 * @param argv - the arguments after `lock`
 * @param surroundings - where it prints and how it asks; the defaults are the command line's
 * @returns the exit code: 0 nothing is open, 1 differences or unresolved entries remain, 2 bad input
 */
export async function lock(argv: readonly string[], surroundings: Partial<LockRun> = {}): Promise<number> {
    const run: LockRun = {
        folder: process.cwd(),
        print: (line) => {
            process.stdout.write(`${line}\n`);
        },
        complain: (line) => {
            process.stderr.write(`${line}\n`);
        },
        today: new Date().toISOString().slice(0, 10),
        request: {},
        ...surroundings,
    };
    try {
        return await dispatch(readArguments(argv), run);
    } catch (error) {
        if (error instanceof UsageError || error instanceof LockError) {
            run.complain(error.message);
            return 2;
        }
        throw error;
    }
}

async function dispatch(given: ReturnType<typeof readArguments>, surroundings: LockRun): Promise<number> {
    const run = given.folder === undefined ? surroundings : { ...surroundings, folder: given.folder };
    if (given.help === true) {
        run.print(LOCK_USAGE);
        return 0;
    }
    if (given.derive === true) {
        return derive(given.names, { sourceFolder: given.source, write: given.write === true }, run);
    }
    if (given.fetch === true) {
        return fetchReleases(given.names, run);
    }
    if (given.resolve === true) {
        return resolveImages(run);
    }
    const [name] = given.names;
    return given.check === undefined || name === undefined ? status(run) : check(given.check, name, run);
}

function readArguments(argv: readonly string[]) {
    const options = {
        derive: { type: "boolean" },
        fetch: { type: "boolean" },
        resolve: { type: "boolean" },
        check: { type: "string" },
        release: { type: "string" },
        source: { type: "string" },
        write: { type: "boolean" },
        folder: { type: "string" },
        help: { type: "boolean" },
    } as const;
    let values;
    try {
        ({ values } = parseArgs({ args: [...argv], options }));
    } catch (error) {
        throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${LOCK_USAGE}`);
    }
    const modes = [values.derive, values.fetch, values.resolve, values.check].filter((mode) => mode !== undefined);
    if (modes.length > 1) {
        throw new UsageError(`--derive, --fetch, --resolve and --check each stand alone\n\n${LOCK_USAGE}`);
    }
    if ((values.source !== undefined || values.write === true) && values.derive !== true) {
        throw new UsageError(`--source and --write belong to --derive\n\n${LOCK_USAGE}`);
    }
    if ((values.source ?? values.check) !== undefined && values.release === undefined) {
        throw new UsageError(`--release NAME is needed: one of ${RELEASE_NAMES.join(", ")}`);
    }
    return { ...values, names: releaseNames(values.release) };
}

function releaseNames(given: string | undefined): ReleaseName[] {
    const names = RELEASE_NAMES.filter((name) => given === undefined || name === given);
    if (names.length === 0) {
        throw new UsageError(
            `--release ${given ?? ""} is no release of the lock; allowed: ${RELEASE_NAMES.join(", ")}`,
        );
    }
    return names;
}
