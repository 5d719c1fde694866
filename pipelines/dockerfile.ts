import { dockerfileImage, type DockerfileImage } from "./dockerfile-image";
import { imagePipeline, type ImagePipelineArgs } from "./image-pipeline";
import type { BuiltPipeline } from "./kind";
import { DEFAULT_PLATFORM } from "./subjects";

/** `images.kaniko` holds kaniko, a shell and file tools. */
export interface DockerfilePipelineArgs extends ImagePipelineArgs<"kaniko"> {
    /** Each Dockerfile and the full name of the repository that receives its image. */
    readonly dockerfiles: readonly (DockerfileImage & { readonly image: string })[];
    /** `os/arch`. Default: {@link DEFAULT_PLATFORM}. */
    readonly platform?: string;
}

/**
 * Pipeline `dockerfile`: the Dockerfiles of a commit become images. Its build runs what they say as root, so its namespace
 * must be at Pod Security level `baseline`.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 */
export function dockerfilePipeline(args: DockerfilePipelineArgs): BuiltPipeline {
    const platform = args.platform ?? DEFAULT_PLATFORM;
    return imagePipeline(
        {
            name: "dockerfile",
            description: "Builds Dockerfiles of one commit with kaniko and pushes their images.",
            build: dockerfileImage({
                ...args.images.kaniko,
                dockerfiles: args.dockerfiles,
                caConfigMap: args.caConfigMap,
                platform,
            }),
            fixed: {},
            pushed: args.dockerfiles.map(({ image }) => ({ repository: image, platforms: [platform] })),
        },
        args,
    );
}
