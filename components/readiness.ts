/**
 * How a program that there is only one of is asked whether it is ready. Kubernetes waits a second for the answer unless told;
 * while builds use every core it takes longer, and a log that is taken for gone then keeps its answers from everybody: a merge
 * waited half a minute for provenance, measured.
 */
export const READINESS = { periodSeconds: 2, timeoutSeconds: 10 } as const;
