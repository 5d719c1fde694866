import { createHash, randomBytes } from "node:crypto";
import * as path from "node:path";
import type { RunningRegistry } from "./registry";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export const digestOf = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** An image that no other is like: two blobs and a manifest. */
export interface Image {
    readonly blobs: readonly string[];
    readonly manifest: string;
    readonly digest: string;
}

export function newImage(): Image {
    const layer = randomBytes(100).toString("hex");
    const rootfs = { type: "layers", diff_ids: [digestOf(layer)] };
    const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs });
    const described = (content: string, mediaType: string): object => ({
        mediaType,
        digest: digestOf(content),
        size: content.length,
    });
    const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: described(config, "application/vnd.oci.image.config.v1+json"),
        layers: [described(layer, "application/vnd.oci.image.layer.v1.tar")],
    });
    return { blobs: [config, layer], manifest, digest: digestOf(manifest) };
}

/** Writes an OCI image layout. @returns its folder */
export function writeLayout(registry: RunningRegistry, { blobs, manifest, digest }: Image): string {
    const folder = `layouts/${digest.slice(7)}`;
    for (const content of [...blobs, manifest]) {
        registry.file(`${folder}/blobs/${digestOf(content).replace(":", "/")}`, content);
    }
    const manifests = [{ mediaType: MANIFEST_TYPE, digest, size: manifest.length }];
    registry.file(`${folder}/oci-layout`, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    return path.dirname(registry.file(`${folder}/index.json`, JSON.stringify({ schemaVersion: 2, manifests })));
}
