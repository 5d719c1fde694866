import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NOT_FETCHED } from "../locks/content";
import type { Difference } from "../locks/hold";
import { readYaml } from "../locks/yaml-text";
import { PROJECT } from "../names";
import type { Snapshot } from "../requirements/snapshot";
import { anyCluster } from "../stacks/any-cluster";
import { loadContent, type Content } from "../stacks/content";
import { parseSettings, type Settings } from "../stacks/settings";
import { evaluate } from "./evaluate";

/** A stack as it would be deployed. */
export interface PlannedStack {
    snapshot: Snapshot;
    /** What a reader must know besides the resources: content that is not here, images not pinned, mapped releases. */
    remarks: string[];
    /** Of those, the ones that `pulumi up` refuses. */
    refused: string[];
}

/**
 * Plans a stack by its file `stacks/Pulumi.<stack>.yaml`.
 *
 * @param folder - the project's root
 * @throws SettingsError for bad settings, Error when there is no such stack
 */
export async function planStack(stack: string, folder: string): Promise<PlannedStack> {
    return planSettings(stack, parseSettings(stack, readStackFile(stack, folder)), folder);
}

/** Plans a stack by its settings. */
export async function planSettings(stack: string, settings: Settings, folder: string): Promise<PlannedStack> {
    const content = loadContent(settings, folder, "plan");
    const { outputs: _outputs, ...snapshot } = await evaluate(stack, () => anyCluster(settings, content));
    const all = remarks(content);
    return { snapshot, remarks: all, refused: all.filter((remark) => remark.includes(REFUSED)) };
}

/** Names of the stacks that have a file. */
export function stackNames(folder: string): string[] {
    return readdirSync(join(folder, "stacks"))
        .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
        .sort();
}

/**
 * The project's configuration in a stack file, keys without the project's prefix.
 *
 * @throws Error when there is no such stack, or when its file is not YAML; it repeats nothing of the file
 */
export function readStackFile(stack: string, folder: string): Record<string, unknown> {
    const name = `stacks/Pulumi.${stack}.yaml`;
    const file = join(folder, name);
    if (!/^[A-Za-z0-9_.-]+$/.test(stack) || !existsSync(file)) {
        throw new Error(
            `there is no stack ${stack}; allowed: ${stackNames(folder).join(", ")}. A stack is a file stacks/Pulumi.NAME.yaml`,
        );
    }
    const content = readYaml(readFileSync(file, "utf8"), name) as { config?: Record<string, unknown> | null } | null;
    const prefix = `${PROJECT}:`;
    return Object.fromEntries(
        Object.entries(content?.config ?? {}).flatMap(([key, value]) =>
            key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
        ),
    );
}

const REFUSED = "`pulumi up` refuses it";

function remarks(content: Content): string[] {
    const releases = [content.tektonPipelines, content.tektonChains, content.schemaRelease].map((release) => {
        const what = `${release.name} ${release.version}`;
        switch (release.state) {
            case NOT_FETCHED:
                return `${what}: ${NOT_FETCHED} (${release.reason}); planned from the lock's inventory, ${REFUSED}`;
            case "mapped":
                return (
                    `${what}: mapped to ${release.file} (sha256 ${release.sha256})` +
                    // A plain file is held by its hash alone.
                    ("differences" in release ? `; ${differing(release.differences)}` : "")
                );
            default:
                return `${what}: sha256 ${release.sha256}`;
        }
    });
    const images = content.images.map(({ reference, state, original }) => {
        switch (state) {
            case "unresolved":
                return `image ${reference}: unresolved, ${REFUSED} until \`slsa lock --resolve\` found its digest`;
            case "mapped":
                return `image ${original}: mapped to ${reference}`;
            default:
                return `image ${reference}`;
        }
    });
    return [...releases.map((release) => `release ${release}`), ...images];
}

/** More are for `slsa lock --check`, which tells each whole. */
const DIFFERENCES_NAMED = 5;

/** How a mapped release differs from the lock's inventory: how often, and in which objects first. */
function differing(differences: readonly Difference[] | undefined): string {
    if (differences === undefined) {
        return "another version than the lock's, so not held against its inventory";
    }
    const objects = [...new Set(differences.map(({ object }) => object))];
    if (objects.length === 0) {
        return "no difference from the lock's inventory";
    }
    const more = objects.length - DIFFERENCES_NAMED;
    const named = objects.slice(0, DIFFERENCES_NAMED).join(", ");
    return `${String(differences.length)} difference(s) from the lock's inventory: ${named}${more > 0 ? ` and ${String(more)} more object(s)` : ""}`;
}
