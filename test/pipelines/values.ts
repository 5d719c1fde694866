import { createHash } from "node:crypto";

import { dockerfilePipeline, type DockerfilePipelineArgs } from "../../pipelines/dockerfile";
import type { BuiltPipeline } from "../../pipelines/kind";
import { koPipeline, type KoPipelineArgs } from "../../pipelines/ko";
import type { PinnedImage, Shell, Step, TektonTask } from "../../pipelines/tekton";

/** A pinned image; its digest is that of its name, so that two names never share one. */
export function pinned(repository: string): PinnedImage {
    return `${repository}@sha256:${createHash("sha256").update(repository).digest("hex")}`;
}

/** A pinned image with a shell at its usual place. */
export function scripted(repository: string): { readonly image: PinnedImage; readonly shell: Shell } {
    return { image: pinned(repository), shell: "/bin/sh" };
}

/** Settings of a pipeline that builds two commands. */
export const KO_ARGS: KoPipelineArgs = {
    namespace: "builds",
    images: { git: scripted("tools.test/git"), ko: scripted("tools.test/ko"), crane: scripted("tools.test/crane") },
    baseImage: pinned("tools.test/static"),
    packages: [
        { importPath: "./cmd/one", image: "registry.test/one", test: ["./..."] },
        { importPath: "./cmd/two", image: "registry.test/two", test: ["./..."] },
    ],
    serviceAccounts: { build: "builder", push: "pusher" },
    pushSecret: "registry-credentials",
    caConfigMap: "registry-ca",
    workspaceSize: "1Gi",
    maxStatementBytes: 102_400,
};

/** Settings of a pipeline that builds two Dockerfiles. */
export const DOCKERFILE_ARGS: DockerfilePipelineArgs = {
    namespace: "builds",
    images: {
        git: scripted("tools.test/git"),
        kaniko: { image: pinned("tools.test/kaniko"), shell: "/busybox/sh" },
        crane: scripted("tools.test/crane"),
    },
    dockerfiles: [
        { dockerfile: "Dockerfile", context: ".", image: "registry.test/one" },
        { dockerfile: "two/Dockerfile", context: "two", image: "registry.test/two" },
    ],
    serviceAccounts: { build: "builder", push: "pusher" },
    pushSecret: "registry-credentials",
    caConfigMap: "registry-ca",
    workspaceSize: "1Gi",
    maxStatementBytes: 102_400,
};

/** The Task of a pipeline task of `ko`. */
export function taskOf(name: string, args: KoPipelineArgs = KO_ARGS): TektonTask {
    return taskIn(koPipeline(args), name);
}

/** The Task of a pipeline task of `dockerfile`. */
export function dockerfileTaskOf(name: string, args: DockerfilePipelineArgs = DOCKERFILE_ARGS): TektonTask {
    return taskIn(dockerfilePipeline(args), name);
}

/** The same in any pipeline. */
export function taskIn({ pipeline, tasks }: BuiltPipeline, name: string): TektonTask {
    const reference = pipeline.spec.tasks.find((placed) => placed.name === name)?.taskRef;
    const taskName = reference?.params.find((param) => param.name === "name")?.value;
    const found = tasks.find(({ metadata }) => metadata.name === taskName);
    if (found === undefined) {
        throw new Error(`no Task for the pipeline task "${name}"`);
    }
    return found;
}

/**
 * A step as a process would see it: its script, and its environment with `$(…)` put in place.
 *
 * @param name - default: the Task's only step
 */
export function stepOf(
    task: TektonTask,
    values: Readonly<Record<string, string>>,
    name?: string,
): { readonly script: string; readonly env: Readonly<Record<string, string>> } {
    const [step, ...others] = task.spec.steps.filter((candidate) => name === undefined || candidate.name === name);
    if (step === undefined || others.length > 0) {
        throw new Error("expected one step");
    }
    const env = Object.fromEntries(
        (step.env ?? []).map(({ name, value }) => {
            const given = /^\$\((.*)\)$/.exec(value)?.[1];
            return [name, given === undefined ? value : (values[given] ?? `no value for ${given}`)];
        }),
    );
    return { script: expanded(step.command[2], env), env };
}

/** What the kubelet makes of a command: `$(NAME)` of the environment is put in place, `$$` is a dollar sign. */
function expanded(text: string, env: Readonly<Record<string, string>>): string {
    return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (found, name: string | undefined) =>
        name === undefined ? "$" : (env[name] ?? found),
    );
}

/** A step that does nothing. */
export const STEP: Step = {
    name: "run",
    image: pinned("tools.test/sh"),
    shell: "/bin/sh",
    script: "true",
    env: {},
    mounts: [],
    requests: { cpu: "1", memory: "1Gi" },
};
