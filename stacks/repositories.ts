import { z } from "zod";
import { PIPELINES, type PipelineName } from "../pipelines/catalog";
import { MOST_RUNS, OBJECTS } from "../names";
import { TAG } from "../pipelines/merge-build";
import { cidrPort } from "./addresses";
import { duration } from "./duration";
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
    maxRuns: z
        .int("must be a whole number")
        .min(1, "must be at least 1")
        .max(MOST_RUNS, `must be at most ${String(MOST_RUNS)}`)
        .default(MOST_RUNS),
    cancelOlder: z.boolean().default(false),
    timeout: duration.default("30m"),
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

/** What an entry's schema takes from a kind of pipeline. */
interface Kind {
    readonly image: z.ZodType<{ name: string }>;
    readonly settings: Readonly<Record<string, z.ZodType>>;
}

/** The schema of an entry that is built by this kind of pipeline. */
type EntryOf<Name extends string, Of extends Kind> = z.ZodObject<
    typeof source & { pipeline: z.ZodLiteral<Name>; images: z.ZodArray<Of["image"]> } & Of["settings"],
    z.core.$strict
>;

/**
 * The schema of an entry that is built by this kind of pipeline.
 *
 * @throws Error when the kind's own settings have a key that every entry has
 */
export function entryOf<const Name extends string, Of extends Kind>(pipeline: Name, kind: Of): EntryOf<Name, Of> {
    const common = { ...source, pipeline: z.literal(pipeline), images: imagesOf(kind.image) };
    for (const key of Object.keys(kind.settings).filter((own) => Object.hasOwn(common, own))) {
        throw new Error(
            `The pipeline ${pipeline} has a setting "${key}", which every entry has: give its own another name.`,
        );
    }
    return z.strictObject({ ...common, ...kind.settings });
}

/** The entry of each kind in the catalog: its images and its own settings are those of that kind. */
type Entry = { [Name in PipelineName]: EntryOf<Name, (typeof PIPELINES)[Name]> }[PipelineName];

const entry = z.discriminatedUnion(
    "pipeline",
    // What goes over the names of an object keeps none of them in its type.
    Object.entries(PIPELINES).map(([name, kind]) => entryOf(name, kind)) as [Entry, ...Entry[]],
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
