import { createHash } from "node:crypto";

/** A DNS label: safe in a regular expression, in nginx's configuration, and as part of an image's name. */
const ENTRY = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Who may push images of an entry, by digest. */
export const pushIdentity = (entry: string): string => `push-${entry}`;

/** Who may put a tag on an image of an entry. */
export const promoteIdentity = (entry: string): string => `promote-${entry}`;

/** Who may write signatures and attestations, of every entry. */
export const CHAINS_IDENTITY = "chains";

/** Repository of an image, below its entry. */
const COMPONENT = "[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*";
const IMAGE = `${COMPONENT}(?:/${COMPONENT})*`;
const SHA256 = "[0-9a-f]{64}";

/**
 * The writes that are allowed, as anchored regular expressions (PCRE) over `METHOD URI IDENTITY`. The URI is the one that
 * the client sent: what is encoded, doubled or relative in it matches none.
 *
 * Three things are allowed nowhere. A blob is not mounted from another repository (`?mount=...&from=...`): the client then
 * uploads it. A tag of an image is none of those that cosign (`sha256-<digest>.sig`) and the referrers of OCI (`sha256-<digest>`)
 * look for. Nothing is deleted.
 *
 * @param entries - names of the source repositories that share the registry
 * @throws Error for entries of which no rights can be made
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
export function allowedWrites(entries: readonly string[]): string[] {
    const repository = `/v2/(${checkedEntries(entries).join("|")})/${IMAGE}`;
    // Of the entry that the URI names.
    const [push, promote] = [pushIdentity("\\1"), promoteIdentity("\\1")];
    return [
        `POST ${repository}/blobs/uploads/ (?:${push}|${CHAINS_IDENTITY})`,
        // The query is the session's: distribution signs it, for one repository.
        `(?:PATCH|PUT) ${repository}/blobs/uploads/[A-Za-z0-9_.=-]+[?][^ ]+ (?:${push}|${CHAINS_IDENTITY})`,
        `PUT ${repository}/manifests/sha256:${SHA256} ${push}`,
        `PUT ${repository}/manifests/(?!sha(?:256|512)-)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127} ${promote}`,
        // Chains has cosign write by tag alone, and by no referrer.
        `PUT ${repository}/manifests/sha256-${SHA256}[.](?:sig|att) ${CHAINS_IDENTITY}`,
    ].map((write) => `^${write}\\z`);
}

function checkedEntries(entries: readonly string[]): readonly string[] {
    if (entries.length === 0) {
        throw new Error("The registry has no entry: name at least one source repository that pushes to it.");
    }
    for (const [index, entry] of entries.entries()) {
        if (!ENTRY.test(entry)) {
            throw new Error(
                `${JSON.stringify(entry)} is no entry of the registry: 1 to 63 lower-case letters, digits and "-", none of these at an end.`,
            );
        }
        if (entries.indexOf(entry) !== index) {
            throw new Error(`"${entry}" is twice an entry of the registry: give each source repository its own name.`);
        }
    }
    return entries;
}

/**
 * One line of nginx's `auth_basic_user_file`. A slow hash makes guessing dear; nobody guesses a long random password, while
 * nginx computes the hash anew for each request.
 *
 * @param password - random and long
 * @param salt - random, the same in every run
 * @see https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html#auth_basic_user_file
 */
export function htpasswdLine(identity: string, password: string, salt: string): string {
    const own = `${salt}-${identity}`;
    const digest = createHash("sha1").update(password).update(own).digest();
    return `${identity}:{SSHA}${Buffer.concat([digest, Buffer.from(own)]).toString("base64")}\n`;
}

/** Docker's `config.json`: https://docs.docker.com/reference/cli/docker/login/ */
export function dockerConfig(address: string, user: string, password: string): string {
    const auth = Buffer.from(`${user}:${password}`).toString("base64");
    return JSON.stringify({ auths: { [address]: { username: user, password, auth } } });
}
