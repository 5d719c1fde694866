import { provenanceAuthenticated } from "../requirements/provenance-authenticated";
import type { Snapshot } from "../requirements/snapshot";
import { planWithKms } from "./kms-plan";
import { both, type Mutation } from "./slsa2-mutations/plan-edit";
import { BESIDE, HIDDEN_POOL, kmsKey } from "./slsa2-mutations/kms-key";
import { authenticatedAnyway } from "./slsa2-mutations/provenance-authenticated";
import { copyOf, renameEverywhere } from "./snapshot-edit";
import { allMet, verdicts } from "./verdicts";

const { title: TITLE } = provenanceAuthenticated;
const row = both(authenticatedAnyway, kmsKey);

describe("SLSA 2 on a plan whose key is in Google's KMS", () => {
    let plan: Snapshot;

    beforeAll(async () => {
        plan = await planWithKms();
    });

    const cases = (mutations: Record<string, Mutation> | undefined): [string, Mutation][] =>
        Object.entries(mutations ?? {});

    function after(mutation: Mutation): Snapshot {
        const changed = copyOf(plan);
        mutation(changed);
        return changed;
    }

    it("is met, six of six", () => {
        expect(verdicts(plan)).toEqual(allMet);
    });

    it("rests on the key, its policy, the reference to its version, and what is published", () => {
        const evidence = provenanceAuthenticated
            .check(plan)
            .evidence.map(({ urn, property }) => `${urn.split("::").at(-1) ?? ""} ${property}`);
        expect(evidence).toEqual([
            "tekton-chains-config data.artifacts.pipelinerun.signer",
            "tekton-chains-config data.artifacts.oci.signer",
            "tekton-chains-config data.signers.kms.kmsref",
            "signing-key-key purpose",
            "signing-key-key versionTemplate.algorithm",
            "signing-key-key versionTemplate.protectionLevel",
            "signing-key-key deletionPolicy",
            "signing-key-version-2026-11-25 deletionPolicy",
            "signing-key-policy policyData",
            "merge-trigger-crane-steps data.signing.pub",
            "merge-trigger-hello-steps data.signing.pub",
            "merge-trigger-page-steps data.signing.pub",
        ]);
    });

    it("stays met when everything is renamed consistently", () => {
        const words = {
            "tekton-chains": "notary",
            "tekton-chains-controller": "notary-controller",
            "signing-key": "seal",
        };
        expect(verdicts(renameEverywhere(plan, words))).toEqual(allMet);
    });

    it.each(cases(BESIDE))("stays met beside %s", (_what, mutation) => {
        expect(verdicts(after(mutation))).toEqual(allMet);
    });

    it("says that it cannot tell whose pool the signer is in, where the cluster's is known only after deployment", () => {
        const { reasons } = provenanceAuthenticated.check(after(HIDDEN_POOL));
        expect(reasons.join("\n")).toContain("workloadIdentityConfig.workloadPool is known only after deployment");
    });

    it.each(cases(row.breaks))("alone turns unmet when %s", (_what, mutation) => {
        expect(verdicts(after(mutation))).toEqual({ ...allMet, [TITLE]: "unmet" });
    });

    it.each(cases(row.moves))("turns unmet when %s", (_what, mutation) => {
        expect(provenanceAuthenticated.check(after(mutation)).status).toBe("unmet");
    });

    it.each(cases(row.hides))("is unknown, never met, when %s", (_what, mutation) => {
        expect(provenanceAuthenticated.check(after(mutation)).status).toBe("unknown");
    });
});
