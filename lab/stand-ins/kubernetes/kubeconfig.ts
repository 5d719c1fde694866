import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { readYaml } from "../../../locks/yaml-text";

/** How to reach an API server, and as whom. */
export interface Connection {
    readonly server: URL;
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly token?: string;
    readonly insecure: boolean;
    /** The namespace of the context; `default` when it names none. */
    readonly namespace: string;
    /** Says in messages which kubeconfig and context were used. */
    readonly origin: string;
}

const context = z.looseObject({ cluster: z.string(), user: z.string(), namespace: z.string().optional() });

const cluster = z.looseObject({
    server: z.url(),
    "certificate-authority": z.string().optional(),
    "certificate-authority-data": z.string().optional(),
    "insecure-skip-tls-verify": z.boolean().optional(),
});

const user = z.looseObject({
    "client-certificate": z.string().optional(),
    "client-certificate-data": z.string().optional(),
    "client-key": z.string().optional(),
    "client-key-data": z.string().optional(),
    token: z.string().optional(),
    tokenFile: z.string().optional(),
    exec: z.unknown().optional(),
    "auth-provider": z.unknown().optional(),
});

const schema = z.looseObject({
    "current-context": z.string().optional(),
    contexts: z.array(z.looseObject({ name: z.string(), context })),
    clusters: z.array(z.looseObject({ name: z.string(), cluster })),
    users: z.array(z.looseObject({ name: z.string(), user })),
});

/**
 * Reads a kubeconfig. Nothing is taken from the environment or from the home directory: a stand-in never talks to a cluster
 * that nobody named.
 *
 * @param kubeconfig the path of a kubeconfig, or its content
 * @param contextName @default the kubeconfig's current context
 * @throws when it cannot be read, names no server, or wants a way to log in that the stand-in does not have
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function connection(kubeconfig: string, contextName?: string): Connection {
    const isContent = kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
    if (!isContent && !existsSync(kubeconfig)) {
        throw new Error(`The kubeconfig ${kubeconfig} does not exist. Give the path or the content of one.`);
    }
    const what = isContent ? "the given kubeconfig" : `kubeconfig ${kubeconfig}`;
    const parsed = schema.safeParse(readYaml(isContent ? kubeconfig : readFileSync(kubeconfig, "utf8"), what));
    if (!parsed.success) {
        throw new Error(`${what} is not one: ${z.prettifyError(parsed.error)}`);
    }
    const config = parsed.data;
    const wanted = contextName ?? config["current-context"] ?? "";
    const chosen = find(config.contexts, wanted, `context of ${what}`).context;
    const { server, ...trust } = find(config.clusters, chosen.cluster, `cluster of ${what}`).cluster;
    const login = find(config.users, chosen.user, `user of ${what}`).user;
    if (login.exec !== undefined || login["auth-provider"] !== undefined) {
        throw new Error(
            `User ${chosen.user} of ${what} logs in through a program. Give a client certificate or a token.`,
        );
    }
    const directory = isContent ? process.cwd() : dirname(resolve(kubeconfig));
    const bytes = (data: string | undefined, file: string | undefined): Buffer | undefined => {
        if (data !== undefined) {
            return Buffer.from(data, "base64");
        }
        return file === undefined ? undefined : readFileSync(resolve(directory, file));
    };
    const ca = bytes(trust["certificate-authority-data"], trust["certificate-authority"]);
    const cert = bytes(login["client-certificate-data"], login["client-certificate"]);
    const key = bytes(login["client-key-data"], login["client-key"]);
    const token = login.token ?? bytes(undefined, login.tokenFile)?.toString().trim();
    return {
        server: new URL(server),
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(token === undefined ? {} : { token }),
        insecure: trust["insecure-skip-tls-verify"] === true,
        namespace: chosen.namespace ?? "default",
        origin: `${what}, context ${wanted}`,
    };
}

function find<Entry extends { name: string }>(entries: readonly Entry[], name: string, what: string): Entry {
    const found = entries.find((entry) => entry.name === name);
    if (found === undefined) {
        throw new Error(
            `There is no "${name}" as a ${what}; there is ${entries.map((entry) => entry.name).join(", ") || "none"}.`,
        );
    }
    return found;
}
