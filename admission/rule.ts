import type { PipelineRunTemplate } from "../pipelines/run";

/** What may be built in a namespace: runs of this template, of this repository. */
export interface Build {
    readonly namespace: string;
    readonly runTemplate: PipelineRunTemplate<"url" | "commit">;
    readonly url: string;
}

/** Requests that a rule judges. */
export interface Requests {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
    /** Default: all of them, each judged as it was sent. One given: the others are converted to it first. */
    readonly apiVersion?: string;
}

/** What must hold of a request, as a CEL expression, and what the request does where it does not. */
export interface Check {
    readonly holds: string;
    readonly otherwise: string;
}

/** Requests in some namespaces, and what must hold of each. */
export interface Judgement {
    /** In the namespaces of these builds, or in all others. */
    readonly where: "builds" | "elsewhere";
    readonly requests: readonly Requests[];
    readonly checks: readonly Check[];
}

/** One thing that must not happen to builds. */
export interface Rule {
    /** Of its object, and how each of its messages begins. */
    readonly name: string;
    /** What would be gained without it. */
    readonly reason: string;
    /** What whoever is refused does instead. */
    readonly cure: string;
    /** The same for all namespaces, or for each build its own. */
    readonly judges: Judgement | ((build: Build) => Judgement);
}
