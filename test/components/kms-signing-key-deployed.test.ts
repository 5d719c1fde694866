import * as pulumi from "@pulumi/pulumi";
import { chainsConfigData, pinned } from "../../components/chains-config";
import { KmsSigningKey, usable, type PublishedKey } from "../../components/kms-signing-key";
import { chainsConfig } from "../../stacks/chains";
import { CHAINS_PRINCIPAL } from "../kms-plan";

const KEY = "projects/example-builds/locations/us/keyRings/signing-key/cryptoKeys/signing-key";

const AS_THE_KEY_SAYS = { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" };

let versions: string[];
let asked: unknown[];
/** Resource -> what the engine is told to leave alone: on destroying, and on changing. */
let left: Record<string, [retained: boolean | undefined, ignored: string[] | undefined]>;

/** An output's value, or what it fails with. */
const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
    (output as unknown as { promise: () => Promise<T> }).promise();

function key(...days: string[]): KmsSigningKey {
    return new KmsSigningKey(
        "signing-key",
        {
            project: "example-builds",
            location: "us",
            versions: days.map((since) => ({ since })),
            signer: CHAINS_PRINCIPAL,
            labels: {},
            protect: true,
        },
        {
            transformations: [
                ({ name, opts }) => {
                    const { retainOnDelete, ignoreChanges } = opts as pulumi.CustomResourceOptions;
                    left[name] = [retainOnDelete, ignoreChanges];
                    return undefined;
                },
            ],
        },
    );
}

beforeEach(async () => {
    versions = [];
    asked = [];
    left = {};
    await pulumi.runtime.setMocks({
        newResource: ({ type, inputs }) => {
            if (type === "gcp:kms/cryptoKeyVersion:CryptoKeyVersion") {
                versions.push(`${KEY}/cryptoKeyVersions/${String(versions.length + 11)}`);
                return { id: versions.at(-1) ?? "", state: { ...(inputs as object), name: versions.at(-1) } };
            }
            return { id: type === "gcp:kms/cryptoKey:CryptoKey" ? KEY : "id", state: inputs as object };
        },
        call: ({ token, inputs }) => {
            asked.push([token, inputs]);
            const { version } = inputs as { version: number };
            return { ...AS_THE_KEY_SAYS, publicKeys: [{ pem: `public key ${String(version)}` }] };
        },
    });
});

// What was registered must be answered before the next test begins anew.
afterEach(() => pulumi.runtime.disconnect());

describe("a deployed signing key", () => {
    it("signs with its last version, under the number that Google gave it", async () => {
        const { signer, publicKey } = key("2025-11-25", "2026-11-25");
        const ref = "kms" in signer ? await valueOf(pulumi.output(signer.kms.ref)) : undefined;
        expect(ref).toBe(`gcpkms://${KEY}/cryptoKeyVersions/12`);
        expect(await valueOf(publicKey)).toBe("public key 12");
        expect(asked).toContainEqual([
            "gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion",
            { cryptoKey: KEY, version: 12 },
        ]);
    });

    it("publishes the public key of every version, with its day", async () => {
        const { publicKeys } = key("2025-11-25", "2026-11-25");
        const known = await Promise.all(
            publicKeys.map(async ({ since, kmsRef, publicKey }: PublishedKey) => [
                since,
                await valueOf(kmsRef),
                await valueOf(publicKey),
            ]),
        );
        expect(known).toEqual([
            ["2025-11-25", `gcpkms://${KEY}/cryptoKeyVersions/11`, "public key 11"],
            ["2026-11-25", `gcpkms://${KEY}/cryptoKeyVersions/12`, "public key 12"],
        ]);
    });

    it("stays when the stack goes, but for who may sign with it", () => {
        key("2026-11-25");
        expect(left).toEqual({
            "signing-key": [undefined, undefined],
            "signing-key-ring": [true, undefined],
            "signing-key-key": [true, ["skipInitialVersionCreation"]],
            "signing-key-policy": [undefined, undefined],
            "signing-key-version-2026-11-25": [true, undefined],
        });
    });

    // Thrown inside an output, the SDK ends the process with it.
    it.each([
        ["of another algorithm", { algorithm: "RSA_SIGN_PSS_2048_SHA256" }],
        ["in software", { protectionLevel: "SOFTWARE" }],
        ["without a public key", { publicKeys: [] }],
    ])("does not sign with a version that is %s", (_what, change) => {
        const described = { ...AS_THE_KEY_SAYS, publicKeys: [{ pem: "public key" }] };
        expect(usable(KEY, described)).toEqual({ kmsRef: `gcpkms://${KEY}`, publicKey: "public key" });
        expect(() => usable(KEY, { ...described, ...change })).toThrow("it must be EC_SIGN_P256_SHA256 at HSM");
    });
});

describe("what Chains is told of it", () => {
    const ref = `gcpkms://${KEY}/cryptoKeyVersions/12`;

    it("is that a KMS signs everything, with this version", async () => {
        const config = chainsConfig("https://builder.example/v1", "https://log.example", true, {
            kms: { ref, ready: [] },
        });
        const data = chainsConfigData(config);
        expect(data).toMatchObject({
            "artifacts.pipelinerun.signer": "kms",
            "artifacts.taskrun.signer": "kms",
            "artifacts.oci.signer": "kms",
        });
        expect(await valueOf(pulumi.output(data["signers.kms.kmsref"] ?? ""))).toBe(ref);
    });

    it.each([
        ["no version", `gcpkms://${KEY}`],
        ["no number", `gcpkms://${KEY}/cryptoKeyVersions/latest`],
        ["another service", "awskms:///arn:aws:kms:us-east-1:1:key/1"],
        ["white space", `${ref}\n`],
    ])("is refused: %s", (_what, given) => {
        expect(pinned(ref)).toBe(ref);
        expect(() => pinned(given)).toThrow("chains-config: signers.kms.kmsref is");
    });
});
