import { once } from "node:events";
import { connect } from "node:tls";
import type { RunningRegistry } from "./registry";

/** A request, written as it stands: no client tidies up its target or its headers. */
export interface Sent {
    readonly method: string;
    /** Target of the request line. */
    readonly target: string;
    readonly version?: "1.0" | "1.1";
    /** Whole lines. */
    readonly headers?: readonly string[];
    readonly body?: string;
}

export interface Answer {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

/** The header with which a name and a password are sent. */
export function authorization(user: string, password: string): string {
    return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Sends one request on a connection of its own. */
export async function send(registry: RunningRegistry, sent: Sent): Promise<Answer> {
    const socket = connect({ host: "127.0.0.1", port: registry.port, ca: registry.authority });
    await once(socket, "secureConnect");
    const { method, target, version = "1.1", headers = [], body = "" } = sent;
    const chunked = headers.some((line) => line.startsWith("Transfer-Encoding"));
    const lines = [
        `${method} ${target} HTTP/${version}`,
        `Host: ${registry.address}`,
        "Connection: close",
        ...(chunked ? [] : [`Content-Length: ${String(Buffer.byteLength(body))}`]),
        ...headers,
    ];
    const chunk = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    socket.write(`${lines.join("\r\n")}\r\n\r\n${chunked ? chunk : body}`);
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => (text += part));
    await once(socket, "close");
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const [first = "", ...fields] = head.split("\r\n");
    return {
        status: Number(first.split(" ")[1]),
        headers: Object.fromEntries(
            fields.map((field) => {
                const [name = "", ...value] = field.split(": ");
                return [name.toLowerCase(), value.join(": ")];
            }),
        ),
        body: rest.join("\r\n\r\n"),
    };
}
