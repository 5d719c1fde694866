import type { Lab } from "../lab";
import { writeCraneSource } from "./crane-source";
import { writeHelloSource } from "./hello-source";
import { writeManySource } from "./many-source";
import { writePageSource } from "./page-source";
import { initWorkingCopy, workingFolder, type WorkingCopy } from "./working-copy";

/** The source of each repository that stack `local` builds, by its name there. */
const SOURCES: Readonly<Record<string, (folder: string, lab: Lab) => void | Promise<void>>> = {
    crane: writeCraneSource,
    hello: writeHelloSource,
    many: writeManySource,
    page: writePageSource,
};

/**
 * Makes the working copy of a repository.
 *
 * @param url - the repository to push to
 * @throws Error when the lab has no source for a repository of that name
 */
export async function sourceOf(lab: Lab, repository: string, url: string): Promise<WorkingCopy> {
    const write = SOURCES[repository];
    if (write === undefined) {
        throw new Error(
            `the lab has no source for the repository ${repository} of stack local: write one in lab/platform/sources.ts`,
        );
    }
    const folder = workingFolder(lab, repository);
    await write(folder, lab);
    return initWorkingCopy(folder, url);
}
