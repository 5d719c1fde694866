import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { sha256 } from "./canonical";
import { releaseFile } from "./content";
import { hold, type Difference } from "./hold";
import { request, type RequestOptions } from "./http";
import { UNRESOLVED } from "./image-reference";
import { inventoryOf } from "./inventory";
import { writeWhole } from "./lock-file";
import type { Release, ReleaseName } from "./release";
import { objectsIn } from "./yaml-documents";

/** Releases are a few megabytes; ten times the biggest seen is not one. */
const MAX_RELEASE_BYTES = 16 << 20;

/** What became of a download. */
export type Download =
    | { state: "already here" }
    /** Checked against a hash that the lock had. */
    | { state: "fetched" }
    /** The lock had no hash: the file held against the inventory, `release` carries its hash, size and digests. */
    | { state: "resolved"; release: Release }
    /** Nothing was kept. */
    | { state: "refused"; reason: string; differences: Difference[] };

/**
 * Downloads a release into `.releases/`, if it is what the lock says: by hash and size where the lock knows them, and
 * against the inventory in any case. A file is written whole or not at all; what failed can be repeated.
 *
 * @param folder - the project's root
 * @param today - the day to note beside a hash that this download makes known, `YYYY-MM-DD`
 * @throws Error if the server does not hand the file out
 */
export async function downloadRelease(
    folder: string,
    name: ReleaseName,
    release: Release,
    today: string,
    options: Pick<RequestOptions, "allowLoopbackHttp" | "timeoutMs"> = {},
): Promise<Download> {
    const file = releaseFile(folder, name, release);
    if (existsSync(file) && sha256(readFileSync(file)) === `sha256:${release.sha256}`) {
        return { state: "already here" };
    }
    const { status, body } = await request(release.url, { ...options, maxBytes: MAX_RELEASE_BYTES, redirects: 5 });
    if (status !== 200) {
        throw new Error(`${release.url} answers ${String(status)}`);
    }
    const judged = judge(name, release, body, today);
    if (judged.state !== "refused") {
        mkdirSync(dirname(file), { recursive: true });
        writeWhole(file, body);
    }
    return judged;
}

function judge(name: ReleaseName, release: Release, body: Buffer, today: string): Download {
    const hash = sha256(body).slice("sha256:".length);
    if (release.sha256 !== UNRESOLVED && (hash !== release.sha256 || body.byteLength !== release.size)) {
        const reason =
            `its sha256 is ${hash} and its size ${String(body.byteLength)} bytes; ` +
            `the lock says ${release.sha256} and ${String(release.size)}`;
        return { state: "refused", reason, differences: [] };
    }
    if (release.kind === "file") {
        return release.sha256 === UNRESOLVED
            ? {
                  state: "refused",
                  reason: "nothing is known to hold it against: run `slsa lock --derive`",
                  differences: [],
              }
            : { state: "fetched" };
    }
    const objects = objectsIn(body.toString("utf8"), release.url);
    const differences = hold(release.inventory, objects, release.imageRepositories);
    if (differences.length > 0) {
        return { state: "refused", reason: "it is not what the tagged source makes", differences };
    }
    if (release.sha256 !== UNRESOLVED) {
        return { state: "fetched" };
    }
    const { module } = release.source;
    return {
        state: "resolved",
        release: {
            ...release,
            sha256: hash,
            size: body.byteLength,
            hashKnownFrom:
                `computed by \`slsa lock --fetch\` on ${today} from the URL, after every object of ${name} held against ` +
                `the inventory derived from ${module} ${release.version}`,
            inventory: inventoryOf(objects),
        },
    };
}
