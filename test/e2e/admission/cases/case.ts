import type { Attempt } from "../attempt";

/** What a rule refuses, and what like it must go on. */
export interface Case {
    readonly refused: Attempt;
    readonly allowed: readonly Attempt[];
}

/** The cases of some rules, by their names. */
export type Cases = Readonly<Record<string, Case>>;
