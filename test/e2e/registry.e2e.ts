import { eventually } from "./lab-kubectl";
import { authorization, send, type Answer, type Sent } from "./registry/client";
import { digestOf, MANIFEST_TYPE, newImage, writeLayout, type Image } from "./registry/image";
import { startRegistry, type RunningRegistry } from "./registry/registry";

const IDENTITIES = ["push-crane", "promote-crane", "push-ko", "promote-ko", "chains"] as const;
type Identity = (typeof IDENTITIES)[number];
/** Of an entry whose name begins as another's. */
const NEIGHBOURS = ["push-ko-2", "promote-ko-2"] as const;

let registry: RunningRegistry;
/** Pushed to crane/app and to ko/app before anything else. */
const image = newImage();

beforeAll(async () => {
    registry = await startRegistry(["crane", "ko", "ko-2"], [...IDENTITIES, ...NEIGHBOURS]);
    await push("crane", image);
    await push("ko", image);
});

afterAll(async () => {
    await registry.stop();
});

async function push(entry: string, pushed: Image, to = "app"): Promise<void> {
    const reference = `${registry.address}/${entry}/${to}@${pushed.digest}`;
    await registry.run("crane", `push-${entry}`, ["push", writeLayout(registry, pushed), reference]);
}

const as = (identity: string, sent: Sent, password = registry.passwords[identity] ?? ""): Promise<Answer> =>
    send(registry, { ...sent, headers: [authorization(identity, password), ...(sent.headers ?? [])] });

const manifest = (target: string, body = image.manifest): Sent => ({
    method: "PUT",
    target,
    headers: [`Content-Type: ${MANIFEST_TYPE}`],
    body,
});

/** Starts an upload as whoever may. @returns the URL of its session, as distribution gives it out */
async function session(entry: string): Promise<string> {
    const { headers } = await as(`push-${entry}`, { method: "POST", target: `/v2/${entry}/app/blobs/uploads/` });
    return headers["location"] ?? "";
}

/** distribution shows a manifest only to whom says that OCI's are welcome. */
const read = (target: string, method = "GET"): Sent => ({ method, target, headers: [`Accept: ${MANIFEST_TYPE}`] });

const status = async (target: string): Promise<number> => (await send(registry, read(target))).status;

const HEX = "0123456789abcdef".repeat(4);
const CONTENT = "a blob";
const LONGEST_TAG = "t".repeat(128);

/** What is sent -> who may, and what the registry then answers. */
const REQUESTS: Readonly<
    Record<string, readonly [may: readonly Identity[], status: number, sent: () => Promise<Sent> | Sent]>
> = {
    "starts an upload": [
        ["push-crane", "chains"],
        202,
        () => ({ method: "POST", target: "/v2/crane/app/blobs/uploads/" }),
    ],
    "starts an upload two folders deep": [
        ["push-crane", "chains"],
        202,
        () => ({ method: "POST", target: "/v2/crane/cmd/a.b_c__d-e/blobs/uploads/" }),
    ],
    "starts an upload of the other entry": [
        ["push-ko", "chains"],
        202,
        () => ({ method: "POST", target: "/v2/ko/app/blobs/uploads/" }),
    ],
    "sends a part of a blob": [
        ["push-crane", "chains"],
        202,
        async () => ({ method: "PATCH", target: await session("crane"), body: CONTENT }),
    ],
    "sends a part of a blob in chunks": [
        ["push-crane", "chains"],
        202,
        async () => ({
            method: "PATCH",
            target: await session("crane"),
            headers: ["Transfer-Encoding: chunked"],
            body: CONTENT,
        }),
    ],
    "ends an upload": [
        ["push-crane", "chains"],
        201,
        async () => ({
            method: "PUT",
            target: `${await session("crane")}&digest=${digestOf(CONTENT)}`,
            body: CONTENT,
        }),
    ],
    "writes a manifest by digest": [["push-crane"], 201, () => manifest(`/v2/crane/app/manifests/${image.digest}`)],
    "writes a manifest by digest to the other entry": [
        ["push-ko"],
        201,
        () => manifest(`/v2/ko/app/manifests/${image.digest}`),
    ],
    "puts a tag": [["promote-crane"], 201, () => manifest("/v2/crane/app/manifests/v1.0_x-Y")],
    "puts the longest tag": [["promote-crane"], 201, () => manifest(`/v2/crane/app/manifests/${LONGEST_TAG}`)],
    "puts a tag of the other entry": [["promote-ko"], 201, () => manifest("/v2/ko/app/manifests/v1")],
    "puts a signature": [["chains"], 201, () => manifest(`/v2/crane/app/manifests/sha256-${HEX}.sig`)],
    "puts an attestation": [["chains"], 201, () => manifest(`/v2/ko/app/manifests/sha256-${HEX}.att`)],
    // What follows is for nobody.
    "puts an SBOM": [[], 403, () => manifest(`/v2/crane/app/manifests/sha256-${HEX}.sbom`)],
    "puts a tag that referrers are looked for under": [
        [],
        403,
        () => manifest(`/v2/crane/app/manifests/sha256-${HEX}`),
    ],
    "puts one for sha512": [[], 403, () => manifest(`/v2/crane/app/manifests/sha512-${HEX}`)],
    "puts a signature of less than a digest": [[], 403, () => manifest("/v2/crane/app/manifests/sha256-abc.sig")],
    "puts a signature with more after it": [[], 403, () => manifest(`/v2/crane/app/manifests/sha256-${HEX}.sig2`)],
    "writes a manifest by a short digest": [[], 403, () => manifest("/v2/crane/app/manifests/sha256:abc")],
    "writes a manifest by sha512": [[], 403, () => manifest(`/v2/crane/app/manifests/sha512:${HEX}${HEX}`)],
    "writes to the entry itself": [[], 403, () => manifest(`/v2/crane/manifests/${image.digest}`)],
    "tags the entry itself": [[], 403, () => manifest("/v2/crane/manifests/v1")],
    "starts an upload in no entry": [[], 403, () => ({ method: "POST", target: "/v2/other/app/blobs/uploads/" })],
    "starts an upload beside an entry": [[], 403, () => ({ method: "POST", target: "/v2/crane2/app/blobs/uploads/" })],
    "mounts a blob from the other entry": [
        [],
        403,
        () => ({
            method: "POST",
            target: `/v2/crane/app/blobs/uploads/?mount=${digestOf(image.blobs[0] ?? "")}&from=ko/app`,
        }),
    ],
    "starts an upload in a session": [[], 403, async () => ({ method: "POST", target: await session("crane") })],
    "ends an upload without its state": [
        [],
        403,
        async () => ({ method: "PUT", target: (await session("crane")).replace(/[?].*/, ""), body: CONTENT }),
    ],
    "deletes a manifest": [[], 403, () => ({ method: "DELETE", target: `/v2/crane/app/manifests/${image.digest}` })],
    "deletes a tag": [[], 403, () => ({ method: "DELETE", target: "/v2/crane/app/manifests/v1" })],
    "deletes a blob": [
        [],
        403,
        () => ({ method: "DELETE", target: `/v2/crane/app/blobs/${digestOf(image.blobs[0] ?? "")}` }),
    ],
    "ends a session": [[], 403, async () => ({ method: "DELETE", target: await session("crane") })],
    "posts a manifest": [[], 403, () => ({ ...manifest("/v2/crane/app/manifests/v1"), method: "POST" })],
    "asks for options": [[], 403, () => ({ method: "OPTIONS", target: "/v2/crane/app/manifests/v1" })],
    "sends an unknown method": [[], 403, () => ({ method: "PROPFIND", target: "/v2/crane/app/manifests/v1" })],
};

describe.each(Object.entries(REQUESTS))("who %s", (_what, [may, allowed, sent]) => {
    it.each(IDENTITIES)("%s", async (identity) => {
        expect((await as(identity, await sent())).status).toBe(may.includes(identity) ? allowed : 403);
    });

    it("nobody: is asked for a name", async () => {
        const { status: said, headers } = await send(registry, await sent());
        expect([said, headers["www-authenticate"]]).toEqual([401, 'Basic realm="image registry"']);
    });

    it("whoever may, with a wrong password", async () => {
        for (const identity of may) {
            expect((await as(identity, await sent(), "wrong")).status).toBe(401);
            expect((await as(identity, await sent(), "")).status).toBe(401);
        }
    });
});

/** Ways around the rights -> by whom, what is sent, and the answer. Success would leave the tag `evaded`. */
const EVASIONS: Readonly<
    Record<
        string,
        readonly [by: Identity | (typeof NEIGHBOURS)[number], status: number, sent: () => Promise<Sent> | Sent]
    >
> = {
    "an encoded slash": ["promote-crane", 403, () => manifest("/v2/crane%2f..%2fko/app/manifests/evaded")],
    "an encoded letter": ["promote-crane", 403, () => manifest("/v2/%6bo/app/manifests/evaded")],
    "an encoded letter in its own path": ["promote-crane", 403, () => manifest("/v2/crane/%61pp/manifests/evaded")],
    "encoded dots": ["promote-crane", 403, () => manifest("/v2/crane/%2e%2e/ko/app/manifests/evaded")],
    "an encoding encoded": ["promote-crane", 403, () => manifest("/v2/crane/%252e%252e/ko/app/manifests/evaded")],
    "dot segments": ["promote-crane", 403, () => manifest("/v2/crane/../ko/app/manifests/evaded")],
    "a dot segment to its own path": ["promote-crane", 403, () => manifest("/v2/ko/../crane/app/manifests/evaded")],
    "a single dot": ["promote-crane", 403, () => manifest("/v2/crane/./app/manifests/evaded")],
    "dot segments from outside": ["promote-crane", 403, () => manifest("/x/../v2/crane/app/manifests/evaded")],
    "a double slash": ["promote-crane", 403, () => manifest("/v2/crane//app/manifests/evaded")],
    "a double slash in front": ["promote-crane", 403, () => manifest("//v2/ko/app/manifests/evaded")],
    "a slash at the end": ["promote-crane", 403, () => manifest("/v2/crane/app/manifests/evaded/")],
    capitals: ["promote-crane", 403, () => manifest("/v2/CRANE/app/manifests/evaded")],
    "capitals of the prefix": ["promote-crane", 403, () => manifest("/V2/crane/app/manifests/evaded")],
    "a query": ["promote-crane", 403, () => manifest("/v2/crane/app/manifests/evaded?tag=other")],
    "a tag in the query of a digest": [
        "push-crane",
        403,
        () => manifest(`/v2/crane/app/manifests/${image.digest}?tag=evaded`),
    ],
    "its own path in a query": ["promote-crane", 403, () => manifest("/v2/ko/app/manifests/evaded?/v2/crane/app/")],
    "a fragment": ["promote-crane", 403, () => manifest("/v2/ko/app/manifests/evaded#/v2/crane/app/manifests/v1")],
    "a semicolon": ["promote-crane", 403, () => manifest("/v2/crane/app/manifests/evaded;x=y")],
    "a backslash": ["promote-crane", 403, () => manifest("/v2/crane\\..\\ko/app/manifests/evaded")],
    "a zero byte": ["promote-crane", 400, () => manifest("/v2/crane/app/manifests/evaded%00")],
    "a line break": ["promote-crane", 403, () => manifest("/v2/crane/app/manifests/evaded%0a")],
    "a letter that is not ASCII": ["promote-crane", 403, () => manifest("/v2/crane/app/manifests/evaded\u00e9")],
    "a space": ["promote-crane", 400, () => manifest("/v2/ko/app/manifests/evaded /v2/crane/app/manifests/v1")],
    "a tag too long": ["promote-crane", 403, () => manifest(`/v2/crane/app/manifests/${"t".repeat(129)}`)],
    "a path of 7000 letters": [
        "promote-crane",
        403,
        () => manifest(`/v2/crane/${"a/".repeat(3500)}app/manifests/evaded?`),
    ],
    "a target of 100000 letters": [
        "promote-crane",
        414,
        () => manifest(`/v2/crane/${"a".repeat(100_000)}/manifests/evaded`),
    ],
    "the absolute form": [
        "promote-crane",
        403,
        () => manifest(`https://${registry.address}/v2/ko/app/manifests/evaded`),
    ],
    "the absolute form with its own path for a host": [
        "promote-crane",
        403,
        () => manifest("https://crane/v2/ko/app/manifests/evaded"),
    ],
    "HTTP/1.0": ["promote-crane", 403, () => ({ ...manifest("/v2/ko/app/manifests/evaded"), version: "1.0" })],
    "a method that a header overrides": [
        "chains",
        404,
        () => ({
            ...manifest("/v2/ko/app/manifests/evaded"),
            method: "GET",
            headers: ["X-HTTP-Method-Override: PUT", "X-Method-Override: PUT", `Content-Type: ${MANIFEST_TYPE}`],
        }),
    ],
    "a URL that a header overrides": [
        "promote-crane",
        403,
        () => ({
            ...manifest("/v2/ko/app/manifests/evaded"),
            headers: [
                "X-Original-URL: /v2/crane/app/manifests/evaded",
                "X-Rewrite-URL: /v2/crane/app/manifests/evaded",
                `Content-Type: ${MANIFEST_TYPE}`,
            ],
        }),
    ],
    "a method in small letters": [
        "promote-crane",
        400,
        () => ({ ...manifest("/v2/ko/app/manifests/evaded"), method: "put" }),
    ],
    "a method that ends as another": [
        "promote-crane",
        403,
        () => ({ ...manifest("/v2/crane/app/manifests/evaded"), method: "XPUT" }),
    ],
    "a name that begins as another": ["promote-ko-2", 403, () => manifest("/v2/ko/app/manifests/evaded")],
    "a name that begins as another, to upload": [
        "push-ko-2",
        403,
        () => ({ method: "POST", target: "/v2/ko/app/blobs/uploads/" }),
    ],
    "a name that begins as another, in its path": ["promote-ko", 403, () => manifest("/v2/ko-2/app/manifests/evaded")],
    "a length and chunks": [
        "promote-crane",
        400,
        () => ({
            ...manifest("/v2/ko/app/manifests/evaded"),
            headers: ["Transfer-Encoding: chunked", "Content-Length: 5"],
        }),
    ],
    "the session of the other entry": [
        "push-crane",
        403,
        async () => ({ method: "PATCH", target: await session("ko"), body: CONTENT }),
    ],
    "the session of the other entry below its own path": [
        "push-crane",
        404,
        async () => ({ method: "PATCH", target: (await session("ko")).replace("/ko/", "/crane/"), body: CONTENT }),
    ],
};

describe("a way around", () => {
    it.each(Object.entries(EVASIONS))("%s", async (_what, [by, expected, sent]) => {
        expect((await as(by, await sent())).status).toBe(expected);
    });

    it("two names: the first counts, for the right and for the password", async () => {
        const { "promote-ko": password = "" } = registry.passwords;
        const sent = manifest("/v2/ko/app/manifests/evaded");
        const second = { ...sent, headers: [...(sent.headers ?? []), authorization("promote-ko", password)] };
        // nginx >= 1.23 refuses two names altogether.
        expect([400, 403]).toContain((await as("promote-crane", second)).status);
        expect([400, 401]).toContain((await as("promote-ko", second, "wrong")).status);
    });

    it.each([
        "promote-ko PUT /v2/ko/app/manifests/evaded promote-ko",
        "promote-ko ",
        "promote-ko\n",
        " promote-ko",
        "PROMOTE-KO",
        "promote-",
        "promote-kox",
        "promote-crane|promote-ko",
        " ",
    ])("the name %j", async (name) => {
        for (const password of Object.values(registry.passwords)) {
            expect((await as(name, manifest("/v2/ko/app/manifests/evaded"), password)).status).toBe(403);
        }
    });

    it("no name, with a password", async () => {
        for (const password of ["", ...Object.values(registry.passwords)]) {
            expect((await as("", manifest("/v2/ko/app/manifests/evaded"), password)).status).toBe(401);
        }
    });

    it.each([
        "Bearer abc",
        "Basic",
        "Basic !",
        "Digest username=promote-ko",
        `Basic ${Buffer.from("promote-ko").toString("base64")}`,
    ])("the credential %j", async (credential) => {
        const sent = manifest("/v2/ko/app/manifests/evaded");
        const headers = [`Authorization: ${credential}`, ...(sent.headers ?? [])];
        expect((await send(registry, { ...sent, headers })).status).toBe(401);
    });

    it("a mount in a form: an upload starts, and nothing is mounted", async () => {
        const only = newImage();
        await push("ko", only, "only");
        const blob = digestOf(only.blobs[1] ?? "");
        for (const type of ["application/x-www-form-urlencoded", "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8"]) {
            const { status: said } = await as("push-crane", {
                method: "POST",
                target: "/v2/crane/app/blobs/uploads/",
                headers: [`Content-Type: ${type}`],
                body: `mount=${blob}&from=ko/only`,
            });
            expect(said).toBe(202);
        }
        expect(await status(`/v2/ko/only/blobs/${blob}`)).toBe(200);
        expect(await status(`/v2/crane/app/blobs/${blob}`)).toBe(404);
    });

    it("has left nothing behind", async () => {
        const { body } = await send(registry, { method: "GET", target: "/v2/_catalog" });
        const { repositories } = JSON.parse(body) as { repositories: string[] };
        expect(repositories).toEqual(expect.arrayContaining(["crane/app", "ko/app"]) as unknown);
        for (const repository of repositories) {
            expect(repository).toMatch(/^(?:crane|ko)\//);
            expect(await status(`/v2/${repository}/manifests/evaded`)).toBe(404);
        }
        expect(await status(`/v2/crane/app/manifests/${"t".repeat(129)}`)).toBe(404);
    });
});

describe("reading", () => {
    it.each(["GET", "HEAD"])("%s needs no name, and a wrong password does not matter", async (method) => {
        const sent = read(`/v2/crane/app/manifests/${image.digest}`, method);
        expect((await send(registry, sent)).status).toBe(200);
        expect((await as("push-ko", sent)).status).toBe(200);
        expect((await as("push-ko", sent, "wrong")).status).toBe(200);
    });
});

describe("the programs that write", () => {
    const reference = (entry: string, { digest }: Image): string => `${registry.address}/${entry}/app@${digest}`;

    it("crane pushes by digest, and neither by tag nor elsewhere", async () => {
        const pushed = newImage();
        await push("crane", pushed);
        const layout = writeLayout(registry, pushed);
        await expect(
            registry.run("crane", "push-crane", ["push", layout, `${registry.address}/crane/app:evaded`]),
        ).rejects.toThrow("403");
        await expect(registry.run("crane", "push-crane", ["push", layout, reference("ko", pushed)])).rejects.toThrow(
            "403",
        );
        await expect(registry.run("crane", undefined, ["push", layout, reference("ko", pushed)])).rejects.toThrow(
            "401",
        );
        expect(await status(`/v2/ko/app/manifests/${pushed.digest}`)).toBe(404);
    });

    it("crane copies from another entry: it uploads what it may not mount", async () => {
        const copied = newImage();
        await push("ko", copied);
        await registry.run("crane", "push-crane", ["copy", reference("ko", copied), reference("crane", copied)]);
        expect(await status(`/v2/crane/app/manifests/${copied.digest}`)).toBe(200);
    });

    it("crane moves a tag, with the identity that may", async () => {
        const [first, second] = [newImage(), newImage()];
        for (const pushed of [first, second]) {
            await push("crane", pushed);
            await registry.run("crane", "promote-crane", ["tag", reference("crane", pushed), "latest"]);
            const { stdout } = await registry.run("crane", undefined, [
                "digest",
                `${registry.address}/crane/app:latest`,
            ]);
            expect(stdout.trim()).toBe(pushed.digest);
        }
        for (const other of ["push-crane", "promote-ko", "chains"]) {
            await expect(registry.run("crane", other, ["tag", reference("crane", first), "latest"])).rejects.toThrow(
                "403",
            );
        }
    });

    it("a tag is put on no image whose blobs are not there", async () => {
        const absent = newImage();
        const { status: said, body } = await as(
            "promote-crane",
            manifest("/v2/crane/app/manifests/absent", absent.manifest),
        );
        expect([said, body]).toEqual([400, expect.stringContaining("MANIFEST_BLOB_UNKNOWN") as unknown]);
    });

    it("cosign attaches signatures and attestations, with Chains' identity", async () => {
        const signed = newImage();
        await push("ko", signed);
        const payload = Buffer.from("{}").toString("base64");
        const envelope = { payloadType: "application/vnd.in-toto+json", payload, signatures: [{ sig: payload }] };
        const attestation = registry.file("attestation.json", JSON.stringify(envelope));
        const attach = (identity: string): Promise<unknown> =>
            registry.run("cosign", identity, [
                "attach",
                "attestation",
                "--attestation",
                attestation,
                reference("ko", signed),
            ]);
        for (const other of ["push-ko", "promote-ko"]) {
            await expect(attach(other)).rejects.toThrow("403");
        }
        // Twice: the second time it reads what is there and writes both.
        await attach("chains");
        await attach("chains");
        const tag = `/v2/ko/app/manifests/${signed.digest.replace(":", "-")}`;
        const { body } = await send(registry, read(`${tag}.att`));
        expect((JSON.parse(body) as { layers: unknown[] }).layers).toHaveLength(2);
        const command = ["attach", "signature", "--payload", attestation, "--signature", attestation];
        await registry.run("cosign", "chains", [...command, reference("ko", signed)]);
        expect(await status(`${tag}.sig`)).toBe(200);
    });

    it("are named in the log with what they wrote, and with what they were refused", async () => {
        const target = "/v2/crane/logged/manifests/v1";
        await as("promote-crane", manifest(target));
        await as("push-crane", manifest(target));
        await as("promote-crane", manifest(target), "wrong");
        await as("chains PUT /v2/crane/x 201", manifest(target));
        await send(registry, manifest(target));
        // nginx answers first, and then writes its line.
        const logged = (): string[] => registry.log().filter((line) => line.includes(target));
        await eventually(5, 5, () => Promise.resolve(logged().length));
        const lines = logged();
        expect(lines.map((line) => line.replace(/^\S+ /, ""))).toEqual([
            `identity=promote-crane PUT ${target} 400`,
            `identity=push-crane PUT ${target} 403`,
            `identity=promote-crane PUT ${target} 401`,
            `identity=- PUT ${target} 403`,
            `identity=- PUT ${target} 401`,
        ]);
    });
});
