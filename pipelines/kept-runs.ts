/**
 * How many runs of a namespace there may be: each keeps a volume. Of those that ended so many are kept at most, however young;
 * a merge that comes while there are `atMost` waits.
 */
export const KEPT_RUNS = { verified: 30, failed: 30, atMost: 100 } as const;
