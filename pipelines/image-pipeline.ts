import { TYPE_HINTS } from "../names";
import { pipelineRunTemplate, type PipelineRunTemplate } from "./run";
import { pipeline, pipelineTask, type Task, type TektonPipeline, type TektonTask } from "./tekton";

/** The names of a pipeline's tasks, which Tekton also writes on their pods as the label `tekton.dev/pipelineTask`. */
export const IMAGE_TASKS = { clone: "clone", build: "build", push: "push" } as const;

/** The params of a run: what to build. */
export type SourceParam = "url" | "commit";

/** What every pipeline that builds images is told, whatever it builds them from. */
export interface ImagePipelineArgs {
    readonly namespace: string;
    /** Who clones and builds, and who pushes. */
    readonly serviceAccounts: { readonly build: string; readonly push: string };
    /** Secret of type `kubernetes.io/basic-auth` of a private repository, mounted by the clone alone. Default: none. */
    readonly credentialSecret?: string | undefined;
    /** Secret of type `kubernetes.io/dockerconfigjson`, mounted by the push alone. */
    readonly pushSecret: string;
    /** ConfigMap whose key `ca.crt` is the certificate of the registry's CA. */
    readonly caConfigMap: string;
    /** Of the volume that source and images pass through, as a Kubernetes quantity. */
    readonly workspaceSize: string;
    /** Default: the cluster's default class. */
    readonly storageClass?: string;
    /** Of a whole run, as in `1h30m`. Default: 30 minutes. */
    readonly timeout?: string;
}

/** A pipeline's objects, and what its runs share. */
export interface ImagePipeline {
    readonly tasks: readonly TektonTask[];
    readonly pipeline: TektonPipeline;
    readonly runTemplate: PipelineRunTemplate<SourceParam>;
}

/**
 * A commit becomes images. Clone, build and push are three Tasks; nothing is pushed before everything is built, and the
 * source never meets the registry credential.
 *
 * Its results are Chains' type hints, each taken from the task that knows it: the source from the clone, the images from the
 * push.
 *
 * @param definition.build - leaves the images as layouts; each of its workspaces is the one that source and images pass through
 * @throws Error naming what is wrong with a setting and how to mend it
 * @see https://tekton.dev/docs/chains/slsa-provenance/
 */
export function imagePipeline(
    args: ImagePipelineArgs,
    definition: {
        /** The readable half of the Pipeline's name, and the beginning of its runs' names. */
        readonly name: string;
        readonly description: string;
        readonly clone: Task<SourceParam, typeof TYPE_HINTS.gitUrl | typeof TYPE_HINTS.gitCommit, "workspace">;
        readonly build: Task<never, never, string>;
        readonly push: Task<never, typeof TYPE_HINTS.images, "workspace">;
    },
): ImagePipeline {
    const { name, description, clone, build, push } = definition;
    const images = pipeline({
        name,
        description,
        params: {
            url: "http(s) URL of the repository, without a credential",
            commit: "full SHA of the commit: 40 lower-case hexadecimal digits",
        },
        workspaces: { source: "passes the source and the built images from task to task" },
        results: {
            [TYPE_HINTS.gitUrl]: "the URL that was cloned",
            [TYPE_HINTS.gitCommit]: "the commit that was checked out",
            [TYPE_HINTS.images]: "every pushed image, one <repository>@sha256:<digest> a line",
        },
        tasks: ({ params, workspaces }) => {
            const cloned = pipelineTask(IMAGE_TASKS.clone, clone, {
                params: { url: params.url, commit: params.commit },
                workspaces: { workspace: workspaces.source },
            });
            const built = pipelineTask(IMAGE_TASKS.build, build, {
                params: {},
                workspaces: Object.fromEntries(build.workspaces.map((one) => [one, workspaces.source])),
                runAfter: [cloned],
            });
            const pushed = pipelineTask(IMAGE_TASKS.push, push, {
                params: {},
                workspaces: { workspace: workspaces.source },
                runAfter: [built],
            });
            return {
                tasks: [cloned, built, pushed],
                results: {
                    [TYPE_HINTS.gitUrl]: cloned.results[TYPE_HINTS.gitUrl],
                    [TYPE_HINTS.gitCommit]: cloned.results[TYPE_HINTS.gitCommit],
                    [TYPE_HINTS.images]: pushed.results[TYPE_HINTS.images],
                },
            };
        },
    });
    return {
        ...images.manifests(args.namespace),
        runTemplate: pipelineRunTemplate(images, {
            namespace: args.namespace,
            serviceAccount: args.serviceAccounts.build,
            serviceAccounts: {
                clone: args.serviceAccounts.build,
                build: args.serviceAccounts.build,
                push: args.serviceAccounts.push,
            },
            workspaces: { source: { size: args.workspaceSize, storageClass: args.storageClass } },
            timeout: args.timeout,
        }),
    };
}
