import { provenanceAvailable } from "../requirements/provenance-available";
import type { Snapshot } from "../requirements/snapshot";
import { planWithImages } from "./images-plan";
import { BESIDE, imageRepositories } from "./slsa2-mutations/image-repositories";
import type { Mutation } from "./slsa2-mutations/plan-edit";
import { copyOf, renameEverywhere } from "./snapshot-edit";
import { allMet, verdicts } from "./verdicts";

const { title: TITLE } = provenanceAvailable;

describe("SLSA 2 on a plan whose images are pushed to Artifact Registry", () => {
    let plan: Snapshot;

    beforeAll(async () => {
        plan = await planWithImages();
    });

    const cases = (mutations: Record<string, Mutation> | undefined): [string, Mutation][] =>
        Object.entries(mutations ?? {});

    function after(mutation: Mutation): Snapshot {
        const changed = copyOf(plan);
        mutation(changed);
        expect(changed).not.toEqual(plan);
        return changed;
    }

    it("is met, six of six", () => {
        expect(verdicts(plan)).toEqual(allMet);
    });

    it("rests on each repository and its policy", () => {
        const evidence = provenanceAvailable
            .check(plan)
            .evidence.map(({ urn, property }) => `${urn.split("::").at(-1) ?? ""} ${property}`);
        expect(evidence.filter((line) => line.startsWith("images-")).sort()).toEqual(
            ["crane", "hello", "page"].flatMap((source) => [
                `images-${source} mode`,
                `images-${source}-policy policyData`,
            ]),
        );
    });

    it("stays met when everything is renamed consistently", () => {
        const words = {
            "tekton-chains": "notary",
            "tekton-chains-controller": "notary-controller",
            "builds-crane": "crane-builds",
            pusher: "stevedore",
            promoter: "herald",
        };
        expect(verdicts(renameEverywhere(plan, words))).toEqual(allMet);
    });

    it.each(cases(BESIDE))("stays met beside %s", (_what, mutation) => {
        expect(verdicts(after(mutation))).toEqual(allMet);
    });

    it.each(cases(imageRepositories.breaks))("alone turns unmet when %s", (_what, mutation) => {
        expect(verdicts(after(mutation))).toEqual({ ...allMet, [TITLE]: "unmet" });
    });

    it.each(cases(imageRepositories.moves))("turns unmet when %s", (_what, mutation) => {
        expect(provenanceAvailable.check(after(mutation)).status).toBe("unmet");
    });

    it.each(cases(imageRepositories.hides))("is unknown, never met, when %s", (_what, mutation) => {
        expect(provenanceAvailable.check(after(mutation)).status).toBe("unknown");
    });
});
