import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { isJsonMap, text } from "../property";
import type { Json, JsonMap } from "../property";
import type { Connection } from "./kubeconfig";

/** The API server's own refusal. Its message is the server's, untouched. */
export class ApiError extends Error {
    constructor(
        /** The HTTP status. */
        readonly code: number,
        message: string,
        /** `reason` of the server's Status object, such as `AlreadyExists`; empty when it sent none. */
        readonly reason: string,
        /** What is wrong with which field. */
        readonly causes: readonly { readonly field: string; readonly message: string }[],
        /** The kind of the object that the refusal is about, such as `namespaces`. */
        readonly kind: string,
    ) {
        super(message);
    }
}

/** No answer at all. */
export class UnreachableError extends Error {}

/** Where a kind of object is served. */
export interface Resource {
    readonly plural: string;
    readonly namespaced: boolean;
}

/** A request's time limit: an admission webhook may take 30 s at most. */
const timeoutMilliseconds = 35_000;

/** A client of one API server; it keeps its connections open. */
export class ApiServer {
    private readonly agent: Agent;
    private readonly discovered = new Map<string, Promise<Map<string, Resource>>>();

    constructor(private readonly connection: Connection) {
        this.agent = new Agent({ keepAlive: true, maxSockets: 32 });
    }

    /** The namespace of objects that name none. */
    get defaultNamespace(): string {
        return this.connection.namespace;
    }

    /**
     * Asks the server where it serves a kind. A group version that was not there before is asked for again, since a
     * custom resource definition may have come in between.
     * @returns undefined when the server does not know the kind
     */
    async resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
        const known = (await this.discovered.get(apiVersion)?.catch(() => undefined))?.get(kind);
        if (known !== undefined) {
            return known;
        }
        const asked = this.discover(apiVersion);
        this.discovered.set(apiVersion, asked);
        return (await asked).get(kind);
    }

    /**
     * @param query parameters of the request; those that are undefined are left out
     * @throws ApiError when the server refuses, UnreachableError when there is no answer
     */
    async send(
        method: string,
        path: string,
        query: Readonly<Record<string, string | undefined>> = {},
        body?: { readonly type: string; readonly content: Json },
    ): Promise<JsonMap> {
        const url = new URL(this.connection.server);
        url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
        for (const [name, value] of Object.entries(query)) {
            if (value !== undefined) {
                url.searchParams.set(name, value);
            }
        }
        const { code, content } = await this.exchange(method, url, body);
        const answer = parseObject(content);
        if (code >= 400) {
            throw refusal(code, answer, content);
        }
        return answer;
    }

    private async discover(apiVersion: string): Promise<Map<string, Resource>> {
        try {
            const { resources } = await this.send("GET", groupPath(apiVersion));
            const entries = (Array.isArray(resources) ? resources : []).filter(isJsonMap);
            return new Map(
                entries
                    // A subresource such as deployments/status has the kind of the resource itself.
                    .filter(({ name }) => typeof name === "string" && !name.includes("/"))
                    .map(({ kind, name, namespaced }) => [
                        text(kind),
                        { plural: text(name), namespaced: namespaced === true },
                    ]),
            );
        } catch (error) {
            if (error instanceof ApiError && error.code === 404) {
                return new Map();
            }
            throw error;
        }
    }

    private exchange(
        method: string,
        url: URL,
        body: { readonly type: string; readonly content: Json } | undefined,
    ): Promise<{ code: number; content: string }> {
        const { ca, cert, key, token, insecure, origin } = this.connection;
        const secure = url.protocol === "https:";
        const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body.content));
        return new Promise((resolve, reject) => {
            const unreachable = (cause: string): void => {
                reject(
                    new UnreachableError(
                        `The Kubernetes API server ${url.origin} cannot be reached: ${cause} (${origin}). ` +
                            "Start the cluster, or give the kubeconfig of one that runs.",
                    ),
                );
            };
            const options = {
                method,
                timeout: timeoutMilliseconds,
                headers: {
                    accept: "application/json",
                    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
                    ...(body === undefined ? {} : { "content-type": body.type }),
                    // Node does not frame the body of a DELETE by itself.
                    ...(content === undefined ? {} : { "content-length": content.length }),
                },
            };
            const request = secure
                ? httpsRequest(url, { ...options, agent: this.agent, ca, cert, key, rejectUnauthorized: !insecure })
                : httpRequest(url, options);
            request.on("response", (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", (error) => {
                    unreachable(error.message);
                });
                response.on("end", () => {
                    resolve({ code: response.statusCode ?? 0, content: Buffer.concat(chunks).toString() });
                });
            });
            request.on("timeout", () => {
                request.destroy(new Error(`no answer within ${(timeoutMilliseconds / 1000).toString()} s`));
            });
            request.on("error", (error) => {
                unreachable(error.message || String(error));
            });
            request.end(content);
        });
    }
}

/** Where the API server serves a group version: `v1` is the old core group with a path of its own. */
export function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The path of the objects of a kind, or of one of them. */
export function objectPath(apiVersion: string, resource: Resource, namespace: string, name?: string): string {
    const within = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${groupPath(apiVersion)}${within}/${resource.plural}${object}`;
}

function parseObject(content: string): JsonMap {
    try {
        const value = JSON.parse(content) as Json;
        return isJsonMap(value) ? value : {};
    } catch {
        return {};
    }
}

function refusal(code: number, status: JsonMap, content: string): ApiError {
    const details = isJsonMap(status["details"]) ? status["details"] : {};
    const causes = (Array.isArray(details["causes"]) ? details["causes"] : []).filter(isJsonMap);
    return new ApiError(
        code,
        typeof status["message"] === "string" ? status["message"] : content.trim(),
        typeof status["reason"] === "string" ? status["reason"] : "",
        causes.map((cause) => ({ field: text(cause["field"]), message: text(cause["message"]) })),
        typeof details["kind"] === "string" ? details["kind"] : "",
    );
}
