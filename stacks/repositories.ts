import { z } from "zod";
import { PIPELINES, type PipelineName } from "../pipelines/catalog";
import { OBJECTS } from "../names";
import { TAG } from "../pipelines/merge-build";
import { cidrPort } from "./addresses";
import { quantity } from "./quantity";
import { repositoryUrl } from "./urls";

/** Becomes a part of names of namespaces, controllers and paths in the registry. */
const LONGEST_NAME = 30;

const name = z
    .string()
    .regex(
        new RegExp(`^(?=.{1,${String(LONGEST_NAME)}}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`),
        `must be a DNS label of at most ${String(LONGEST_NAME)} lower-case letters, digits and -`,
    );

/** What every entry says, whichever pipeline builds it. */
const source = {
    name,
    url: repositoryUrl,
    branch: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "must be one branch name, without wildcards")
        .default("main"),
    credential: z
        .string()
        .regex(
            /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
            "must be the name of a Secret: lower-case letters, digits and -",
        )
        .refine((secret) => secret !== OBJECTS.registryCredentials, "must be a Secret of your own, not the registry's")
        .optional(),
    tags: z
        .array(
            z.string().regex(TAG, 'must be a tag of letters, digits, "_", "." and "-", not beginning with "sha256-"'),
        )
        .default(["latest"]),
    // Each has a pod or two at a time, and the namespace a quota of 60.
    maxRuns: z.int("must be a whole number").min(1, "must be at least 1").max(20, "must be at most 20").default(20),
    cancelOlder: z.boolean().default(false),
    workspaceSize: quantity.default("2Gi"),
    cloneEgress: z.array(cidrPort).min(1, "must name the address of the source repository's server"),
    buildEgress: z.array(cidrPort).default([]),
};

/** What is built, as the entry's pipeline takes it. */
function imagesOf<Image extends z.ZodType<{ name: string }>>(image: Image): z.ZodArray<Image> {
    return z
        .array(image)
        .min(1, "must name at least one image")
        .refine(
            (images) => new Set(images.map((one) => one.name)).size === images.length,
            "must not name an image twice",
        );
}

const entry = z.discriminatedUnion(
    "pipeline",
    [
        z.strictObject({
            ...source,
            pipeline: z.literal("ko"),
            images: imagesOf(PIPELINES.ko.image),
            ...PIPELINES.ko.settings,
        }),
        z.strictObject({
            ...source,
            pipeline: z.literal("dockerfile"),
            images: imagesOf(PIPELINES.dockerfile.image),
            ...PIPELINES.dockerfile.settings,
        }),
        z.strictObject({
            ...source,
            pipeline: z.literal("images"),
            images: imagesOf(PIPELINES.images.image),
            ...PIPELINES.images.settings,
        }),
    ],
    `must be the name of a pipeline of pipelines/catalog.ts: ${Object.keys(PIPELINES).join(", ")}`,
);

/** The source repositories that are built here, each in a namespace and below a path of the registry of its own. */
export const repositories = z
    .array(entry)
    .min(1, "must name at least one source repository")
    .refine(
        (entries) => new Set(entries.map((one) => one.name)).size === entries.length,
        "must not name a repository twice",
    );

/** One source repository, checked and with defaults filled in. */
export type SourceRepository = z.infer<typeof entry> & { pipeline: PipelineName };
