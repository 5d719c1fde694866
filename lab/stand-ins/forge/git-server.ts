import { spawn } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as path from "node:path";

/** git's own server side of smart HTTP: https://git-scm.com/docs/git-http-backend */
export const BACKEND = "/usr/lib/git-core/git-http-backend";

/** No environment holds a NUL byte, and nothing that a git client asks for any other control character. */
const CONTROL = /\p{Cc}/u;

/**
 * Serves the bare repositories below a folder by git's own http-backend, reading and writing: the lab's GitHub.
 *
 * Usage: git-server.ts ADDRESS PORT FOLDER
 */
function main([address = "", port = "", folder = ""]: string[]): void {
    gitServer(folder).listen(Number(port), address);
}

/** A server of the bare repositories below a folder that does not listen yet. No request ends it. */
export function gitServer(folder: string): Server {
    return createServer((request, response) => {
        const asked = requestVariables(request);
        if (asked === undefined) {
            response.writeHead(400).end("the request's path or headers cannot be read");
            return;
        }
        if (!mayEnter(request, folder, asked["PATH_INFO"] ?? "")) {
            response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
            return;
        }
        try {
            serve(request, response, { ...asked, GIT_PROJECT_ROOT: folder });
        } catch (error) {
            fail(response, error instanceof Error ? error.message : String(error));
        }
    });
}

/** The file in a repository that makes it a private one: `<name>:<password>`. */
export const CREDENTIAL_FILE = "credential";

/** Whether a request brings the credential of the private repository that it is for. Its path decides, not what git makes of it. */
function mayEnter({ headers }: IncomingMessage, folder: string, requested: string): boolean {
    const [repository = ""] = path.posix.normalize(requested).split("/").filter(Boolean);
    const file = path.join(folder, repository, CREDENTIAL_FILE);
    if (!existsSync(file)) {
        return true;
    }
    const wanted = Buffer.from(`Basic ${Buffer.from(readFileSync(file)).toString("base64")}`);
    const given = Buffer.from(headers.authorization ?? "");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** What a request says, as CGI has it; undefined when it is not well formed. */
function requestVariables({ url = "/", method = "GET", headers }: IncomingMessage): Record<string, string> | undefined {
    const asked = pathOf(url);
    if (asked === undefined) {
        return undefined;
    }
    const variables = {
        REQUEST_METHOD: method,
        PATH_INFO: asked.path,
        QUERY_STRING: asked.query,
        CONTENT_TYPE: headers["content-type"] ?? "",
        CONTENT_LENGTH: headers["content-length"] ?? "",
        HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
        GIT_PROTOCOL: [headers["git-protocol"] ?? ""].flat().join(":"),
    };
    return Object.values(variables).some((value) => CONTROL.test(value)) ? undefined : variables;
}

/** The path and query of a request; undefined when they are not well formed. */
function pathOf(target: string): { path: string; query: string } | undefined {
    try {
        const { pathname, search } = new URL(target, "http://git");
        return { path: decodeURIComponent(pathname), query: search.slice(1) };
    } catch {
        return undefined;
    }
}

/** One request as a CGI call: https://www.rfc-editor.org/rfc/rfc3875 */
function serve(request: IncomingMessage, response: ServerResponse, asked: Record<string, string>): void {
    const backend = spawn(BACKEND, [], {
        env: {
            PATH: process.env["PATH"] ?? "/usr/bin:/bin",
            HOME: "/nonexistent",
            GIT_HTTP_EXPORT_ALL: "1",
            // The lab's repositories belong to another user than the one that asks.
            GIT_CONFIG_COUNT: "1",
            GIT_CONFIG_KEY_0: "safe.directory",
            GIT_CONFIG_VALUE_0: "*",
            REMOTE_USER: "developer",
            ...asked,
        },
        stdio: ["pipe", "pipe", "inherit"],
    });
    backend.on("error", (error) => {
        fail(response, error.message);
    });
    // The client may go before everything was read.
    backend.stdin.on("error", () => backend.kill());
    request.pipe(backend.stdin);

    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        backend.stdout.off("data", onHead);
        const headers = head
            .subarray(0, end)
            .toString("latin1")
            .split("\r\n")
            .map(
                (line) =>
                    [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const,
            );
        const status = Number(headers.find(([name]) => name === "status")?.[1].slice(0, 3) ?? 200);
        response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== "status")));
        response.write(head.subarray(end + 4));
        backend.stdout.pipe(response);
    };
    backend.stdout.on("data", onHead);
    backend.stdout.on("end", () => {
        fail(response, "git said nothing");
    });
}

/** Says that the server could not do it, unless the answer has begun. */
function fail(response: ServerResponse, reason: string): void {
    if (!response.headersSent) {
        response.writeHead(500).end(reason);
    }
}

if (require.main === module) {
    main(process.argv.slice(2));
}
