import { z } from "zod";
import { request, type RequestOptions } from "./http";

/** What a registry is asked through. */
export type RegistryOptions = Pick<RequestOptions, "allowLoopbackHttp" | "timeoutMs">;

const MANIFESTS = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * The digest that a tag names now, asked of the image's own registry: `HEAD /v2/<name>/manifests/<tag>` of the OCI
 * distribution specification, anonymously; if the registry wants a token, one is asked of the token server that it
 * names, which must belong to the registry's own domain. Three requests at most; no redirect is followed.
 *
 * @param repository - host and path; `docker.io` is asked at its registry, registry-1.docker.io
 * @returns `sha256:<64 hexadecimal digits>` of the manifest, or of the index where the tag names one
 * @throws Error if the registry does not tell
 */
export async function resolveDigest(repository: string, tag: string, options: RegistryOptions = {}): Promise<string> {
    const slash = repository.indexOf("/");
    const host = repository.slice(0, slash);
    const name = repository.slice(slash + 1);
    const base = baseUrl(host, options);
    const manifest = new URL(`/v2/${name}/manifests/${tag}`, base).href;
    const ask = (authorization: Record<string, string>) =>
        request(manifest, { ...options, method: "HEAD", headers: { accept: MANIFESTS, ...authorization } });

    let answer = await ask({});
    if (answer.status === 401) {
        const challenge = answer.headers.get("www-authenticate") ?? "";
        answer = await ask({ authorization: `Bearer ${await anonymousToken(challenge, base, name, options)}` });
    }
    if (answer.status !== 200) {
        throw new Error(`${manifest} answers ${String(answer.status)}`);
    }
    const digest = answer.headers.get("docker-content-digest") ?? "";
    if (!DIGEST.test(digest)) {
        throw new Error(`${manifest} names no sha256 digest (docker-content-digest: ${digest || "nothing"})`);
    }
    return digest;
}

function baseUrl(host: string, { allowLoopbackHttp = false }: RegistryOptions): URL {
    const asked = host === "docker.io" ? "registry-1.docker.io" : host;
    return new URL(`${allowLoopbackHttp && asked.startsWith("127.0.0.1:") ? "http" : "https"}://${asked}`);
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function anonymousToken(challenge: string, base: URL, name: string, options: RegistryOptions): Promise<string> {
    const realm = parameter(challenge, "realm");
    if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm)) {
        throw new Error(`${base.host} wants credentials for ${name} (www-authenticate: ${challenge || "nothing"})`);
    }
    const server = new URL(realm);
    if (domain(server) !== domain(base)) {
        throw new Error(`${base.host} names a token server of another domain, ${server.host}; it is not asked`);
    }
    const service = parameter(challenge, "service");
    if (service !== undefined) {
        server.searchParams.set("service", service);
    }
    server.searchParams.set("scope", `repository:${name}:pull`);
    const { status, body } = await request(server.href, options);
    const parsed = status === 200 ? token.safeParse(jsonOf(body)) : undefined;
    const value = parsed?.data?.token ?? parsed?.data?.access_token;
    if (value === undefined) {
        throw new Error(`${server.host} gives no anonymous token for ${name} (it answers ${String(status)})`);
    }
    return value;
}

function parameter(challenge: string, key: string): string | undefined {
    return new RegExp(`[ ,]${key}="([^"]*)"`, "i").exec(challenge)?.[1];
}

/** The last two labels of a name; an address stands for itself. */
function domain({ hostname }: URL): string {
    return /^[0-9.]+$|^\[/.test(hostname) ? hostname : hostname.split(".").slice(-2).join(".");
}

function jsonOf(body: Buffer): unknown {
    try {
        return JSON.parse(body.toString("utf8"));
    } catch {
        return undefined;
    }
}
