import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { Lab } from "../lab";

/**
 * The Dockerfile of a page that busybox serves, on the lab's own base image.
 *
 * @param more - lines of the Dockerfile that run as root
 */
export function pageDockerfile(lab: Lab, more: readonly string[] = []): string {
    const base = lab.images["busybox"]?.reference;
    if (base === undefined) {
        throw new Error("the lab has no image busybox: add it to lab/images/recipes.ts");
    }
    return [
        `FROM ${base}`,
        // The base image's own user is none of root's.
        "USER 0:0",
        "RUN mkdir /page && id -u > /page/built-by",
        "COPY index.html /page/",
        ...more,
        "USER 65532:65532",
        'CMD ["httpd", "-f", "-p", "8080", "-h", "/page"]',
        "",
    ].join("\n");
}

/** Writes the source into a folder; what an earlier run left there is removed. */
export function writePageSource(folder: string, lab: Lab): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "Dockerfile"), pageDockerfile(lab));
    writeFileSync(path.join(folder, "index.html"), "<!doctype html>\n<title>page</title>\n");
}
