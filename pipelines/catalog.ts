import { dockerfile } from "./kinds/dockerfile";
import { images } from "./kinds/images";
import { ko } from "./kinds/ko";

/**
 * Every kind of pipeline that an entry of the settings may name. One of your own is one file in `kinds/`, and a line here:
 * docs/your-own-pipeline.md.
 */
export const PIPELINES = { dockerfile, images, ko } as const;

/** One of {@link PIPELINES}. */
export type PipelineName = keyof typeof PIPELINES;
