import { imageNames, lockedReference, readImagesLock, type ImageName } from "../../locks/images";
import { PROJECT_FOLDER } from "../../plan/project";
import { parseSettings, type Settings } from "../../stacks/settings";
import { readStackFile } from "../../plan/stack";
import type { Lab } from "../lab";
import { MANY_ENTRY } from "./many-source";
import { renderReleases } from "./releases";

/** Port of the git server in the node's namespace. */
export const GIT_PORT = 3080;

/** Images whose name in the lab is another than in images.lock.json. */
const LAB_NAMES: Partial<Record<ImageName, string>> = { ko: "gobuild", "static-base": "static" };

/**
 * The stack `local` as committed, with what only this lab knows: its addresses, its images, its releases. And one more
 * repository, whose list of images would be longer than all the rest of the stack's file.
 */
export async function labSettings(lab: Lab): Promise<Settings> {
    const lock = readImagesLock(PROJECT_FOLDER);
    const mirrors = imageNames(lock).map((name) => {
        const image = lab.images[LAB_NAMES[name] ?? name];
        if (image === undefined) {
            throw new Error(`the lab has no image for ${name} of images.lock.json: add it to lab/images/recipes.ts`);
        }
        return [lockedReference(lock, name), image.reference];
    });
    const committed = readStackFile("local", PROJECT_FOLDER);
    const repositories = [...parseSettings("local", committed).repositories, MANY_ENTRY];
    return parseSettings("local", {
        ...committed,
        kubeconfig: lab.kubeconfig,
        repositories: repositories.map((repository) => ({
            ...repository,
            url: `http://${lab.nodeIp}:${String(GIT_PORT)}/${repository.name}.git`,
            cloneEgress: [`${lab.nodeIp}/32:${String(GIT_PORT)}`],
            buildEgress: [`${lab.nodeIp}/32:5000`],
        })),
        registryAddress: lab.registryHostPort,
        transparencyLogAddress: new URL(lab.rekorUrl).host,
        nameServers: [`${lab.nodeIp}/32`],
        imageMirrors: Object.fromEntries(mirrors),
        mappedReleases: await renderReleases(lab),
    });
}
