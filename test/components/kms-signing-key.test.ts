import * as gcp from "@pulumi/gcp/provider";
import { KmsSigningKey, type KmsSigningKeyArgs } from "../../components/kms-signing-key";
import { evaluate } from "../../plan/evaluate";
import type { Snapshot } from "../../requirements/snapshot";
import { CHAINS_PRINCIPAL } from "../kms-plan";
import { resource } from "../snapshot-edit";

const args: KmsSigningKeyArgs = {
    project: "example-builds",
    location: "us",
    versions: [{ since: "2025-11-25" }, { since: "2026-11-25" }],
    signer: CHAINS_PRINCIPAL,
    labels: { platform: "slsa-build-platform" },
    protect: true,
};

const plan = (change: Partial<KmsSigningKeyArgs> = {}): Promise<Snapshot> =>
    evaluate("test", () => {
        new KmsSigningKey(
            "signing-key",
            { ...args, ...change },
            { providers: { gcp: new gcp.Provider("google-cloud", { project: "example-builds" }) } },
        );
        return {};
    });

const names = ({ resources }: Snapshot, type: string): string[] =>
    resources.filter((candidate) => candidate.type.includes(type)).map(({ name }) => name);

describe("a signing key in Google's KMS", () => {
    it("is made in an HSM, without the version that Google would make", async () => {
        const key = resource(await plan(), "signing-key-key");
        expect(key.inputs).toEqual({
            keyRing: expect.stringMatching(/::signing-key-ring#id\]$/) as unknown,
            name: "signing-key",
            purpose: "ASYMMETRIC_SIGN",
            versionTemplate: { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" },
            skipInitialVersionCreation: true,
            destroyScheduledDuration: "10368000s",
            labels: { platform: "slsa-build-platform" },
            deletionPolicy: "PREVENT",
        });
    });

    it("lets one principal sign, by one policy written out", async () => {
        const { inputs } = resource(await plan(), "signing-key-policy");
        expect(inputs["cryptoKeyId"]).toMatch(/::signing-key-key#id\]$/);
        expect(JSON.parse(String(inputs["policyData"]))).toEqual({
            bindings: ["roles/cloudkms.signerVerifier", "roles/cloudkms.viewer"].map((role) => ({
                members: [CHAINS_PRINCIPAL],
                role,
            })),
        });
    });

    it("has a version for each day, each made after the one before", async () => {
        const planned = await plan();
        expect(names(planned, "CryptoKeyVersion")).toEqual([
            "signing-key-version-2025-11-25",
            "signing-key-version-2026-11-25",
        ]);
        const older = resource(planned, "signing-key-version-2025-11-25");
        expect(older.dependencies).not.toContain(resource(planned, "signing-key-version-2026-11-25").urn);
        expect(resource(planned, "signing-key-version-2026-11-25").dependencies).toContain(older.urn);
    });

    it("keeps every other resource as it is when it rotates", async () => {
        const before = await plan({ versions: args.versions.slice(0, 1) });
        const after = await plan();
        const added = new Set(names(after, "").filter((name) => !names(before, "").includes(name)));
        expect([...added]).toEqual(["signing-key-version-2026-11-25"]);
        expect(after.resources.filter(({ name }) => !added.has(name))).toEqual(before.resources);
    });

    it("protects ring, key and versions, unless it is told not to", async () => {
        const kept = (snapshot: Snapshot): string[] =>
            snapshot.resources.flatMap(({ type, name, protect }) => (protect && type.startsWith("gcp:") ? [name] : []));
        expect(kept(await plan()).sort()).toEqual([
            "signing-key-key",
            "signing-key-ring",
            "signing-key-version-2025-11-25",
            "signing-key-version-2026-11-25",
        ]);
        const free = await plan({ protect: false });
        expect(kept(free)).toEqual([]);
        expect(free.resources.flatMap(({ inputs }) => inputs["deletionPolicy"] ?? [])).toEqual([
            "DELETE",
            "DELETE",
            "DELETE",
        ]);
    });

    it("lies in a ring that is there already, which it does not declare", async () => {
        const planned = await plan({ existingKeyRing: true, keyRing: "cosign", keyName: "cosign", location: "global" });
        expect(names(planned, "KeyRing")).toEqual([]);
        expect(resource(planned, "signing-key-key").inputs).toMatchObject({
            keyRing: "projects/example-builds/locations/global/keyRings/cosign",
            name: "cosign",
        });
    });
});

describe("what cannot be", () => {
    // Nothing is registered before it is found; the engine is not there.
    const making = (change: Partial<KmsSigningKeyArgs>) => (): KmsSigningKey =>
        new KmsSigningKey("signing-key", { ...args, ...change });

    it.each<[string, Partial<KmsSigningKeyArgs>, string]>([
        ["a ring's name too long", { keyRing: "r".repeat(64) }, 'keyRing is "rrr'],
        ["a key's name with a slash", { keyName: "a/b" }, 'keyName is "a/b"; it must be 1 to 63 letters'],
        ["no version", { versions: [] }, "versions is empty"],
        ["a day that is none", { versions: [{ since: "2026-02-30" }] }, 'since is "2026-02-30"; it must be a day'],
        ["a day with a time", { versions: [{ since: "2026-11-25T00:00" }] }, "it must be a day, YYYY-MM-DD"],
        ["a day twice", { versions: [{ since: "2026-11-25" }, { since: "2026-11-25" }] }, "comes after 2026-11-25"],
        ["the newest first", { versions: [{ since: "2026-11-25" }, { since: "2025-11-25" }] }, "oldest first"],
        ["everybody", { signer: "allUsers" }, 'signer is "allUsers"; it must be one principal'],
        ["a set of principals", { signer: "principalSet://iam.googleapis.com/x" }, "it must be one principal"],
        ["whoever matches", { signer: "principal://iam.googleapis.com/x/*" }, "it must be one principal"],
    ])("is refused: %s", (_what, change, message) => {
        expect(making(change)).toThrow(message);
    });
});
