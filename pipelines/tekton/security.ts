import type { BaselineSecurityContext, RestrictedSecurityContext, StepSecurityContext } from "./objects";

/** The user and group of every step that is not root: known to no image in particular. */
export const STEP_USER = 65532;

/**
 * The Pod Security level that a step needs. `restricted` is for everything that does not itself unpack other images' files
 * and run programs of theirs as root; `baseline` is for that alone.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export type PodSecurity = "restricted" | "baseline";

const RESTRICTED: RestrictedSecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsGroup: STEP_USER,
    runAsNonRoot: true,
    runAsUser: STEP_USER,
    seccompProfile: { type: "RuntimeDefault" },
};

/**
 * Root without the power over the node: no capability but those that give files owners and modes and let a program become
 * another user, no new privileges by executing a file, no system call that the runtime's default profile refuses.
 */
const BASELINE: BaselineSecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { add: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP", "SETGID", "SETUID"], drop: ["ALL"] },
    readOnlyRootFilesystem: false,
    runAsGroup: 0,
    runAsNonRoot: false,
    runAsUser: 0,
    seccompProfile: { type: "RuntimeDefault" },
};

/** The security context of a step: there is one for each level. */
export function securityContext(level: PodSecurity): StepSecurityContext {
    return level === "restricted" ? RESTRICTED : BASELINE;
}
