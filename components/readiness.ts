/**
 * How a program that there is only one of is asked whether it is ready. Kubernetes waits a second for the answer unless told
 * otherwise. While builds use every core it takes longer; and to a log that is taken for gone nobody gets a connection.
 */
export const READINESS = { periodSeconds: 2, timeoutSeconds: 10 } as const;
