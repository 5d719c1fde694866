import type { types } from "@pulumi/kubernetes";

/**
 * Security contexts that pass Pod Security "restricted":
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedPod(uid: number): types.input.core.v1.PodSecurityContext {
    return {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: uid,
        fsGroup: uid,
        seccompProfile: { type: "RuntimeDefault" },
    };
}

/** The container's part of {@link restrictedPod}; the root file system is read-only. */
export const RESTRICTED_CONTAINER: types.input.core.v1.SecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
};

/** Namespace labels that make the API server enforce a Pod Security level. */
export function podSecurityLabels(level: "restricted" | "baseline"): Record<string, string> {
    return {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": "latest",
    };
}
