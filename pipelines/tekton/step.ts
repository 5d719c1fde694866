import type { Shell, StepImage } from "./image";
import { listed, type StepObject, type StepSecurityContext } from "./objects";
import { renderValue, type TaskReference } from "./reference";
import type { Mount } from "./volume";

/** The user and group of every step: not root, and known to no image in particular. */
export const STEP_USER = 65532;

/**
 * One step of a Task: a constant script in a pinned image.
 */
export interface Step {
    /** Unique in the Task; a DNS label. */
    readonly name: string;
    readonly image: StepImage;
    /** The image's shell. */
    readonly shell: Shell;
    /**
     * Shell text that never changes from run to run. Whatever differs reaches it through `env`, so no value of a run can
     * become code.
     */
    readonly script: string;
    readonly env: Readonly<Record<string, string | TaskReference>>;
    /** Beside the Task's workspaces. The root file system is read only: a step that needs `/tmp` mounts one. */
    readonly mounts: readonly Mount[];
    /** What the scheduler keeps free for it, as Kubernetes quantities (`500m`, `1Gi`). */
    readonly requests: { readonly cpu: string; readonly memory: string };
}

const SECURITY_CONTEXT: StepSecurityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsGroup: STEP_USER,
    runAsNonRoot: true,
    runAsUser: STEP_USER,
    seccompProfile: { type: "RuntimeDefault" },
};

/** Renders a step; its security context is not a choice. */
export function renderStep(step: Step): StepObject {
    return {
        name: step.name,
        image: step.image,
        ...listed(
            "env",
            Object.entries(step.env).map(([name, value]) => ({ name, value: renderValue(value) })),
        ),
        computeResources: { requests: { cpu: step.requests.cpu, memory: step.requests.memory } },
        securityContext: SECURITY_CONTEXT,
        ...listed(
            "volumeMounts",
            step.mounts.map(({ mount }) => mount),
        ),
        script: `#!${step.shell}\n${step.script}`,
    };
}
