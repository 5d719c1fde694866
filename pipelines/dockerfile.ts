import { dockerfileImage, type DockerfileImage } from "./dockerfile-image";
import { gitClone } from "./git-clone";
import { imagePipeline, type ImagePipeline, type ImagePipelineArgs } from "./image-pipeline";
import { pushImages } from "./push-images";
import type { Shell, StepImage } from "./tekton";

export interface DockerfilePipelineArgs extends ImagePipelineArgs {
    /** `git`: git and a shell. `kaniko`: kaniko, a shell and file tools. `crane`: crane, a shell and the usual text tools. */
    readonly images: Readonly<Record<"git" | "kaniko" | "crane", { readonly image: StepImage; readonly shell: Shell }>>;
    /** Each Dockerfile and the full name of the repository that receives its image. */
    readonly dockerfiles: readonly (DockerfileImage & { readonly image: string })[];
    /** Default: `linux/amd64`. */
    readonly platform?: string;
}

/**
 * Pipeline `dockerfile`: the Dockerfiles of a commit become images. Its build runs what they say as root, so its namespace
 * must be at Pod Security level `baseline`.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 */
export function dockerfilePipeline(args: DockerfilePipelineArgs): ImagePipeline {
    return imagePipeline(args, {
        name: "dockerfile",
        description: "Builds Dockerfiles of one commit with kaniko and pushes their images.",
        clone: gitClone({ ...args.images.git, credentialSecret: args.credentialSecret }),
        build: dockerfileImage({
            ...args.images.kaniko,
            dockerfiles: args.dockerfiles,
            caConfigMap: args.caConfigMap,
            ...(args.platform === undefined ? {} : { platform: args.platform }),
        }),
        push: pushImages({
            ...args.images.crane,
            repositories: args.dockerfiles.map(({ image }) => image),
            pushSecret: args.pushSecret,
            caConfigMap: args.caConfigMap,
        }),
    });
}
