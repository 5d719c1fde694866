import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { cacheDirectory } from "../cache";
import { complete, writeTar, type Entry } from "./tar";

/** What an OCI manifest says about a blob. */
export interface Descriptor {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
}

/** The runtime part of an OCI image configuration that the lab's images use. */
export interface ImageConfig {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
}

/**
 * The folder in which the registry program (distribution) finds its images. Its layout is that of distribution's
 * `filesystem` storage driver, written directly: filling it needs no running registry, and starting one needs no push.
 */
export function storeDirectory(): string {
    return path.join(cacheDirectory(), "registry");
}

const root = (): string => path.join(storeDirectory(), "docker", "registry", "v2");

function blobPath(digest: string): string {
    const hex = digest.replace("sha256:", "");
    return path.join(root(), "blobs", "sha256", hex.slice(0, 2), hex, "data");
}

/** Writes a file so that it is there complete or not at all. */
function writeWhole(target: string, content: string | Buffer): void {
    mkdirSync(path.dirname(target), { recursive: true });
    const scratch = `${target}.${process.pid.toString()}`;
    writeFileSync(scratch, content);
    renameSync(scratch, target);
}

function writeBlob(content: Buffer, mediaType: string): Descriptor {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (!existsSync(blobPath(digest))) {
        writeWhole(blobPath(digest), content);
    }
    return { mediaType, digest, size: content.length };
}

const layerType = "application/vnd.oci.image.layer.v1.tar";

/** What a layer is made from; equal keys mean equal layers. */
function layerKey(entries: readonly Entry[]): string {
    return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 32);
}

/** The layer with these entries, if it was written before. */
function knownLayer(record: string): Descriptor | undefined {
    if (!existsSync(record)) {
        return undefined;
    }
    const descriptor = JSON.parse(readFileSync(record, "utf8")) as Descriptor;
    return existsSync(blobPath(descriptor.digest)) ? descriptor : undefined;
}

/** Writes a layer into the store, unless one made from the very same files is there. */
export function writeLayer(given: readonly Entry[]): Descriptor {
    const entries = complete(given);
    const record = path.join(cacheDirectory(), "layers", `${layerKey(entries)}.json`);
    const known = knownLayer(record);
    if (known !== undefined) {
        return known;
    }
    const scratch = path.join(cacheDirectory(), "layers", `writing-${process.pid.toString()}.tar`);
    mkdirSync(path.dirname(scratch), { recursive: true });
    try {
        const { digest, size } = writeTar(scratch, entries);
        const descriptor = { mediaType: layerType, digest: `sha256:${digest}`, size };
        mkdirSync(path.dirname(blobPath(descriptor.digest)), { recursive: true });
        renameSync(scratch, blobPath(descriptor.digest));
        writeWhole(record, JSON.stringify(descriptor));
        return descriptor;
    } finally {
        rmSync(scratch, { force: true });
    }
}

function linkInto(repository: string, folder: string, digest: string): void {
    const target = path.join(root(), "repositories", repository, folder, digest.replace(":", "/"), "link");
    if (!existsSync(target)) {
        writeWhole(target, digest);
    }
}

/**
 * Writes an image (configuration, manifest, and the links by which a repository owns blobs) into the store.
 * The layers are uncompressed, so a layer's digest is also its `diff_id`.
 *
 * @returns the manifest's descriptor: its digest is the image's.
 */
export function writeImage(repository: string, layers: readonly Descriptor[], config: ImageConfig): Descriptor {
    const image = {
        architecture: "amd64",
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
        // kaniko, when it makes an image on top of this one reproducible, breaks off at a layer without its entry.
        history: layers.map(() => ({ created_by: repository })),
    };
    const described = writeBlob(Buffer.from(JSON.stringify(image)), "application/vnd.oci.image.config.v1+json");
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = writeBlob(
        Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers })),
        mediaType,
    );
    for (const { digest } of [described, ...layers]) {
        linkInto(repository, "_layers", digest);
    }
    linkInto(repository, path.join("_manifests", "revisions"), manifest.digest);
    return manifest;
}
