import type { Shell, StepImage } from "./image";
import { listed, type StepObject } from "./objects";
import { renderValue, type TaskReference } from "./reference";
import { securityContext, type PodSecurity } from "./security";
import type { Mount } from "./volume";

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
    /** Beside the workspaces. At level `restricted` the root file system is read only: a step that needs `/tmp` mounts one. */
    readonly mounts: readonly Mount[];
    /**
     * Which of the Task's workspaces it sees. A workspace that any step names is mounted in the steps that name it alone;
     * one that no step names is mounted in all.
     *
     * @see https://tekton.dev/docs/pipelines/workspaces/#isolating-workspaces-to-specific-steps-or-sidecars
     */
    readonly workspaces?: readonly string[];
    /** Default: `restricted`. `baseline` runs it as root, and its namespace must allow that. */
    readonly security?: PodSecurity;
    /** What the scheduler keeps free for it, as Kubernetes quantities (`500m`, `1Gi`). */
    readonly requests: { readonly cpu: string; readonly memory: string };
}

/**
 * Renders a step; of its security context the level is the only choice.
 *
 * @param mountPaths - of workspaces that are not mounted where Tekton would
 */
export function renderStep(step: Step, mountPaths: Readonly<Partial<Record<string, string>>>): StepObject {
    return {
        name: step.name,
        image: step.image,
        ...listed(
            "env",
            Object.entries(step.env).map(([name, value]) => ({ name, value: renderValue(value) })),
        ),
        computeResources: { requests: { cpu: step.requests.cpu, memory: step.requests.memory } },
        securityContext: securityContext(step.security ?? "restricted"),
        ...listed(
            "volumeMounts",
            step.mounts.map(({ mount }) => mount),
        ),
        ...listed(
            "workspaces",
            (step.workspaces ?? []).map((name) => ({ name, mountPath: mountPaths[name] ?? `/workspace/${name}` })),
        ),
        // Not Tekton's `script`, for which each pod would get one more init container: a second each.
        command: [step.shell, "-c", verbatim(step.script)],
    };
}

/**
 * Text that Kubernetes hands to a container as it stands: `$(NAME)` would be a variable of the container's environment.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint
 */
function verbatim(text: string): string {
    return text.replaceAll(/\$(?=[$(])/g, "$$$$");
}
