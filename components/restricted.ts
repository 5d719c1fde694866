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

/** Namespace labels that make the API server enforce Pod Security "restricted". */
export const RESTRICTED_NAMESPACE = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
} as const;
