import type { Snapshot } from "../../requirements/snapshot";
import { planWithKms } from "../kms-plan";
import { resource } from "../snapshot-edit";

describe("a stack whose key is in a KMS", () => {
    let plan: Snapshot;

    beforeAll(async () => {
        plan = await planWithKms();
    });

    /** URNs that a resource waits for, directly or through others. */
    function waitsFor(urn: string, seen = new Set<string>()): Set<string> {
        for (const next of plan.resources.find((candidate) => candidate.urn === urn)?.dependencies ?? []) {
            if (!seen.has(next)) {
                seen.add(next);
                waitsFor(next, seen);
            }
        }
        return seen;
    }

    it("gives Chains the Secret that its Deployment mounts, empty", () => {
        const { inputs } = resource(plan, "tekton-chains-signing-key");
        expect(inputs["metadata"]).toMatchObject({ name: "signing-secrets" });
        expect([inputs["stringData"], inputs["data"]]).toEqual([{}, undefined]);
    });

    it("tells Chains the version that signs, and starts it only when it may sign with it", () => {
        const version = resource(plan, "signing-key-version-2026-11-25").urn;
        expect(resource(plan, "tekton-chains-config").inputs["data"]).toMatchObject({
            "signers.kms.kmsref": `[unknown: ${version}#name]`,
        });
        const chains = resource(plan, "tekton-chains/Deployment/tekton-chains/tekton-chains-controller");
        const first = [...waitsFor(chains.urn)];
        expect(first).toContain(resource(plan, "signing-key-policy").urn);
        expect(first).toContain(version);
    });

    it("makes no signing key of its own", () => {
        const keys = plan.resources.filter(({ type }) => type === "tls:index/privateKey:PrivateKey");
        expect(keys.map(({ name }) => name).sort()).toEqual([
            "registry-certificate-authority-key",
            "registry-certificate-key",
            "transparency-log-key",
        ]);
    });
});
