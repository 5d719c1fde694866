import type { Snapshot } from "./snapshot";

/** `unknown`: the plan cannot tell. It counts as little as `unmet`. */
export type Status = "met" | "unmet" | "unknown";

/** A declared property on which a verdict rests. */
export interface Evidence {
    urn: string;
    /** Path of the property below the resource's inputs, dots between keys. */
    property: string;
    value: string;
}

/** What a check found. */
export interface Verdict {
    status: Status;
    /** Why it is not met, one sentence each; empty when met. */
    reasons: string[];
    evidence: Evidence[];
}

/** One requirement: its text, where it is from, and the function that judges a plan by it. */
export interface Requirement {
    /** Stable identifier, for example `provenance-authenticated`. */
    id: string;
    /** The row's name in the announcement's table. */
    title: string;
    /** SLSA v0.1's own words. */
    text: string;
    /** https://slsa.dev/spec/v0.1/requirements, with the requirement's anchor. */
    specification: string;
    /** How the announcement says that distroless meets it. */
    announcement: string;
    /** What to do when it is not met. */
    cure: string;
    /** Pure: the same snapshot gives the same verdict. Absent is unmet, unknown is unknown. */
    check: (snapshot: Snapshot) => Verdict;
}

/** A requirement with its verdict on one snapshot. */
export interface Judgement {
    requirement: Requirement;
    verdict: Verdict;
}
