import { z } from "zod";

const flag = z.boolean();

/**
 * Every key of Tekton's ConfigMap `feature-flags` at v1.15 (tektoncd/pipeline pkg/apis/config/feature_flags.go).
 * Tekton does not refuse a key that it does not know, so nothing else is let through.
 */
export const featureFlagsSchema = z.strictObject({
    coschedule: z.enum(["workspaces", "pipelineruns", "isolate-pipelinerun", "disabled"]),
    "disable-creds-init": flag,
    "await-sidecar-readiness": flag,
    "running-in-environment-with-injected-sidecars": flag,
    "require-git-ssh-secret-known-hosts": flag,
    "enable-api-fields": z.enum(["stable", "beta", "alpha"]),
    "send-cloudevents-for-runs": flag,
    "trusted-resources-verification-no-match-policy": z.enum(["ignore", "warn", "fail"]),
    "enable-provenance-in-status": flag,
    "enforce-nonfalsifiability": z.literal("none"),
    "results-from": z.enum(["termination-message", "sidecar-logs"]),
    "max-result-size": z.int().min(1024).max(1_500_000),
    "set-security-context": flag,
    "set-security-context-read-only-root-filesystem": flag,
    "keep-pod-on-cancel": flag,
    "enable-cel-in-whenexpression": flag,
    "enable-artifacts": flag,
    "enable-param-enum": flag,
    "disable-inline-spec": z.array(z.enum(["pipeline", "pipelinerun", "taskrun"])),
    "enable-concise-resolver-syntax": flag,
    "enable-kubernetes-sidecar": flag,
    "enable-step-actions": flag,
    "enable-wait-exponential-backoff": flag,
    "enable-termination-message-compression": flag,
    "enable-informer-cache-transforms": flag,
});

/** Typed `feature-flags`: a misspelt key or value does not compile. */
export type FeatureFlags = z.infer<typeof featureFlagsSchema>;

/** What this platform runs with; the comments say where it differs from Tekton's defaults, and why. */
export const PLATFORM_FEATURE_FLAGS: FeatureFlags = {
    coschedule: "workspaces",
    // Steps bring their own registry credential as a mounted file; Tekton must not collect others for them.
    "disable-creds-init": true,
    "await-sidecar-readiness": true,
    // No Task has a sidecar, and nothing else is to put one into a build's pod. Otherwise the first step of every Task waits
    // until the pod is seen to run and the kubelet has written so into a file: two seconds a Task, measured.
    "running-in-environment-with-injected-sidecars": false,
    "require-git-ssh-secret-known-hosts": true,
    "enable-api-fields": "beta",
    "send-cloudevents-for-runs": false,
    "trusted-resources-verification-no-match-policy": "ignore",
    // Chains reads the resolved definitions' digests from there.
    "enable-provenance-in-status": true,
    "enforce-nonfalsifiability": "none",
    "results-from": "termination-message",
    "max-result-size": 4096,
    // Tekton's own init containers must pass Pod Security "restricted".
    "set-security-context": true,
    "set-security-context-read-only-root-filesystem": false,
    "keep-pod-on-cancel": false,
    "enable-cel-in-whenexpression": false,
    "enable-artifacts": false,
    "enable-param-enum": false,
    // A build is a declared Pipeline, never a specification that the requester writes.
    "disable-inline-spec": ["pipeline", "pipelinerun", "taskrun"],
    "enable-concise-resolver-syntax": false,
    "enable-kubernetes-sidecar": false,
    "enable-step-actions": true,
    "enable-wait-exponential-backoff": false,
    "enable-termination-message-compression": false,
    "enable-informer-cache-transforms": true,
};

/**
 * Turns typed flags into the data of the ConfigMap `feature-flags`.
 *
 * @throws Error naming every wrong key, for values that reached us untyped
 */
export function featureFlagsData(flags: FeatureFlags): Record<string, string> {
    const result = featureFlagsSchema.safeParse(flags);
    if (!result.success) {
        throw new Error(
            `feature-flags is wrong:\n${z.prettifyError(result.error)}\nAllowed keys and values: components/feature-flags.ts`,
        );
    }
    return Object.fromEntries(
        Object.entries(result.data).map(([key, value]) => [
            key,
            Array.isArray(value) ? value.join(",") : String(value),
        ]),
    );
}
