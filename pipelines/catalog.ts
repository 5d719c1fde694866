import type { z } from "zod";
import type { BuiltPipeline, PipelineContext } from "./kind";
import { dockerfile } from "./kinds/dockerfile";
import { ko } from "./kinds/ko";

/** Every kind of pipeline that an entry of the settings may name. One of your own is one file in `kinds/`, and a line here. */
export const PIPELINES = { dockerfile, ko } as const;

/** One of {@link PIPELINES}. */
export type PipelineName = keyof typeof PIPELINES;

/** An image of each kind. */
type Images = { [Name in PipelineName]: z.infer<(typeof PIPELINES)[Name]["image"]> };

/** A pipeline's name, and images as that pipeline takes them. */
export type ChosenPipeline<Name extends PipelineName = PipelineName> = {
    [One in Name]: { readonly pipeline: One; readonly images: readonly Images[One][] };
}[Name];

/**
 * The pipeline that an entry of the settings chose, for its images.
 *
 * @throws Error naming what is wrong with an image and how to mend it
 */
export function builtPipeline<Name extends PipelineName>(
    context: PipelineContext,
    chosen: ChosenPipeline<Name>,
): BuiltPipeline {
    const kinds: {
        readonly [One in PipelineName]: {
            readonly pipeline: (context: PipelineContext, images: readonly Images[One][]) => BuiltPipeline;
        };
    } = PIPELINES;
    return kinds[chosen.pipeline].pipeline(context, chosen.images);
}
