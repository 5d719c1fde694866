import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { DiffResponse } from "@pulumi/pulumi/proto/provider_pb";
import { tls } from "../../lab/stand-ins/tls/tls";
import { revealMap, Secret, Unknown, unknownSentinels } from "../../lab/stand-ins/property";
import type { PropertyMap } from "../../lab/stand-ins/property";
import { call, connect, nothing } from "./provider-client";
import type { ProviderClient } from "./provider-client";

const types = {
    key: "tls:index/privateKey:PrivateKey",
    selfSigned: "tls:index/selfSignedCert:SelfSignedCert",
    request: "tls:index/certRequest:CertRequest",
    locallySigned: "tls:index/locallySignedCert:LocallySignedCert",
};

let client: ProviderClient;

beforeAll(async () => {
    client = await connect(tls());
});

afterAll(() => {
    client.stop();
});

/** Checks and creates, as the engine does, and opens the outputs. */
async function create(type: string, news: PropertyMap) {
    const { inputs, failures } = await client.check(type, news);
    expect(failures).toEqual([]);
    const { id, outputs } = await client.create(type, inputs);
    return { id, outputs, open: revealMap(outputs) as Record<string, string> };
}

async function authority() {
    const key = await create(types.key, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const certificate = await create(types.selfSigned, {
        privateKeyPem: key.open["privateKeyPem"] ?? "",
        subject: { commonName: "Authority", organization: "Test" },
        allowedUses: ["cert_signing"],
        isCaCertificate: true,
        validityPeriodHours: 48,
    });
    return { key, certificate };
}

describe("the tls stand-in", () => {
    test("says that it is the version that the npm package asks for", async () => {
        const info = await call<PluginInfo>((done) => client.raw.getPluginInfo(nothing, done));
        const manifest = jest.requireActual<{ version: string }>("@pulumi/tls/package.json");
        expect(info.getVersion()).toBe(manifest.version);
    });

    test.each([
        ["ECDSA", { ecdsaCurve: "P256" }, "EC PRIVATE KEY", "ecdsa-sha2-nistp256 "],
        ["ECDSA", { ecdsaCurve: "P384" }, "EC PRIVATE KEY", "ecdsa-sha2-nistp384 "],
        ["ECDSA", { ecdsaCurve: "P224" }, "EC PRIVATE KEY", ""],
        ["RSA", { rsaBits: 2048 }, "RSA PRIVATE KEY", "ssh-rsa "],
        ["ED25519", {}, "PRIVATE KEY", "ssh-ed25519 "],
    ])("makes a key pair %s %j whose forms are one key", async (algorithm, settings, label, openssh) => {
        const { id, open } = await create(types.key, { algorithm, ...settings });
        expect(open["privateKeyPem"]).toContain(`-----BEGIN ${label}-----`);
        expect(open["privateKeyPemPkcs8"]).toContain("-----BEGIN PRIVATE KEY-----");
        const spki = { type: "spki", format: "pem" } as const;
        for (const form of ["privateKeyPem", "privateKeyPemPkcs8"]) {
            expect(createPublicKey(createPrivateKey(open[form] ?? "")).export(spki)).toBe(open["publicKeyPem"]);
        }
        const der = createPublicKey(open["publicKeyPem"] ?? "").export({ type: "spki", format: "der" });
        expect(id).toBe(createHash("sha1").update(der).digest("hex"));
        expect((open["publicKeyOpenssh"] ?? "").startsWith(openssh)).toBe(true);
    });

    test("computes OpenSSH's own fingerprints of a public key", async () => {
        const { open } = await create(types.key, { algorithm: "ED25519" });
        const blob = Buffer.from((open["publicKeyOpenssh"] ?? "").split(" ")[1] ?? "", "base64");
        const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
        expect(open["publicKeyFingerprintSha256"]).toBe(`SHA256:${sha256}`);
        expect((open["publicKeyFingerprintMd5"] ?? "").replaceAll(":", "")).toBe(
            createHash("md5").update(blob).digest("hex"),
        );
    });

    test("gives private keys out as secrets and public ones in the open", async () => {
        const { key, certificate } = await authority();
        expect(key.outputs["privateKeyPem"]).toBeInstanceOf(Secret);
        expect(key.outputs["privateKeyPemPkcs8"]).toBeInstanceOf(Secret);
        expect(typeof key.outputs["publicKeyPem"]).toBe("string");
        expect(certificate.outputs["privateKeyPem"]).toBeInstanceOf(Secret);
        expect(typeof certificate.outputs["certPem"]).toBe("string");
    });

    test("signs a server's certificate that its authority verifies, for the names in the request only", async () => {
        const { key, certificate } = await authority();
        const server = await create(types.key, { algorithm: "RSA", rsaBits: 2048 });
        const request = await create(types.request, {
            privateKeyPem: server.open["privateKeyPem"] ?? "",
            subject: { commonName: "registry" },
            dnsNames: ["registry.example"],
            ipAddresses: ["10.96.0.10"],
        });
        const signed = await create(types.locallySigned, {
            caCertPem: certificate.open["certPem"] ?? "",
            caPrivateKeyPem: key.open["privateKeyPem"] ?? "",
            certRequestPem: request.open["certRequestPem"] ?? "",
            allowedUses: ["server_auth", "digital_signature"],
            validityPeriodHours: 24,
        });
        const ca = new X509Certificate(certificate.open["certPem"] ?? "");
        const leaf = new X509Certificate(signed.open["certPem"] ?? "");
        expect(ca.ca).toBe(true);
        expect(leaf.ca).toBe(false);
        expect(leaf.checkIssued(ca)).toBe(true);
        expect(leaf.verify(ca.publicKey)).toBe(true);
        expect(leaf.publicKey.export({ type: "spki", format: "pem" })).toBe(server.open["publicKeyPem"]);
        expect(leaf.checkIP("10.96.0.10")).toBe("10.96.0.10");
        expect(leaf.checkIP("10.96.0.11")).toBeUndefined();
        expect(leaf.checkHost("registry.example")).toBe("registry.example");
        expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
        expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(24 * 3_600_000);
        expect(signed.id).toBe(BigInt(`0x${leaf.serialNumber}`).toString());
    });

    test("signs nothing with a key that is not the authority's", async () => {
        const { certificate } = await authority();
        const other = await create(types.key, { algorithm: "ECDSA", ecdsaCurve: "P256" });
        const request = await create(types.request, { privateKeyPem: other.open["privateKeyPem"] ?? "" });
        const { inputs } = await client.check(types.locallySigned, {
            caCertPem: certificate.open["certPem"] ?? "",
            caPrivateKeyPem: other.open["privateKeyPem"] ?? "",
            certRequestPem: request.open["certRequestPem"] ?? "",
            allowedUses: ["server_auth"],
            validityPeriodHours: 24,
        });
        await expect(client.create(types.locallySigned, inputs)).rejects.toThrow(
            "not the private key of the certificate",
        );
    });

    test.each([
        [types.key, { algorithm: "DSA" }, "algorithm"],
        [types.key, { algorithm: "ECDSA", ecdsaCurve: "P255" }, "ecdsaCurve"],
        [types.key, { algorithm: "RSA", size: 1 }, "size"],
        [types.key, {}, "algorithm"],
        [types.selfSigned, { privateKeyPem: "x", allowedUses: ["serverAuth"], validityPeriodHours: 1 }, "allowedUses"],
    ])("refuses %s with %j and names %s", async (type, news, property) => {
        const { failures } = await client.check(type, news);
        expect(failures).toHaveLength(1);
        expect(failures[0]).toMatch(new RegExp(`^${property}: `));
    });

    test("makes a key anew when its kind changes, and not when nothing does", async () => {
        const news = { algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 2048 };
        const same = await client.diff(types.key, {}, news, news);
        const changed = await client.diff(types.key, {}, news, { ...news, ecdsaCurve: "P384" });
        expect(same.changes).toBe(DiffResponse.DiffChanges.DIFF_NONE);
        expect(changed.replaces).toEqual(["ecdsaCurve"]);
    });

    test("makes a certificate anew from the hour on at which it is to be renewed", async () => {
        const news = { privateKeyPem: "x", allowedUses: [], validityPeriodHours: 10, earlyRenewalHours: 2 };
        const endsIn = (hours: number): PropertyMap => ({
            validityEndTime: new Date(Date.now() + hours * 3_600_000).toISOString(),
        });
        expect((await client.diff(types.selfSigned, endsIn(3), news, news)).replaces).toEqual([]);
        expect((await client.diff(types.selfSigned, endsIn(1), news, news)).replaces).toEqual(["readyForRenewal"]);
    });

    test("changes the hour of renewal in place", async () => {
        const olds = { validityEndTime: new Date(Date.now() + 9e7).toISOString() };
        const news = { privateKeyPem: "x", allowedUses: [], validityPeriodHours: 25, earlyRenewalHours: 2 };
        const diff = await client.diff(types.selfSigned, olds, news, { ...news, earlyRenewalHours: 3 });
        expect(diff.paths).toEqual(["earlyRenewalHours"]);
        expect(diff.replaces).toEqual([]);
    });

    test("has no key yet in a preview, and says which outputs are to come", async () => {
        const { inputs } = await client.check(types.key, { algorithm: "ED25519" });
        const { id, outputs } = await client.create(types.key, inputs, true);
        expect(id).toBe("");
        expect(outputs["publicKeyPem"]).toEqual(new Unknown(unknownSentinels.string));
        expect(outputs["privateKeyPem"]).toEqual(new Secret(new Unknown(unknownSentinels.string)));
    });

    test("finds on a refresh what the state has, and imports nothing", async () => {
        const found = await client.read(types.key, "id", { publicKeyPem: "kept" }, {});
        expect(found.getProperties()?.toJavaScript()).toEqual({ publicKeyPem: "kept" });
        await expect(client.read(types.key, "id", {}, {})).rejects.toThrow("cannot be imported");
    });

    test("serves no kind that it does not have", async () => {
        await expect(client.check("tls:index/other:Other", {})).rejects.toThrow("has no tls:index/other:Other");
    });
});
