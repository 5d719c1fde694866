import { readFileSync } from "node:fs";
import { Agent, request as send } from "node:https";
import { parse } from "yaml";
import type { Json } from "../../../admission/cel";

/** Somebody whom the test's administrator impersonates. */
export interface User {
    readonly name: string;
    readonly groups?: string[];
}

/** A request to the API server, without who makes it. */
export interface Request {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: Json;
    /** Of a PATCH. Default: a merge patch. */
    readonly patch?: "merge" | "json" | "apply";
    /** Whether it is stored. Default: no. A dry run passes through all of admission. */
    readonly stored?: true;
}

export interface Answer {
    readonly code: number;
    /** What the API server says of a failure. */
    readonly message: string;
    readonly body: unknown;
}

const PATCH_TYPES = {
    merge: "application/merge-patch+json",
    json: "application/json-patch+json",
    apply: "application/apply-patch+yaml",
} as const;

interface Kubeconfig {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** A client of the API server with an administrator's token, which makes requests as anybody. */
export class Api {
    private readonly agent: Agent;
    private readonly token: string;

    constructor(
        private readonly server: string,
        kubeconfig: string,
    ) {
        const { clusters, users } = parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
        const ca = Buffer.from(clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64");
        this.agent = new Agent({ keepAlive: true, ca });
        this.token = users[0]?.user.token ?? "";
    }

    /** @param as - default: the administrator */
    async ask({ method, path, body, patch = "merge", stored }: Request, as?: User): Promise<Answer> {
        const url = new URL(path, this.server);
        if (stored !== true && method !== "GET") {
            url.searchParams.set("dryRun", "All");
        }
        if (method === "PATCH" && patch === "apply") {
            url.searchParams.set("fieldManager", as?.name ?? "admin");
            url.searchParams.set("force", "true");
        }
        // Options in a body take the place of those in the URL.
        const whole = method === "DELETE" && stored !== true ? { ...(body as object), dryRun: ["All"] } : body;
        const content = body === undefined ? "" : JSON.stringify(whole);
        const headers: Record<string, string | string[]> = {
            authorization: `Bearer ${this.token}`,
            "content-type": method === "PATCH" ? PATCH_TYPES[patch] : "application/json",
            // Of a DELETE Node.js says by itself neither that there is a body nor how long it is.
            "content-length": String(Buffer.byteLength(content)),
            ...(as === undefined ? {} : { "impersonate-user": as.name }),
            ...(as?.groups === undefined ? {} : { "impersonate-group": as.groups }),
        };
        return new Promise((resolve, reject) => {
            const sent = send(url, { method, agent: this.agent, headers }, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    const text = Buffer.concat(chunks).toString();
                    const answer = parsed(text);
                    const code = response.statusCode ?? 0;
                    resolve({ code, message: code < 300 ? "" : (answer?.message ?? text), body: answer });
                });
            });
            sent.on("error", reject);
            sent.end(content);
        });
    }

    /** As the administrator, to be stored. @throws Error when it is not */
    async store(request: Request): Promise<unknown> {
        const { code, message, body } = await this.ask({ ...request, stored: true });
        if (code >= 300) {
            throw new Error(`${request.method} ${request.path}: ${String(code)} ${message}`);
        }
        return body;
    }

    close(): void {
        this.agent.destroy();
    }
}

function parsed(text: string): { readonly message?: string } | undefined {
    try {
        return JSON.parse(text) as { message?: string };
    } catch {
        return undefined;
    }
}
