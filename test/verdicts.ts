import type { Status } from "../requirements/requirement";
import { judge, SLSA2 } from "../requirements/slsa2";
import type { Snapshot } from "../requirements/snapshot";

/** How each requirement stands, by its title. */
export function verdicts(snapshot: Snapshot): Record<string, Status> {
    return Object.fromEntries(judge(snapshot).map(({ requirement, verdict }) => [requirement.title, verdict.status]));
}

/** Every requirement met. */
export const allMet: Record<string, Status> = Object.fromEntries(SLSA2.map(({ title }) => [title, "met"]));
