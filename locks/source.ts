import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { UNRESOLVED } from "./image-reference";
import { KO_SCHEME, mapImages } from "./image-positions";
import { inventoryOf, type ReleaseObject } from "./inventory";
import { isRecord, type KubernetesObject } from "./kubernetes-object";
import type { ManifestRelease } from "./release";
import { objectsIn } from "./yaml-documents";

const DOWNLOAD_TIMEOUT_MS = 120_000;

const download = z.object({ Dir: z.string().optional(), Sum: z.string().optional(), Error: z.string().optional() });

/**
 * Folder of a release's tagged source: its Go module in the module cache. `go` checks the module against the checksum
 * database, so the folder holds what everybody else gets for the tag.
 *
 * @param environment - what `go` runs with; the caller's own by default
 * @throws Error if `go` is not installed, or if no module proxy hands the module out
 */
export async function moduleFolder(
    { source, version }: { source: { module: string }; version: string },
    environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
    const name = `${source.module}@${version}`;
    const cure =
        "Go and a module proxy are needed (`go env GOPROXY`); " +
        "or give a checkout of the tag with --source FOLDER and say in the lock where it came from.";
    let answer: string;
    try {
        // Outside any module, so that no go.mod of the caller's changes what the version means.
        ({ stdout: answer } = await promisify(execFile)("go", ["mod", "download", "-json", name], {
            cwd: tmpdir(),
            env: environment,
            timeout: DOWNLOAD_TIMEOUT_MS,
            maxBuffer: 1 << 20,
        }));
    } catch (error) {
        throw new Error(`the source ${name} cannot be had: ${reason(error)}. ${cure}`, { cause: error });
    }
    const { Dir, Error: refusal } = download.parse(JSON.parse(answer));
    if (Dir === undefined) {
        throw new Error(`the source ${name} cannot be had: ${refusal ?? "go names no folder"}. ${cure}`);
    }
    return Dir;
}

/**
 * Derives the inventory of a release from its tagged source, as `ko resolve -R -f` and the project's own release
 * pipeline would render it: every YAML file below the source's path, each file on its own (a file without a final
 * newline does not swallow the next one's first document). The digests of the images that ko builds are not in the
 * source, so they are `unresolved`.
 *
 * @param folder - the tagged source, see {@link moduleFolder}
 */
export function deriveInventory({ source }: ManifestRelease, folder: string): ReleaseObject[] {
    const objects = yamlFiles(join(folder, source.path)).flatMap((file) => objectsIn(readFileSync(file, "utf8"), file));
    return inventoryOf(
        objects.map((object) => {
            const rendered = mapImages(object, (reference) =>
                reference.startsWith(KO_SCHEME)
                    ? `${koRepository(source.images, reference.slice(KO_SCHEME.length))}@${UNRESOLVED}`
                    : reference,
            );
            return asObject(rendered, object);
        }),
    );
}

/**
 * The repository that ko gives the image of a Go import path: the base name and the path's MD5 by default, the whole
 * path with `--preserve-import-paths` (https://ko.build/configuration/#naming-images).
 */
export function koRepository({ repository, naming }: ManifestRelease["source"]["images"], importPath: string): string {
    return naming === "import-path"
        ? `${repository}/${importPath}`
        : `${repository}/${basename(importPath)}-${createHash("md5").update(importPath).digest("hex")}`;
}

/** Every YAML file below a folder, in the order in which ko walks it. */
export function yamlFiles(folder: string): string[] {
    return readdirSync(folder)
        .sort()
        .flatMap((name) => {
            const path = join(folder, name);
            return statSync(path).isDirectory() ? yamlFiles(path) : /\.ya?ml$/.test(name) ? [path] : [];
        });
}

function asObject(rendered: unknown, original: KubernetesObject): KubernetesObject {
    return isRecord(rendered) ? { ...original, ...rendered } : original;
}

function reason(error: unknown): string {
    if (isRecord(error) && error["code"] === "ENOENT") {
        return "there is no program `go`";
    }
    // `go mod download -json` tells its refusal on standard output and ends with 1.
    const stdout = isRecord(error) ? error["stdout"] : undefined;
    if (typeof stdout === "string" && stdout.startsWith("{")) {
        const { Error: refusal } = download.parse(JSON.parse(stdout));
        return refusal ?? "go gives no reason";
    }
    return error instanceof Error ? error.message : String(error);
}
