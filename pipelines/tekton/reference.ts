/**
 * A value that is known only when a run starts: Tekton puts it in place of `$(…)`.
 *
 * `task` references mean something inside a Task's steps, `pipeline` references between the tasks of a Pipeline; the two
 * are different types, so that neither can be used in the other's place.
 *
 * @see https://tekton.dev/docs/pipelines/variables/
 */
export class Reference<Scope extends "task" | "pipeline"> {
    /** @param expression - what stands between `$(` and `)` */
    constructor(
        readonly scope: Scope,
        private readonly expression: string,
    ) {}

    /** The variable as Tekton reads it. */
    render(): string {
        return `$(${this.expression})`;
    }
}

export type TaskReference = Reference<"task">;
export type PipelineReference = Reference<"pipeline">;

/** A workspace of a Pipeline, to be handed to its tasks. */
export class WorkspaceReference {
    constructor(readonly workspace: string) {}
}

/** Renders a constant as it is and a reference as its variable. */
export function renderValue(value: string | Reference<"task" | "pipeline">): string {
    return typeof value === "string" ? value : value.render();
}
