import * as path from "node:path";

import type { Addresses } from "./addresses";

/** What every part of the node needs to know. */
export interface Layout {
    readonly addresses: Addresses;
    readonly stateDir: string;
    /** Absolute paths of the built programs by name. */
    readonly programs: Readonly<Record<string, string>>;
    /** References of the lab's images by name, as pods use them. */
    readonly images: Readonly<Record<string, string>>;
}

export const nodeName = "node1";
export const clusterDomain = "cluster.local";
/** In the node's own /run, so that the path is short and the same in every lab. */
export const containerdSocket = "/run/slsa-lab.sock";

export const certificateFolder = ({ stateDir }: Pick<Layout, "stateDir">): string =>
    path.join(stateDir, "certificates");
export const configFolder = ({ stateDir }: Pick<Layout, "stateDir">): string => path.join(stateDir, "config");
/** The administrator's kubeconfig, which works from the host and in the node's namespace alike. */
export const adminKubeconfig = (stateDir: string): string => path.join(stateDir, "kubeconfig");
/** containerd's per-registry settings, read anew at every pull. */
export const registrySettings = (stateDir: string): string => path.join(stateDir, "config", "certs.d");

/** The program of that name. Throws when the lab builds none. */
export function programOf(layout: Layout, name: string): string {
    return required(layout.programs, name, "program");
}

/** The reference of the image of that name. Throws when the lab makes none. */
export function imageOf(layout: Layout, name: string): string {
    return required(layout.images, name, "image");
}

function required(from: Readonly<Record<string, string>>, name: string, what: string): string {
    const found = from[name];
    if (found === undefined) {
        throw new Error(`The lab has no ${what} named "${name}". It has: ${Object.keys(from).join(", ")}.`);
    }
    return found;
}
