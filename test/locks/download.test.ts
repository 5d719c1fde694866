import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { loadRelease, objectsToDeploy } from "../../locks/content";
import { downloadRelease } from "../../locks/download";
import { readReleasesLock, writeReleasesLock, type Release } from "../../locks/release";
import {
    changed,
    lockedFile,
    lockedRelease,
    manifestOf,
    projectFolder,
    releasesLock,
    SCHEMA,
    serve,
    sha256Of,
    smallRelease,
    unresolvedRelease,
} from "./fixtures";

const OPTIONS = { allowLoopbackHttp: true, timeoutMs: 2000 };
const TEXT = manifestOf(smallRelease());

async function download(
    release: Release,
    answer: string | ((response: ServerResponse) => void),
    folder = projectFolder(),
) {
    let requests = 0;
    const server = await serve((_, response) => {
        requests += 1;
        if (typeof answer === "string") {
            response.end(answer);
        } else {
            answer(response);
        }
    });
    try {
        const url = `http://${server.host}/release.yaml`;
        const result = await downloadRelease(folder, "tekton-chains", { ...release, url }, "2026-11-23", OPTIONS);
        return { result, folder, requests, again: readdirSync(join(folder, ".releases")) };
    } finally {
        await server.close();
    }
}

describe("downloading a release", () => {
    test("keeps the file when its hash and size are the lock's and it holds", async () => {
        const { result, folder } = await download(lockedRelease(), TEXT);
        expect(result).toEqual({ state: "fetched" });
        expect(objectsToDeploy(loadRelease(releasesLock(), "tekton-chains", { folder }))).toHaveLength(
            smallRelease().length,
        );
    });

    test("asks for nothing when the file is here", async () => {
        const folder = projectFolder({}, { ".releases/tekton-chains-v1.0.0.yaml": TEXT });
        const { result, requests } = await download(lockedRelease(), TEXT, folder);
        expect([result.state, requests]).toEqual(["already here", 0]);
    });

    test("replaces a file that is not the lock's", async () => {
        const folder = projectFolder({}, { ".releases/tekton-chains-v1.0.0.yaml": "half of" });
        expect((await download(lockedRelease(), TEXT, folder)).result.state).toBe("fetched");
        expect(readFileSync(join(folder, ".releases/tekton-chains-v1.0.0.yaml"), "utf8")).toBe(TEXT);
    });

    test("keeps nothing when the hash is another", async () => {
        const { result, again } = await download(lockedRelease(), `${TEXT}# one byte more`);
        expect(result.state === "refused" && result.reason).toContain("its sha256 is");
        expect(again).toEqual([]);
    });

    test("keeps nothing when the hash is another and the size the same, or the other way round", async () => {
        const [one, other] = [`${TEXT}# 1`, `${TEXT}# 2`];
        const release = { ...lockedRelease(), sha256: sha256Of(one), size: Buffer.byteLength(one) };
        expect((await download(release, one)).result.state).toBe("fetched");
        expect((await download(release, other)).result.state).toBe("refused");
        expect((await download({ ...release, size: release.size + 1 }, one)).result.state).toBe("refused");
    });

    test("keeps nothing when the hash is the lock's but an object is not", async () => {
        const widened = changed(smallRelease(), "ClusterRole", (object) => (object["rules"] = [{ verbs: ["*"] }]));
        const text = manifestOf(widened);
        const release = { ...lockedRelease(), sha256: sha256Of(text), size: Buffer.byteLength(text) };
        const { result, again } = await download(release, text);
        expect(result).toMatchObject({ state: "refused", differences: [{ what: "changed", path: "rules" }] });
        expect(again).toEqual([]);
    });

    test("makes an unresolved hash known only after the file held, and every image digest with it", async () => {
        const { result, folder } = await download(unresolvedRelease(), TEXT);
        if (result.state !== "resolved" || result.release.kind !== "manifest") {
            throw new Error(`the download ended as ${result.state}`);
        }
        expect(result.release).toMatchObject({ sha256: sha256Of(TEXT), size: Buffer.byteLength(TEXT) });
        expect(result.release.hashKnownFrom).toContain("2026-11-23");
        expect(result.release.inventory).toEqual(lockedRelease().inventory);

        const release = { ...result.release, url: lockedRelease().url };
        writeReleasesLock(folder, releasesLock({ "tekton-chains": release }));
        expect(loadRelease(readReleasesLock(folder), "tekton-chains", { folder }).state).toBe("fetched");
    });

    test("makes no hash known of a file that does not hold", async () => {
        const { result, again } = await download(unresolvedRelease(), manifestOf(smallRelease().slice(1)));
        expect(result).toMatchObject({
            state: "refused",
            differences: [{ what: "missing", object: "Namespace release" }],
        });
        expect(again).toEqual([]);
    });

    test("of a plain file goes by its hash; without one nothing is kept", async () => {
        expect((await download(lockedFile(), SCHEMA)).result.state).toBe("fetched");
        const open = { ...lockedFile(), sha256: "unresolved", size: "unresolved" } as const;
        expect((await download(open, SCHEMA)).result).toMatchObject({ state: "refused" });
    });

    test("fails without a trace when the server says no, sends too much or breaks off", async () => {
        const folder = projectFolder();
        const no = (response: ServerResponse) => response.writeHead(404).end();
        await expect(download(lockedRelease(), no, folder)).rejects.toThrow("answers 404");
        const endless = (response: ServerResponse) => {
            const more = () => {
                while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
            };
            response.on("drain", more);
            more();
        };
        await expect(download(lockedRelease(), endless, folder)).rejects.toThrow("more than the 16777216 bytes");
        const half = (response: ServerResponse) => {
            response.writeHead(200, { "content-length": "1000" });
            response.write("half of", () => response.destroy());
        };
        await expect(download(lockedRelease(), half, folder)).rejects.toThrow("broke off");
        expect(readdirSync(join(folder, ".releases"))).toEqual([]);
    });

    test("follows a redirect, but only to a place that may be asked", async () => {
        const away = (response: ServerResponse) =>
            response.writeHead(302, { location: "http://elsewhere.example/" }).end();
        await expect(download(lockedRelease(), away)).rejects.toThrow("only https addresses are");
        const loop = (response: ServerResponse) => response.writeHead(302, { location: "/again" }).end();
        await expect(download(lockedRelease(), loop)).rejects.toThrow("not followed");
        let first = true;
        const { result, folder } = await download(lockedRelease(), (response) => {
            if (first) {
                first = false;
                response.writeHead(302, { location: "/there" }).end();
            } else {
                response.end(TEXT);
            }
        });
        expect(result.state).toBe("fetched");
        expect(existsSync(join(folder, ".releases/tekton-chains-v1.0.0.yaml"))).toBe(true);
    });
});
