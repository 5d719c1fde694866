import { z } from "zod";

// Both URLs get into scripts: pipelines/merge-build.ts takes no other characters, and would refuse them one at a time.
const REPOSITORY = /^https?:\/\/[A-Za-z0-9._~:%+-]+\/[A-Za-z0-9._~:/%+-]+$/;
const BUILDER_ID = /^https:\/\/[A-Za-z0-9._~:/@%+-]+$/;

/** URL of a git repository, without a credential. */
export const repositoryUrl = z
    .string()
    .refine(
        (url) => REPOSITORY.test(url) && URL.canParse(url),
        "must be an http(s) URL of letters, digits and -._~:/%+, without credentials, query or fragment",
    );

/** URL that names a build platform. */
export const builderId = z
    .string()
    .refine(
        (id) => BUILDER_ID.test(id) && URL.canParse(id),
        "must be an https URL of letters, digits and -._~:/@%+ that names this build platform and no other",
    )
    .refine((id) => !isTektons(id), "must be your own: Chains' default names no platform");

/** Whether a URL is on tekton.dev, however its host is spelt. */
function isTektons(url: string): boolean {
    if (!URL.canParse(url)) {
        return false;
    }
    // The parser made it lower case and decoded it; a name may end in the root's dot.
    const host = new URL(url).hostname.replace(/\.+$/, "");
    return host === "tekton.dev" || host.endsWith(".tekton.dev");
}
