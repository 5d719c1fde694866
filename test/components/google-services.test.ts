import { GOOGLE_SERVICES } from "../../components/google-services";
import { ofType, planGoogle, waitsFor } from "./google-plan";

const SERVICE = "gcp:projects/service:Service";

describe("GoogleServices", () => {
    it("enables each API once, and never disables one", async () => {
        const { snapshot } = await planGoogle();
        const services = ofType(snapshot, SERVICE);
        expect(services.map(({ inputs }) => inputs)).toEqual(
            [...GOOGLE_SERVICES].sort().map((service) => ({
                project: "test-project",
                service,
                disableOnDestroy: false,
                disableDependentServices: false,
            })),
        );
    });

    it("comes before all else", async () => {
        const { snapshot } = await planGoogle();
        const services = ofType(snapshot, SERVICE).map(({ urn }) => urn);
        const others = snapshot.resources.filter(({ type }) => type.startsWith("gcp:") && type !== SERVICE);
        expect(others.length).toBeGreaterThan(20);
        const early = others.filter(({ urn }) => !services.every((service) => waitsFor(snapshot, urn).has(service)));
        expect(early.map(({ name }) => name)).toEqual([]);
    });
});
