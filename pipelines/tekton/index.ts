/** A small typed language for Tekton v1: names are wired by reference, and a wrong wiring does not compile. */
export {
    isPinnedImage,
    isStepImage,
    type PinnedImage,
    type Shell,
    type StepImage,
    type UnresolvedImage,
} from "./image";
export type * from "./objects";
export { PENDING, TEKTON_API_VERSION } from "./objects";
export { clusterReference, pipeline, pipelineTask, type Pipeline, type PipelineTask } from "./pipeline";
export { checkPipeline } from "./pipeline-rules";
export type { PipelineReference, TaskReference, WorkspaceReference } from "./reference";
export { STEP_USER, type PodSecurity } from "./security";
export type { Step } from "./step";
export { task, type Task } from "./task";
export { checkTask } from "./task-rules";
export { configMapFile, emptyDirectory, filledDirectory, secretFiles, type Mount } from "./volume";
