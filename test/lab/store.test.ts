import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { executable, text } from "../../lab/images/files";
import { storeDirectory, writeImage, writeLayer } from "../../lab/images/store";

interface Manifest {
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly digest: string }[];
}

describe("the folder of the lab's image registry", () => {
    const before = process.env["SLSA_LAB_CACHE"];
    let folder = "";
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "store-"));
        process.env["SLSA_LAB_CACHE"] = folder;
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
        if (before === undefined) {
            delete process.env["SLSA_LAB_CACHE"];
        } else {
            process.env["SLSA_LAB_CACHE"] = before;
        }
    });

    function blob(digest: string): Buffer {
        const hex = digest.replace("sha256:", "");
        const file = path.join(storeDirectory(), "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
        const content = readFileSync(file);
        expect(createHash("sha256").update(content).digest("hex")).toBe(hex);
        return content;
    }

    test("holds a manifest whose configuration and layers are there under their own digests", () => {
        const layer = writeLayer([text("etc/a", "a")]);
        const { digest } = writeImage("lab/one", [layer], { User: "65532:65532" });
        const manifest = JSON.parse(blob(digest).toString()) as Manifest;
        expect(manifest.layers.map((described) => described.digest)).toEqual([layer.digest]);
        expect(blob(layer.digest)).toHaveLength(layer.size);
        expect(JSON.parse(blob(manifest.config.digest).toString())).toMatchObject({
            architecture: "amd64",
            config: { User: "65532:65532" },
            rootfs: { diff_ids: [layer.digest] },
            history: [{ created_by: "lab/one" }],
        });
    });

    test("links every blob into the repository, for a registry serves nothing else from it", () => {
        const layer = writeLayer([text("etc/a", "a")]);
        const image = writeImage("lab/one", [layer], {});
        const repository = path.join(storeDirectory(), "docker/registry/v2/repositories/lab/one");
        const manifest = JSON.parse(blob(image.digest).toString()) as Manifest;
        for (const { digest } of [manifest.config, ...manifest.layers]) {
            const link = path.join(repository, "_layers", digest.replace(":", "/"), "link");
            expect(readFileSync(link, "utf8")).toBe(digest);
        }
        const revision = path.join(repository, "_manifests/revisions", image.digest.replace(":", "/"), "link");
        expect(readFileSync(revision, "utf8")).toBe(image.digest);
    });

    test("writes a layer anew only when its files changed", () => {
        const source = path.join(folder, "program");
        writeFileSync(source, "one");
        const first = writeLayer([executable(source, "bin/program")]);
        const hex = first.digest.replace("sha256:", "");
        const file = path.join(storeDirectory(), "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
        const written = statSync(file).mtimeMs;
        expect(writeLayer([executable(source, "bin/program")])).toEqual(first);
        expect(statSync(file).mtimeMs).toBe(written);
        writeFileSync(source, "other");
        expect(writeLayer([executable(source, "bin/program")]).digest).not.toBe(first.digest);
    });

    test("writes a layer again whose blob was lost", () => {
        const first = writeLayer([text("etc/a", "a")]);
        rmSync(storeDirectory(), { recursive: true });
        expect(writeLayer([text("etc/a", "a")])).toEqual(first);
        blob(first.digest);
        expect(existsSync(storeDirectory())).toBe(true);
    });
});
