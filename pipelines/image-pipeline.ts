import { TYPE_HINTS } from "../names";
import { gitClone } from "./git-clone";
import type { BuiltPipeline, PlatformArgs, ScriptedImage } from "./kind";
import { pushImages } from "./push-images";
import { bytesOf } from "./quantity";
import { pipelineRunTemplate } from "./run";
import { sharesOf, type DeclaredImage } from "./subjects";
import { pipeline, pipelineTask, type Task } from "./tekton";

/**
 * What every pipeline from a commit to images is given.
 *
 * @typeParam Builder - the image of what builds, beside those of clone and push
 */
export interface ImagePipelineArgs<Builder extends string = never> extends PlatformArgs {
    /** `git`: git and a shell. `crane`: crane, a shell and the usual text tools. */
    readonly images: Readonly<Record<"git" | "crane" | Builder, ScriptedImage>>;
}

const CLONE = "clone";
const BUILD = "build";
/** One push is `push`, several are `push-1`, `push-2`, ... */
type Push = "push" | `push-${number}`;

/**
 * A pipeline from a commit to images: clone, build and push are Tasks of their own; nothing is pushed before everything is
 * built, and the source never meets the registry credential. Where one push Task cannot name all images in its result, as
 * many as need be push side by side.
 *
 * Its results are Chains' type hints, each taken from the task that knows it: the source from the clone, the images from the
 * pushes. Chains reads a list of images from the result `IMAGES` alone and from none of a longer name, so one result of the
 * Pipeline joins the lists of all pushes.
 *
 * @param kind.name - readable half of the Pipeline's name
 * @param kind.build - leaves the layout of each image, in the order of `pushed`; each of its workspaces is the one that source
 *   and images pass through
 * @param kind.fixed - the build Task's params: what each is for, and its value in every run
 * @throws Error naming what is wrong with a setting and how to mend it
 * @see https://tekton.dev/docs/chains/slsa-provenance/
 * @see https://github.com/tektoncd/chains/blob/v0.26.3/pkg/artifacts/signable.go (ExtractOCIImagesFromResults)
 */
export function imagePipeline<Fixed extends string = never>(
    kind: {
        readonly name: string;
        readonly description: string;
        readonly build: Task<Fixed, never, string>;
        readonly fixed: Readonly<Record<Fixed, { readonly description: string; readonly value: string }>>;
        readonly pushed: readonly DeclaredImage[];
    },
    args: ImagePipelineArgs,
): BuiltPipeline {
    const clone = gitClone({ ...args.images.git, credentialSecret: args.credentialSecret });
    const shares = sharesOf(kind.pushed, args.maxStatementBytes);
    const pushes = shares.map((images, index) => ({
        name: (shares.length === 1 ? "push" : `push-${String(index + 1)}`) as Push,
        task: pushImages({
            ...args.images.crane,
            images,
            maxBytes: bytesOf(args.workspaceSize),
            pushSecret: args.pushSecret,
            caConfigMap: args.caConfigMap,
        }),
    }));
    const declared = pipeline({
        name: kind.name,
        description: kind.description,
        params: {
            url: "http(s) URL of the repository, without a credential",
            commit: "full SHA of the commit: 40 lower-case hexadecimal digits",
            ...ofEach(kind.fixed, ({ description }) => description),
        },
        workspaces: { source: "passes the source and the built images from task to task" },
        results: {
            [TYPE_HINTS.gitUrl]: "the URL that was cloned",
            [TYPE_HINTS.gitCommit]: "the commit that was checked out",
            [TYPE_HINTS.images]: "every pushed image, one <repository>@sha256:<digest> a line",
        },
        tasks: ({ params, workspaces }) => {
            const workspace = { workspace: workspaces.source };
            const cloned = pipelineTask(CLONE, clone, {
                params: { url: params.url, commit: params.commit },
                workspaces: workspace,
            });
            const built = pipelineTask(BUILD, kind.build as Task<string, never, string>, {
                params: ofEach(kind.fixed, (_fixed, name) => params[name]),
                workspaces: Object.fromEntries(kind.build.workspaces.map((one) => [one, workspaces.source])),
                runAfter: [cloned],
            });
            const pushed = pushes.map(({ name, task }) =>
                pipelineTask(name, task, { params: {}, workspaces: workspace, runAfter: [built] }),
            );
            return {
                tasks: [cloned, built, ...pushed],
                results: {
                    [TYPE_HINTS.gitUrl]: cloned.results[TYPE_HINTS.gitUrl],
                    [TYPE_HINTS.gitCommit]: cloned.results[TYPE_HINTS.gitCommit],
                    [TYPE_HINTS.images]: pushed.map(({ results }) => results[TYPE_HINTS.images]),
                },
            };
        },
    });
    const { build, push } = args.serviceAccounts;
    const taskNames = { clone: [CLONE], build: [BUILD], push: pushes.map(({ name }) => name) };
    return {
        ...declared.manifests(args.namespace),
        runTemplate: pipelineRunTemplate(declared, {
            namespace: args.namespace,
            serviceAccount: build,
            serviceAccounts: {
                [CLONE]: build,
                [BUILD]: build,
                ...(Object.fromEntries(taskNames.push.map((name) => [name, push])) as Record<Push, string>),
            },
            workspaces: { source: { size: args.workspaceSize, storageClass: args.storageClass } },
            fixed: ofEach(kind.fixed, ({ value }) => value),
            timeout: args.timeout,
        }),
        taskNames,
        images: kind.pushed,
    };
}

/** A record of the same names with other values. */
function ofEach<Name extends string, From, To>(
    record: Readonly<Record<Name, From>>,
    value: (from: From, name: Name) => To,
): Record<Name, To> {
    return Object.fromEntries(
        Object.entries<From>(record).map(([name, from]) => [name, value(from, name as Name)]),
    ) as Record<Name, To>;
}
