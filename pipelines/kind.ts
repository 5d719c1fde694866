import type { z } from "zod";
import type { PipelineRunTemplate } from "./run";
import type { DeclaredImage } from "./subjects";
import type { PodSecurity, Shell, StepImage, TektonPipeline, TektonTask } from "./tekton";

/** The params of a run: what to build. */
export type SourceParam = "url" | "commit";

/** An image with the place of its shell. */
export interface ScriptedImage {
    readonly image: StepImage;
    readonly shell: Shell;
}

/** What every pipeline is given by the platform around it, whatever it builds and with what. */
export interface PlatformArgs {
    /** Where it runs. */
    readonly namespace: string;
    /** Who clones and builds, and who pushes. */
    readonly serviceAccounts: { readonly build: string; readonly push: string };
    /** Secret of type `kubernetes.io/basic-auth`, mounted by the clone alone. Default: none, the repository is read by anybody. */
    readonly credentialSecret?: string | undefined;
    /** Secret of type `kubernetes.io/dockerconfigjson`, mounted by the push alone. */
    readonly pushSecret: string;
    /** ConfigMap whose key `ca.crt` is the certificate of the registry's CA. */
    readonly caConfigMap: string;
    /** Of the volume that source and images pass through, as a Kubernetes quantity. */
    readonly workspaceSize: string;
    /** Default: the cluster's default class. */
    readonly storageClass?: string | undefined;
    /** The largest statement, in bytes, that the transparency log keeps whole. */
    readonly maxStatementBytes: number;
    /** Of a whole run, as in `1h30m`. Default: 30 minutes. */
    readonly timeout?: string | undefined;
}

/** From which a kind of pipeline takes what it needs. The platform leaves nothing to a default. */
export interface PipelineContext extends Required<PlatformArgs> {
    /** Below which its images are pushed: `<registry>/<path>`. */
    readonly registryPath: string;
    /**
     * An image of images.lock.json in which a script runs.
     *
     * @throws Error when the lock names no such image, or one without a shell
     */
    readonly scripted: (name: string) => ScriptedImage;
    /** An image of images.lock.json that is only put below what is built. @throws Error when the lock names no such image */
    readonly base: (name: string) => StepImage;
}

/** A pipeline as it is deployed, and what the platform must know of it. */
export interface BuiltPipeline {
    readonly tasks: readonly TektonTask[];
    readonly pipeline: TektonPipeline;
    readonly runTemplate: PipelineRunTemplate<SourceParam>;
    /** Names of the pipeline's tasks by what their pods may reach. */
    readonly taskNames: Readonly<Record<"clone" | "build" | "push", readonly string[]>>;
    /** What a run pushes. */
    readonly images: readonly DeclaredImage[];
}

/** Keys of an entry that its kind of pipeline reads beside `images`. */
type Settings = Readonly<Record<string, z.ZodType>>;

/** A kind of pipeline that an entry of the settings can choose: how its images are written there, and how they are built. */
export interface PipelineKind<Image extends z.ZodType<{ name: string }>, Own extends Settings> {
    /** One image of the entry's `images`. */
    readonly image: Image;
    /** Keys of its own in the entry. */
    readonly settings: Own;
    /** The Pod Security level of the namespace in which its runs can be. */
    readonly podSecurity: PodSecurity;
    /**
     * The pipeline that builds these images.
     *
     * @throws Error naming what is wrong with an image or a setting and how to mend it
     */
    readonly pipeline: (
        context: PipelineContext,
        entry: { readonly images: readonly z.infer<Image>[] } & { readonly [Key in keyof Own]: z.infer<Own[Key]> },
    ) => BuiltPipeline;
}

/** Lets the compiler find out what an image of the kind is, and what its own keys are. */
export function pipelineKind<Image extends z.ZodType<{ name: string }>, const Own extends Settings>(
    kind: PipelineKind<Image, Own>,
): PipelineKind<Image, Own> {
    return kind;
}
