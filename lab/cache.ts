import { homedir } from "node:os";
import * as path from "node:path";

/**
 * Where everything that is slow to make is kept, outside the checkout: `$SLSA_LAB_CACHE`, by default
 * `~/.cache/slsa-build-platform`. What lies in it is named by a hash of what it was made from, so it can be shared
 * between checkouts and deleted at any time that no lab is running.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
    const given = environment["SLSA_LAB_CACHE"];
    if (given === undefined || given === "") {
        return path.join(homedir(), ".cache", "slsa-build-platform");
    }
    if (!path.isAbsolute(given)) {
        throw new Error(`SLSA_LAB_CACHE is "${given}": it must be an absolute path, or unset for the default.`);
    }
    return path.normalize(given);
}
