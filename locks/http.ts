/** What one request may do. */
export interface RequestOptions {
    method?: "GET" | "HEAD";
    headers?: Record<string, string>;
    /** The most bytes that an answer's body may have; more is an error. Default 64 KiB. */
    maxBytes?: number;
    /** How many redirects are followed, each to https. Default 0: a redirect is an error. */
    redirects?: number;
    /** Time for the whole answer, redirects included, in milliseconds. Default 30,000. */
    timeoutMs?: number;
    /** Allows plain http, to this machine's own loopback address alone. For tests. Default false. */
    allowLoopbackHttp?: boolean;
}

/** An answer whose body is read. */
export interface Answer {
    status: number;
    headers: Headers;
    body: Buffer;
}

/**
 * One bounded request: https, a time limit, a size limit, a limit of redirects.
 *
 * @throws Error naming the address and what was wrong; an HTTP status is no error
 */
export async function request(address: string, options: RequestOptions = {}): Promise<Answer> {
    const { method = "GET", headers = {}, maxBytes = 64 << 10, redirects = 0, timeoutMs = 30_000 } = options;
    const signal = AbortSignal.timeout(timeoutMs);
    let url = checked(address, options);
    for (let left = redirects; ; left -= 1) {
        let response: Response;
        try {
            response = await fetch(url, { method, headers, redirect: "manual", signal });
        } catch (error) {
            throw new Error(`${url.href} does not answer: ${cause(error)}`, { cause: error });
        }
        const location = response.headers.get("location");
        if (response.status < 300 || response.status > 399 || location === null) {
            return { status: response.status, headers: response.headers, body: await read(response, url, maxBytes) };
        }
        await response.body?.cancel();
        if (left === 0) {
            throw new Error(`${url.href} redirects to ${location}, which is not followed`);
        }
        url = checked(new URL(location, url).href, options);
    }
}

function checked(address: string, { allowLoopbackHttp = false }: RequestOptions): URL {
    const url = new URL(address);
    const loopback = url.hostname === "127.0.0.1" || url.hostname === "[::1]";
    if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback && allowLoopbackHttp)) {
        throw new Error(`${address} is not asked: only https addresses are`);
    }
    return url;
}

async function read(response: Response, url: URL, maxBytes: number): Promise<Buffer> {
    if (response.body === null) {
        return Buffer.alloc(0);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
        for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
            size += chunk.byteLength;
            if (size > maxBytes) {
                break;
            }
            chunks.push(chunk);
        }
    } catch (error) {
        throw new Error(`${url.href} broke off after ${String(size)} bytes: ${cause(error)}`, { cause: error });
    }
    if (size > maxBytes) {
        throw new Error(`${url.href} answers more than the ${String(maxBytes)} bytes that are allowed`);
    }
    return Buffer.concat(chunks);
}

/** fetch says "fetch failed" and keeps the reason in the error's cause. */
function cause(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    return error.cause instanceof Error ? error.cause.message : error.message;
}
