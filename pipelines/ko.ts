import { gitClone } from "./git-clone";
import { imagePipeline, type ImagePipeline, type ImagePipelineArgs } from "./image-pipeline";
import { koImage, type KoPackage } from "./ko-image";
import { pushImages } from "./push-images";
import type { Shell, StepImage } from "./tekton";

export interface KoPipelineArgs extends ImagePipelineArgs {
    /** `git`: git and a shell. `ko`: Go, ko and a shell. `crane`: crane, a shell and the usual text tools. */
    readonly images: Readonly<Record<"git" | "ko" | "crane", { readonly image: StepImage; readonly shell: Shell }>>;
    /** What the binaries are put on. */
    readonly baseImage: StepImage;
    /** Each Go command and the full name of the repository that receives its image. */
    readonly packages: readonly (KoPackage & { readonly image: string })[];
    /** Default: `linux/amd64`. */
    readonly platform?: string;
}

/**
 * Pipeline `ko`: a commit of a Go repository becomes images.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 */
export function koPipeline(args: KoPipelineArgs): ImagePipeline {
    return imagePipeline(args, {
        name: "ko",
        description: "Builds the Go commands of one commit with ko and pushes their images.",
        clone: gitClone({ ...args.images.git, credentialSecret: args.credentialSecret }),
        build: koImage({
            ...args.images.ko,
            baseImage: args.baseImage,
            packages: args.packages,
            caConfigMap: args.caConfigMap,
            ...(args.platform === undefined ? {} : { platform: args.platform }),
        }),
        push: pushImages({
            ...args.images.crane,
            repositories: args.packages.map(({ image }) => image),
            pushSecret: args.pushSecret,
            caConfigMap: args.caConfigMap,
        }),
    });
}
