import { buildService } from "./build-service";
import { provenanceAuthenticated } from "./provenance-authenticated";
import { provenanceAvailable } from "./provenance-available";
import type { Judgement, Requirement } from "./requirement";
import { scriptedBuild } from "./scripted-build";
import { serviceGenerated } from "./service-generated";
import type { Snapshot } from "./snapshot";
import { sourceVersionControlled } from "./source-version-controlled";

/** The six rows of the announcement's table, which are SLSA v0.1's requirements up to level 2, in its order. */
export const SLSA2: readonly Requirement[] = [
    sourceVersionControlled,
    scriptedBuild,
    buildService,
    provenanceAvailable,
    provenanceAuthenticated,
    serviceGenerated,
];

/** Judges a snapshot by each of the six requirements. */
export function judge(snapshot: Snapshot): Judgement[] {
    return SLSA2.map((requirement) => ({ requirement, verdict: requirement.check(snapshot) }));
}
