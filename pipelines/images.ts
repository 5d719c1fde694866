import { buildScript, checkedSubsection } from "./build-script";
import { imagePipeline, type ImagePipelineArgs } from "./image-pipeline";
import type { BuiltPipeline } from "./kind";
import { DEFAULT_PLATFORM } from "./subjects";

/** An image that the repository's script makes. */
export interface ScriptImage {
    /** Where the script leaves the image's OCI layout: a path below OUTPUT. */
    readonly layout: string;
    /** Full name of the repository that receives it. */
    readonly image: string;
    /** `os/arch` each; with more than one, the layout holds an index of theirs. Default: {@link DEFAULT_PLATFORM}. */
    readonly platforms?: readonly string[];
}

/** `images.script` holds a shell and what the script runs. */
export interface ImagesPipelineArgs extends ImagePipelineArgs<"script"> {
    /** Path of the build script in the repository. */
    readonly script: string;
    /** What the script is told to build, in its own terms; every run has it as a param, so that the provenance says it. */
    readonly subsection: string;
    /** Everything that the script makes of that subsection. */
    readonly built: readonly ScriptImage[];
}

/**
 * Pipeline `images`: the repository's own script makes many images of one commit, each a subject of the one provenance.
 *
 * @throws Error naming what is wrong with a setting and how to mend it
 */
export function imagesPipeline(args: ImagesPipelineArgs): BuiltPipeline {
    return imagePipeline(
        {
            name: "images",
            description: "Builds a subsection of one commit's images with the repository's own script and pushes them.",
            build: buildScript({
                ...args.images.script,
                script: args.script,
                layouts: args.built.map(({ layout }) => layout),
                caConfigMap: args.caConfigMap,
            }),
            fixed: {
                subsection: {
                    description: "which part of the repository's images is built, in the script's own terms",
                    value: checkedSubsection(args.subsection),
                },
            },
            pushed: args.built.map(({ image, platforms = [DEFAULT_PLATFORM] }) => ({ repository: image, platforms })),
        },
        args,
    );
}
