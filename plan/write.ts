import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Judgement } from "../requirements/requirement";
import { manifests } from "./manifests";
import { report } from "./report";
import { snapshotText } from "./snapshot-file";
import type { PlannedStack } from "./stack";

/**
 * Writes plan.json, slsa.md and manifests/ into a folder. Manifests of an earlier plan are removed, so that the folder
 * shows this plan and nothing else.
 *
 * @returns what was written
 */
export function writePlan(folder: string, planned: PlannedStack, judgements: readonly Judgement[]): string[] {
    const manifestFolder = join(folder, "manifests");
    rmSync(manifestFolder, { recursive: true, force: true });
    mkdirSync(manifestFolder, { recursive: true });
    writeFileSync(join(folder, "plan.json"), snapshotText(planned.snapshot));
    writeFileSync(join(folder, "slsa.md"), report(planned, judgements));
    const files = manifests(planned.snapshot);
    for (const { name, text } of files) {
        writeFileSync(join(manifestFolder, name), text);
    }
    return ["plan.json", "slsa.md", `manifests/ (${String(files.length)} files)`];
}
