import { createHash } from "node:crypto";
import { nginxConfiguration } from "../../components/registry-configuration";
import { allowedWrites, dockerConfig, htpasswdLine } from "../../components/registry-identities";

/** `\z` is PCRE's: the very end. */
const mayWrite = (entries: readonly string[], write: string): boolean =>
    allowedWrites(entries).some((pattern) => new RegExp(pattern.replace(/\\z$/, "$")).test(write));

const DIGEST = "0123456789abcdef".repeat(4);

describe("who may write what", () => {
    // That nginx decides by these, and what else it refuses, test/e2e/registry.e2e.ts tries.
    it.each([
        ["POST /v2/crane/app/blobs/uploads/ push-crane", true],
        [`PUT /v2/a-1/app/manifests/sha256:${DIGEST} push-a-1`, true],
        ["PUT /v2/crane/app/manifests/latest promote-crane", true],
        [`PUT /v2/crane/app/manifests/sha256-${DIGEST}.att chains`, true],
        ["POST /v2/crane/app/blobs/uploads/ push-a-1", false],
        ["PUT /v2/crane/app/manifests/latest push-crane", false],
        ["PUT /v2/crane/app/manifests/latest promote-a-1", false],
        [`PUT /v2/crane/app/manifests/sha256:${DIGEST} chains`, false],
        ["DELETE /v2/crane/app/manifests/latest promote-crane", false],
    ])("%s: %s", (write, may) => {
        expect(mayWrite(["crane", "a-1"], write)).toBe(may);
    });

    it.each([
        "",
        "Crane",
        "a.b",
        "a/b",
        "-a",
        "a-",
        "a|b",
        'a"b',
        "a\n",
        "a b",
        "a;",
        "$a",
        "a}",
        "..",
        "a_b",
        "a".repeat(64),
    ])("refuses the entry %j, which would stand in nginx's configuration", (entry) => {
        expect(() => nginxConfiguration(["crane", entry])).toThrow("is no entry of the registry");
    });

    it("takes the longest DNS label", () => {
        expect(nginxConfiguration(["a".repeat(63)])).toContain("a".repeat(63));
    });

    it("refuses an entry given twice, and none at all", () => {
        expect(() => nginxConfiguration(["crane", "crane"])).toThrow('"crane" is twice an entry');
        expect(() => nginxConfiguration([])).toThrow("name at least one source repository");
    });
});

describe("what stands for a password", () => {
    it("is a salted SHA-1, another for each identity, the same in every run", () => {
        const line = htpasswdLine("chains", "a password", "salt");
        expect(htpasswdLine("chains", "a password", "salt")).toBe(line);
        const [, encoded = ""] = /^chains:\{SSHA\}(.*)\n$/.exec(line) ?? [];
        const bytes = Buffer.from(encoded, "base64");
        const salt = bytes.subarray(20);
        expect(salt.toString()).toBe("salt-chains");
        expect(bytes.subarray(0, 20)).toEqual(createHash("sha1").update("a password").update(salt).digest());
        expect(htpasswdLine("push-a", "a password", "salt")).not.toContain(encoded.slice(0, 27));
    });

    it("is given to its owner as Docker's configuration", () => {
        expect(JSON.parse(dockerConfig("registry.test:5000", "chains", "pass"))).toEqual({
            auths: { "registry.test:5000": { username: "chains", password: "pass", auth: "Y2hhaW5zOnBhc3M=" } },
        });
    });
});
