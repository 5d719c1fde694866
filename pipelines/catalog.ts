import { ko } from "./kinds/ko";

/** Every kind of pipeline that an entry of the settings may name. One of your own is one file in `kinds/`, and a line here. */
export const PIPELINES = { ko } as const;

/** One of {@link PIPELINES}. */
export type PipelineName = keyof typeof PIPELINES;
