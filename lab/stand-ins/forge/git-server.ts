import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** git's own server side of smart HTTP: https://git-scm.com/docs/git-http-backend */
const BACKEND = "/usr/lib/git-core/git-http-backend";

/**
 * Serves the bare repositories below a folder by git's own http-backend, reading and writing: the lab's GitHub.
 *
 * Usage: git-server.ts ADDRESS PORT FOLDER
 */
function main([address = "", port = "", folder = ""]: string[]): void {
    createServer((request, response) => {
        serve(request, response, folder);
    }).listen(Number(port), address);
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
function serve(request: IncomingMessage, response: ServerResponse, folder: string): void {
    const asked = pathOf(request.url ?? "/");
    if (asked === undefined) {
        response.writeHead(400).end("the request's path cannot be read");
        return;
    }
    const backend = spawn(BACKEND, [], {
        env: {
            PATH: process.env["PATH"] ?? "/usr/bin:/bin",
            HOME: "/nonexistent",
            GIT_PROJECT_ROOT: folder,
            GIT_HTTP_EXPORT_ALL: "1",
            // The lab's repositories belong to another user than the one that asks.
            GIT_CONFIG_COUNT: "1",
            GIT_CONFIG_KEY_0: "safe.directory",
            GIT_CONFIG_VALUE_0: "*",
            REMOTE_USER: "developer",
            REQUEST_METHOD: request.method ?? "GET",
            PATH_INFO: asked.path,
            QUERY_STRING: asked.query,
            CONTENT_TYPE: request.headers["content-type"] ?? "",
            CONTENT_LENGTH: request.headers["content-length"] ?? "",
            HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
            GIT_PROTOCOL: [request.headers["git-protocol"] ?? ""].flat().join(":"),
        },
        stdio: ["pipe", "pipe", "inherit"],
    });
    backend.on("error", (error) => {
        response.writeHead(500).end(error.message);
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
        if (!response.headersSent) {
            response.writeHead(500).end("git said nothing");
        }
    });
}

main(process.argv.slice(2));
