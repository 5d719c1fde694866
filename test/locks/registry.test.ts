import type { IncomingMessage, ServerResponse } from "node:http";
import { resolveDigest } from "../../locks/registry";
import { digestOf, serve } from "./fixtures";

const DIGEST = digestOf("manifest");
const OPTIONS = { allowLoopbackHttp: true, timeoutMs: 2000 };

/** A registry of one tag that may want a token first; notes what it was asked. */
async function registry(change: {
    token?: string;
    challenge?: (host: string) => string;
    answer?: (response: ServerResponse) => void;
}) {
    const asked: string[] = [];
    const server = await serve((request: IncomingMessage, response: ServerResponse) => {
        asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
        const { url = "", headers } = request;
        if (url.startsWith("/token")) {
            response.setHeader("content-type", "application/json").end(JSON.stringify({ token: change.token }));
        } else if (change.challenge !== undefined && headers.authorization !== `Bearer ${String(change.token)}`) {
            response.writeHead(401, { "www-authenticate": change.challenge(headers.host ?? "") }).end();
        } else if (change.answer !== undefined) {
            change.answer(response);
        } else if (url === "/v2/images/crane/manifests/v1" && (headers.accept ?? "").includes("oci.image.index")) {
            response.writeHead(200, { "docker-content-digest": DIGEST }).end();
        } else {
            response.writeHead(404).end();
        }
    });
    return { ...server, asked };
}

async function asking(change: Parameters<typeof registry>[0], tag = "v1") {
    const server = await registry(change);
    try {
        return { digest: await resolveDigest(`${server.host}/images/crane`, tag, OPTIONS), asked: server.asked };
    } finally {
        await server.close();
    }
}

const bearer = (host: string) => `Bearer realm="http://${host}/token",service="the service"`;

describe("asking a registry for a digest", () => {
    test("takes the digest that the registry names for the tag", async () => {
        expect(await asking({})).toEqual({ digest: DIGEST, asked: ["HEAD /v2/images/crane/manifests/v1"] });
    });

    test("asks for an anonymous token where one is wanted, for pulling this repository only", async () => {
        const { digest, asked } = await asking({ token: "t0ken", challenge: bearer });
        expect(digest).toBe(DIGEST);
        expect(asked).toEqual([
            "HEAD /v2/images/crane/manifests/v1",
            "GET /token?service=the+service&scope=repository%3Aimages%2Fcrane%3Apull",
            "HEAD /v2/images/crane/manifests/v1",
        ]);
    });

    test("fails when the tag does not exist, after one request", async () => {
        await expect(asking({}, "v2")).rejects.toThrow("/v2/images/crane/manifests/v2 answers 404");
    });

    test("fails when no digest, or something else, is named", async () => {
        await expect(asking({ answer: (response) => response.end() })).rejects.toThrow("names no sha256 digest");
        const other = (response: ServerResponse) => response.setHeader("docker-content-digest", "sha512:12").end();
        await expect(asking({ answer: other })).rejects.toThrow("docker-content-digest: sha512:12");
    });

    test("does not ask a token server of another domain", async () => {
        const challenge = () => 'Bearer realm="https://token.example/token",service="s"';
        await expect(asking({ challenge })).rejects.toThrow("another domain, token.example; it is not asked");
    });

    test("fails when credentials are wanted or no token is given", async () => {
        await expect(asking({ challenge: () => 'Basic realm="x"' })).rejects.toThrow("wants credentials");
        await expect(asking({ challenge: bearer })).rejects.toThrow("gives no anonymous token");
    });

    test("follows no redirect", async () => {
        const elsewhere = (response: ServerResponse) =>
            response.writeHead(307, { location: "https://x.example/" }).end();
        await expect(asking({ answer: elsewhere })).rejects.toThrow(
            "redirects to https://x.example/, which is not followed",
        );
    });

    test("gives up on a registry that does not answer in time", async () => {
        const server = await serve(() => undefined);
        const asked = resolveDigest(`${server.host}/a/b`, "v1", { ...OPTIONS, timeoutMs: 100 });
        await expect(asked).rejects.toThrow("does not answer");
        await server.close();
    });

    test("never speaks plain http unless a test allows it for the loopback address", async () => {
        const server = await registry({});
        await expect(resolveDigest(`${server.host}/images/crane`, "v1", { timeoutMs: 500 })).rejects.toThrow(
            "https://",
        );
        expect(server.asked).toEqual([]);
        await server.close();
    });
});
