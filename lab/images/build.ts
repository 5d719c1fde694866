import * as path from "node:path";

import { unpackImagePackages } from "../programs/debian";
import { recipes } from "./recipes";
import { writeImage, writeLayer } from "./store";

/** An image in the lab's own registry. */
export interface LabImage {
    /** Path in the registry, such as `lab/busybox`. */
    readonly repository: string;
    /** Digest of the manifest, `sha256:...`. */
    readonly digest: string;
    /** Sum of its layers, in bytes. */
    readonly size: number;
}

/**
 * Puts every image of the lab into the registry's folder in the cache; what is there already is not written again.
 * Digests depend on the contents of the files only.
 *
 * @param programs absolute paths of the built programs by name.
 * @returns the images by name.
 */
export function buildImages(programs: Readonly<Record<string, string>>, log: (line: string) => void): LabImages {
    const debian = path.join(unpackImagePackages(log), "root");
    const images: LabImages = {};
    for (const recipe of recipes({ programs, debian })) {
        const layers = recipe.layers.map(writeLayer);
        const repository = `lab/${recipe.name}`;
        const { digest } = writeImage(repository, layers, recipe.config);
        images[recipe.name] = { repository, digest, size: layers.reduce((sum, layer) => sum + layer.size, 0) };
    }
    return images;
}

export type LabImages = Record<string, LabImage>;
