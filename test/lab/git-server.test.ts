import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { BACKEND, gitServer } from "../../lab/stand-ins/forge/git-server";

let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "git-server-"));
    server = gitServer(folder);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
});

/** Sends a request as it stands, for clients mend what is wrong in it, and returns the first line of the answer. */
function answer(target: string, ...headers: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
        let said = "";
        const socket = connect(port, "127.0.0.1", () => {
            socket.write([`GET ${target} HTTP/1.1`, "Host: git", "Connection: close", ...headers, "", ""].join("\r\n"));
        });
        socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
        socket.on("error", reject);
        socket.on("close", () => {
            resolve(said.split("\r\n")[0] ?? "");
        });
    });
}

describe("the git server", () => {
    test.each([
        ["a NUL byte in the path", "/a%00b/info/refs", []],
        ["a line break in the path", "/a%0ab/info/refs", []],
        ["a path that is no encoding", "/%zz/info/refs", []],
        ["a target that is no URL", "//:0:0/", []],
        ["a control character in Git-Protocol", "/a/info/refs", ["Git-Protocol: version=2\tx"]],
        ["a control character in Content-Type", "/a/info/refs", ["Content-Type: a\tb"]],
        ["a NUL byte in a header", "/a/info/refs", ["Content-Encoding: a\0b"]],
    ])("refuses %s, and goes on", async (_what, target, headers) => {
        expect(await answer(target, ...headers)).toBe("HTTP/1.1 400 Bad Request");
        expect(await answer("/%00")).toBe("HTTP/1.1 400 Bad Request");
    });
});

// `npm test` needs nothing but npm: without git there is nothing to serve by.
if (existsSync(BACKEND)) {
    describe("git by the git server", () => {
        const git = async (...args: string[]): Promise<string> => {
            const { stdout } = await promisify(execFile)("git", args, {
                cwd: folder,
                // Nothing of the caller's: neither its settings nor a proxy.
                env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" },
            });
            return stdout.trim();
        };

        beforeAll(async () => {
            await git("init", "--quiet", "--bare", "--initial-branch=main", "app.git");
            await git("-C", "app.git", "config", "http.receivepack", "true");
        });

        test("pushes and clones", async () => {
            const url = `http://127.0.0.1:${String(port)}/app.git`;
            await git("clone", "--quiet", url, "one");
            writeFileSync(path.join(folder, "one", "file"), "content\n".repeat(100_000));
            await git("-C", "one", "add", "file");
            const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            await git("-C", "one", ...author, "commit", "--quiet", "--message", "first");
            await git("-C", "one", "push", "--quiet", "origin", "HEAD:main");
            const commit = await git("-C", "one", "rev-parse", "HEAD");
            expect(await git("-C", "app.git", "rev-parse", "main")).toBe(commit);
            await git("clone", "--quiet", url, "two");
            expect(await git("-C", "two", "rev-parse", "HEAD")).toBe(commit);
            expect(readFileSync(path.join(folder, "two", "file"))).toHaveLength(800_000);
        });

        test("asks whoever comes to a private repository for its credential", async () => {
            await git("init", "--quiet", "--bare", "--initial-branch=main", "private.git");
            writeFileSync(path.join(folder, "private.git", "credential"), "robot:word");
            const page = (repository: string): string => `/${repository}/info/refs?service=git-upload-pack`;
            for (const repository of [
                "private.git",
                "./private.git",
                "app.git/../private.git",
                "private.git/",
                "%70rivate.git",
            ]) {
                expect([repository, await answer(page(repository))]).toEqual([repository, "HTTP/1.1 401 Unauthorized"]);
            }
            const basic = (credential: string): string =>
                `Authorization: Basic ${Buffer.from(credential).toString("base64")}`;
            expect(await answer(page("private.git"), basic("robot:other"))).toBe("HTTP/1.1 401 Unauthorized");
            expect(await answer(page("private.git"), basic("robot:word"))).toBe("HTTP/1.1 200 OK");
            expect(await answer("/private.git/credential", basic("robot:word"))).toBe("HTTP/1.1 404 Not Found");
        });

        test("finds no repository that is not below the folder", async () => {
            expect(await answer("/none.git/info/refs?service=git-upload-pack")).toBe("HTTP/1.1 404 Not Found");
            const outside = `/..%2f${path.basename(folder)}/app.git/info/refs?service=git-upload-pack`;
            expect(await answer(outside)).toMatch(/^HTTP\/1\.1 (?:404|500) /);
        });
    });
}
