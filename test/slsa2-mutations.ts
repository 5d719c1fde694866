import { buildService } from "./slsa2-mutations/build-service";
import type { Row } from "./slsa2-mutations/plan-edit";
import { provenanceAuthenticated } from "./slsa2-mutations/provenance-authenticated";
import { provenanceAvailable } from "./slsa2-mutations/provenance-available";
import { scriptedBuild } from "./slsa2-mutations/scripted-build";
import { serviceGenerated } from "./slsa2-mutations/service-generated";
import { sourceVersionControlled } from "./slsa2-mutations/source-version-controlled";

export { run, type Mutation } from "./slsa2-mutations/plan-edit";

/** The announcement's table, in its order, with what breaks each row. */
export const ROWS: Record<string, Row> = {
    "Source – Version controlled": sourceVersionControlled,
    "Build – Scripted build": scriptedBuild,
    "Build – Build service": buildService,
    "Provenance – Available": provenanceAvailable,
    "Provenance – Authenticated": provenanceAuthenticated,
    "Provenance – Service generated": serviceGenerated,
};
