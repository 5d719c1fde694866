import { z } from "zod";
import { CHAINS_IDENTITY } from "../../components/registry-identities";
import type { Moment } from "./stages";

/** What a line of a log tells of Chains' work. */
export type ChainsEvent = { readonly at: Moment } & (
    | { readonly kind: "entry" | "write" }
    /** `path` is the manifest's, as {@link attestationPath} has it. */
    | { readonly kind: "attestation"; readonly path: string }
);

/** A line with the time that the container runtime gave it: `kubectl logs --timestamps`. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)) (.*)$/;

/** nginx' format `pushes`: components/registry-configuration.ts. */
const WRITE = new RegExp(` identity=${CHAINS_IDENTITY} (?:POST|PATCH|PUT) (/v2/\\S+) 2\\d\\d$`);

const ATTESTATION = /\/manifests\/sha256-[0-9a-f]{64}\.att$/;

/** How Rekor ends the line of a request: a name, a tab, and JSON. */
const REQUEST = /\tcompleted request\t(\{.*\})$/;

/** @see https://github.com/sigstore/rekor/blob/v1.5.4/pkg/generated/restapi/configure_rekor_server.go (httpRequestFields) */
const request = z.object({
    httpRequest: z.object({ requestMethod: z.string(), requestUrl: z.string(), status: z.number() }),
});

const ENTRIES = "/api/v1/log/entries";

/** 201: made. 409: it is there, from an attempt that Chains took for a failed one. */
const IN_THE_LOG: readonly number[] = [201, 409];

/**
 * Where Chains writes the attestation of an image.
 *
 * @param image - as a run's result names it: `<host>/<repository>@sha256:<digest>`
 * @throws Error when it is none
 */
export function attestationPath(image: string): string {
    const [, repository, digest] = /^[^/\s]+\/(\S+)@sha256:([0-9a-f]{64})$/.exec(image) ?? [];
    if (repository === undefined || digest === undefined) {
        throw new Error(`"${image}" is no image by digest, as a run's result names one`);
    }
    return `/v2/${repository}/manifests/sha256-${digest}.att`;
}

/** What a line of nginx in front of the registry tells; undefined when it is of no write of Chains that succeeded. */
export function registryEvent(stamped: string): ChainsEvent | undefined {
    const { at, line } = read(stamped);
    const path = WRITE.exec(line)?.[1];
    if (path === undefined) {
        return undefined;
    }
    return ATTESTATION.test(path) ? { at, kind: "attestation", path } : { at, kind: "write" };
}

/** What a line of Rekor tells; undefined when it is of no entry. */
export function logEvent(stamped: string): ChainsEvent | undefined {
    const { at, line } = read(stamped);
    const text = REQUEST.exec(line)?.[1];
    if (text === undefined) {
        return undefined;
    }
    const { requestMethod, requestUrl, status } = request.parse(JSON.parse(text)).httpRequest;
    const made = requestMethod === "POST" && requestUrl.endsWith(ENTRIES) && IN_THE_LOG.includes(status);
    return made ? { at, kind: "entry" } : undefined;
}

function read(stamped: string): { at: Moment; line: string } {
    const [, time, line] = STAMPED.exec(stamped) ?? [];
    if (time === undefined || line === undefined) {
        throw new Error(`a line of a log without the time of the container runtime: ${stamped}`);
    }
    return { at: Date.parse(time), line };
}
