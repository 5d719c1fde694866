import { createHash } from "node:crypto";
import { parseJson, type DeclaredTrigger } from "./builds";
import { valueAt, type Findings } from "./findings";
import { MERGE_SCRIPTS } from "./merge-scripts";

/** sha256 of a script's text, 64 hexadecimal digits. */
export function scriptHash(script: string): string {
    return createHash("sha256").update(script).digest("hex");
}

/** What a merge runs outside the build service is known, step by step: it starts a build there and is none itself. */
export function checkMergeSteps(findings: Findings, { declared: { resource } }: DeclaredTrigger): void {
    const steps = parseJson(valueAt(resource.inputs, ["data", "steps.json"]));
    const names = Array.isArray(steps) ? steps.map((step) => String(valueAt(step, ["name"]))) : [];
    const known = Object.keys(MERGE_SCRIPTS);
    if (!Array.isArray(steps) || names.join() !== known.join()) {
        findings.fail(
            `${resource.name}: the steps of a merge are ${names.join(", ") || "none"}; they must be ${known.join(", ")}`,
        );
        return;
    }
    for (const step of steps) {
        const name = String(valueAt(step, ["name"]));
        const script = valueAt(step, ["script"]);
        if (typeof script !== "string" || scriptHash(script) !== MERGE_SCRIPTS[name]) {
            findings.fail(
                `${resource.name}: the script of the step ${name} is not the one that requirements/merge-scripts.ts knows`,
            );
        }
    }
}
