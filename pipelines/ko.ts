import { imagePipeline, type ImagePipelineArgs } from "./image-pipeline";
import type { BuiltPipeline } from "./kind";
import { koImage, type KoPackage } from "./ko-image";
import { DEFAULT_PLATFORM } from "./subjects";
import type { StepImage } from "./tekton";

/** `images.ko` holds Go, ko and a shell. */
export interface KoPipelineArgs extends ImagePipelineArgs<"ko"> {
    /** What the binaries are put on. */
    readonly baseImage: StepImage;
    /** Each Go command and the full name of the repository that receives its image. */
    readonly packages: readonly (KoPackage & { readonly image: string })[];
    /** `os/arch` each; with more than one, each command becomes an index. Default: {@link DEFAULT_PLATFORM}. */
    readonly platforms?: readonly string[];
}

/**
 * Pipeline `ko`: a commit of a Go repository becomes images.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 */
export function koPipeline(args: KoPipelineArgs): BuiltPipeline {
    const platforms = args.platforms ?? [DEFAULT_PLATFORM];
    return imagePipeline(
        {
            name: "ko",
            description: "Builds the Go commands of one commit with ko and pushes their images.",
            build: koImage({
                ...args.images.ko,
                baseImage: args.baseImage,
                packages: args.packages,
                caConfigMap: args.caConfigMap,
                platforms,
            }),
            fixed: {},
            pushed: args.packages.map(({ image }) => ({ repository: image, platforms })),
        },
        args,
    );
}
