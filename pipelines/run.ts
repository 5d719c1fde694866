import { ATTEMPTS, runName, runNamePrefix } from "./run-name";
import {
    clusterReference,
    PENDING,
    STEP_USER,
    TEKTON_API_VERSION,
    type Pipeline,
    type PipelineRunSpec,
    type TektonPipelineRun,
    type VolumeClaimTemplate,
} from "./tekton";

/** How long a run may take when nothing else is said, as a Go duration. */
export const DEFAULT_TIMEOUT = "30m";

const DURATION = /^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/;

/** The time that the runs of a template may take, in seconds. */
export function timeoutSecondsOf(template: PipelineRunTemplate<string>): number {
    const [, hours = "0", minutes = "0", seconds = "0"] = DURATION.exec(template.spec.timeouts.pipeline) ?? [];
    return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** A PipelineRun that lacks nothing but its open params, whose names are in the type. */
export interface PipelineRunTemplate<Param extends string> {
    readonly namespace: string;
    readonly params: readonly Param[];
    /** Params that are the same in every run, with their values. */
    readonly fixed: Readonly<Record<string, string>>;
    /** What a run's name begins with; it goes on with the commit. */
    readonly namePrefix: string;
    readonly spec: Omit<PipelineRunSpec, "params" | "status">;
}

/**
 * What all runs of a Pipeline share. Each task runs as the service account given for it; each workspace is a volume claim
 * of the run's own, which goes when the run has ended.
 *
 * Pods get no API token and no service environment, and fit Pod Security level `restricted`.
 *
 * @throws Error when the timeout is no duration, or names of runs would be too long
 * @see https://tekton.dev/docs/pipelines/pipelineruns/
 */
export function pipelineRunTemplate<
    Param extends string,
    Workspace extends string,
    TaskName extends string,
    Fixed extends Param = never,
>(
    pipeline: Pipeline<Param, Workspace, TaskName>,
    args: {
        readonly namespace: string;
        readonly serviceAccounts: Readonly<Record<NoInfer<TaskName>, string>>;
        /** Whose name the run itself bears. It is what Chains looks up registry secrets by, so it should have none. */
        readonly serviceAccount: string;
        readonly workspaces: Readonly<
            Record<NoInfer<Workspace>, { readonly size: string; readonly storageClass?: string | undefined }>
        >;
        /** Params that every run is given alike: the declaration says them, and the provenance repeats them. */
        readonly fixed?: Readonly<Record<Fixed, string>>;
        /** Default: {@link DEFAULT_TIMEOUT}. */
        readonly timeout?: string | undefined;
    },
): PipelineRunTemplate<Exclude<Param, Fixed>> {
    const fixed: Readonly<Record<string, string>> = args.fixed ?? {};
    const timeout = args.timeout ?? DEFAULT_TIMEOUT;
    if (timeout === "" || !DURATION.test(timeout)) {
        throw new Error(`"${timeout}" is no timeout: write hours, minutes and seconds as in 1h30m.`);
    }
    return {
        namespace: args.namespace,
        params: pipeline.params.filter((param): param is Exclude<Param, Fixed> => !Object.hasOwn(fixed, param)),
        fixed,
        namePrefix: runNamePrefix(pipeline.name, pipeline.taskNames),
        spec: {
            pipelineRef: clusterReference(
                "pipeline",
                pipeline.manifests(args.namespace).pipeline.metadata.name,
                args.namespace,
            ),
            taskRunTemplate: {
                serviceAccountName: args.serviceAccount,
                podTemplate: {
                    automountServiceAccountToken: false,
                    enableServiceLinks: false,
                    securityContext: {
                        fsGroup: STEP_USER,
                        runAsGroup: STEP_USER,
                        runAsNonRoot: true,
                        runAsUser: STEP_USER,
                        seccompProfile: { type: "RuntimeDefault" },
                    },
                },
            },
            taskRunSpecs: pipeline.taskNames.map((name) => ({
                pipelineTaskName: name,
                serviceAccountName: args.serviceAccounts[name],
            })),
            timeouts: { pipeline: timeout },
            workspaces: pipeline.workspaces.map((name) => ({
                name,
                volumeClaimTemplate: volumeClaimTemplate(args.workspaces[name]),
            })),
        },
    };
}

function volumeClaimTemplate(workspace: {
    readonly size: string;
    readonly storageClass?: string | undefined;
}): VolumeClaimTemplate {
    return {
        spec: {
            accessModes: ["ReadWriteOnce"],
            ...(workspace.storageClass === undefined ? {} : { storageClassName: workspace.storageClass }),
            resources: { requests: { storage: workspace.size } },
        },
    };
}

/**
 * A run of a template with its open params, named by its commit. It is pending: whoever creates it starts it when its turn
 * has come.
 *
 * @param attempt - the end of its name. Default: the first of {@link ATTEMPTS}
 */
export function pipelineRun<Param extends string>(
    template: PipelineRunTemplate<Param>,
    params: Readonly<Record<NoInfer<Param> | "commit", string>>,
    attempt: string = ATTEMPTS[0],
): TektonPipelineRun {
    const { pipelineRef, ...rest } = template.spec;
    return {
        apiVersion: TEKTON_API_VERSION,
        kind: "PipelineRun",
        metadata: {
            name: runName(template.namePrefix, params.commit, attempt),
            namespace: template.namespace,
            // Otherwise each run's volume stays as long as the run does, and the namespace's quota ends all building.
            annotations: { "tekton.dev/auto-cleanup-pvc": "true" },
        },
        spec: {
            pipelineRef,
            params: [
                ...template.params.map((param) => ({ name: param, value: params[param] })),
                ...Object.entries(template.fixed).map(([name, value]) => ({ name, value })),
            ],
            status: PENDING,
            ...rest,
        },
    };
}
