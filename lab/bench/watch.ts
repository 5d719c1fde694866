import type { ChildProcess } from "node:child_process";
import { z } from "zod";
import { containerdSocket } from "../cluster/layout";
import { PENDING } from "../../pipelines/tekton";
import { TYPE_HINTS } from "../../names";
import { enterCommand, type Lab } from "../lab";
import { follow, kubectlCommand } from "./follow";
import type { Moment, TaskMoments } from "./stages";

const PIPELINE_RUN = "tekton.dev/pipelineRun";
const PIPELINE_TASK = "tekton.dev/pipelineTask";
const SIGNED = "chains.tekton.dev/signed";

/** What Tekton's entrypoint leaves of a step: https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/result/result.go */
const left = z.array(z.object({ key: z.string(), value: z.string() }));

const container = z.object({
    name: z.string(),
    containerID: z.string().optional(),
    state: z.object({ terminated: z.object({ message: z.string().default("[]") }).optional() }).default({}),
});

/** A PipelineRun, TaskRun or pod, as far as a merge's time depends on it. */
const object = z.object({
    metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
    }),
    spec: z.object({ nodeName: z.string().optional(), status: z.string().optional() }),
    status: z
        .object({
            conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
            containerStatuses: z.array(container).default([]),
            results: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
        })
        .default({ conditions: [], containerStatuses: [], results: [] }),
});

type Seen = z.infer<typeof object>;

const event = z.object({ object });

/** containerd's event of a process that ended; one that was executed in a container has another id than it. */
const exit = z.object({ id: z.string(), container_id: z.string() });

/** What is seen of a run; what was not seen is missing. */
export interface RunMoments {
    readonly created?: Moment;
    /** Its turn has come. */
    readonly started?: Moment;
    readonly done?: Moment;
    readonly signed?: Moment;
    /** What it pushed, by digest; none before its end. */
    readonly images: readonly string[];
    /** In the order in which they were created. */
    readonly tasks: readonly Partial<TaskMoments>[];
}

/** What happens to the runs of a namespace, with the time of this machine, finer than the seconds that Kubernetes notes. */
export class Watch {
    private readonly moments = new Map<string, Moment>();
    /** The steps' containers of a pod, by the pod's place. */
    private readonly steps = new Map<string, string[]>();
    private readonly images = new Map<string, string[]>();
    private readonly processes: readonly ChildProcess[];

    constructor(lab: Lab, namespace: string) {
        const watched = { run: "apis/tekton.dev/v1", task: "apis/tekton.dev/v1", pod: "api/v1" } as const;
        const plural = { run: "pipelineruns", task: "taskruns", pod: "pods" } as const;
        const watches = (["run", "task", "pod"] as const).map((kind) => {
            const url = `/${watched[kind]}/namespaces/${namespace}/${plural[kind]}?watch=true&timeoutSeconds=36000`;
            return follow(lab, kubectlCommand(lab, ["get", "--raw", url]), (line) => {
                this[kind](event.parse(JSON.parse(line)).object);
            });
        });
        const events = ["ctr", "--address", containerdSocket, "--namespace", "k8s.io", "events"];
        const exits = follow(lab, enterCommand(lab.name, events), (line) => {
            const found = / \/tasks\/exit (\{.*\})$/.exec(line)?.[1];
            const ended = found === undefined ? undefined : exit.parse(JSON.parse(found));
            if (ended !== undefined && ended.id === ended.container_id) {
                this.note(`exit ${ended.id}`);
            }
        });
        this.processes = [...watches, exits];
    }

    stop(): void {
        for (const child of this.processes) {
            child.kill();
        }
    }

    /** What was seen of a run. */
    of(run: string): RunMoments {
        const names = [...this.moments.keys()]
            .map((key) => key.split(" "))
            .filter(([kind, of]) => kind === "podCreated" && of === run)
            .map(([, , task = ""]) => task);
        return {
            ...this.found({
                created: `created ${run}`,
                started: `begun ${run}`,
                done: `done ${run}`,
                signed: `signed ${run}`,
            }),
            images: this.images.get(run) ?? [],
            tasks: names.map((task) => {
                const place = `${run} ${task}`;
                const exits = (this.steps.get(place) ?? [])
                    .map((id) => this.moments.get(`exit ${id}`))
                    .filter((moment) => moment !== undefined);
                return {
                    ...this.found({
                        podCreated: `podCreated ${place}`,
                        scheduled: `scheduled ${place}`,
                        started: `started ${place}`,
                        done: `done ${place}`,
                    }),
                    ...(exits.length === 0 ? {} : { exited: Math.max(...exits) }),
                };
            }),
        };
    }

    private found<Name extends string>(keys: Readonly<Record<Name, string>>): Partial<Record<Name, Moment>> {
        return Object.fromEntries(
            Object.entries<string>(keys).flatMap(([name, key]) => {
                const moment = this.moments.get(key);
                return moment === undefined ? [] : [[name, moment]];
            }),
        ) as Partial<Record<Name, Moment>>;
    }

    private note(key: string, moment = Date.now()): void {
        if (!this.moments.has(key)) {
            this.moments.set(key, moment);
        }
    }

    private run({ metadata, spec, status }: Seen): void {
        this.note(`created ${metadata.name}`);
        if (spec.status !== PENDING) {
            this.note(`begun ${metadata.name}`);
        }
        if (ended(status)) {
            this.note(`done ${metadata.name}`);
        }
        const pushed = status.results.find(({ name }) => name === TYPE_HINTS.images)?.value;
        if (typeof pushed === "string") {
            // The Pipeline joins what its pushes name, with blank lines in it.
            this.images.set(metadata.name, pushed.split("\n").filter(Boolean));
        }
        if (metadata.annotations[SIGNED] !== undefined) {
            this.note(`signed ${metadata.name}`);
        }
    }

    private task({ metadata, status }: Seen): void {
        if (ended(status)) {
            this.note(`done ${placeOf(metadata)}`);
        }
    }

    private pod({ metadata, spec, status }: Seen): void {
        // An affinity assistant has no task.
        if (metadata.labels[PIPELINE_TASK] === undefined) {
            return;
        }
        const place = placeOf(metadata);
        this.note(`podCreated ${place}`);
        if (spec.nodeName !== undefined) {
            this.note(`scheduled ${place}`);
        }
        const steps = status.containerStatuses.filter(({ name }) => name.startsWith("step-"));
        this.steps.set(
            place,
            steps.flatMap(({ containerID = "" }) => containerID.split("//").slice(1)),
        );
        const begun = steps.flatMap(({ state }) =>
            left
                .parse(JSON.parse(state.terminated?.message ?? "[]"))
                .filter(({ key }) => key === "StartedAt")
                .map(({ value }) => Date.parse(value)),
        );
        if (begun.length > 0) {
            this.note(`started ${place}`, Math.min(...begun));
        }
    }
}

function ended({ conditions }: Seen["status"]): boolean {
    return conditions.some(({ type, status }) => type === "Succeeded" && status !== "Unknown");
}

function placeOf({ labels }: Seen["metadata"]): string {
    return `${labels[PIPELINE_RUN] ?? ""} ${labels[PIPELINE_TASK] ?? ""}`;
}
