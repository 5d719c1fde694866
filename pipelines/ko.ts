import { TYPE_HINTS } from "../names";
import { gitClone } from "./git-clone";
import { koImage, type KoPackage } from "./ko-image";
import { pushImages } from "./push-images";
import { pipelineRunTemplate, type PipelineRunTemplate } from "./run";
import { pipeline, pipelineTask, type Shell, type StepImage, type TektonPipeline, type TektonTask } from "./tekton";

/** The names of the pipeline's tasks, which Tekton also writes on their pods as the label `tekton.dev/pipelineTask`. */
export const KO_TASKS = { clone: "clone", build: "build", push: "push" } as const;

/** The params of a run: what to build. */
export type SourceParam = "url" | "commit";

export interface KoPipelineArgs {
    readonly namespace: string;
    /** `git`: git and a shell. `ko`: Go, ko and a shell. `crane`: crane, a shell and the usual text tools. */
    readonly images: Readonly<Record<"git" | "ko" | "crane", { readonly image: StepImage; readonly shell: Shell }>>;
    /** What the binaries are put on. */
    readonly baseImage: StepImage;
    /** Each Go command and the full name of the repository that receives its image. */
    readonly packages: readonly (KoPackage & { readonly image: string })[];
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
    /** Default: `linux/amd64`. */
    readonly platform?: string;
}

/**
 * Pipeline `ko`: a commit of a Go repository becomes images. Clone, build and push are three Tasks; nothing is pushed before
 * everything is built, and the source never meets the registry credential.
 *
 * Its results are Chains' type hints, each taken from the task that knows it: the source from the clone, the images from the
 * push.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 * @see https://tekton.dev/docs/chains/slsa-provenance/
 */
export function koPipeline(args: KoPipelineArgs): {
    readonly tasks: readonly TektonTask[];
    readonly pipeline: TektonPipeline;
    readonly runTemplate: PipelineRunTemplate<SourceParam>;
} {
    const clone = gitClone({ ...args.images.git, credentialSecret: args.credentialSecret });
    const build = koImage({
        ...args.images.ko,
        baseImage: args.baseImage,
        packages: args.packages,
        caConfigMap: args.caConfigMap,
        ...(args.platform === undefined ? {} : { platform: args.platform }),
    });
    const push = pushImages({
        ...args.images.crane,
        repositories: args.packages.map(({ image }) => image),
        pushSecret: args.pushSecret,
        caConfigMap: args.caConfigMap,
    });
    const ko = pipeline({
        name: "ko",
        description: "Builds the Go commands of one commit with ko and pushes their images.",
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
            const cloned = pipelineTask(KO_TASKS.clone, clone, {
                params: { url: params.url, commit: params.commit },
                workspaces: { workspace: workspaces.source },
            });
            const built = pipelineTask(KO_TASKS.build, build, {
                params: {},
                workspaces: { workspace: workspaces.source },
                runAfter: [cloned],
            });
            const pushed = pipelineTask(KO_TASKS.push, push, {
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
        ...ko.manifests(args.namespace),
        runTemplate: pipelineRunTemplate(ko, {
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
