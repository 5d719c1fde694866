import * as pulumi from "@pulumi/pulumi";
import type { TektonPipeline, TektonTask } from "../pipelines/tekton";
import { KubernetesResource } from "./kubernetes-resource";

/** Arguments of {@link BuildPipeline}. */
export interface BuildPipelineArgs {
    tasks: readonly TektonTask[];
    pipeline: TektonPipeline;
    /** Tekton's webhook, and the namespace. */
    dependsOn: pulumi.Resource[];
}

/**
 * A Pipeline and its Tasks as objects of their own. Their names carry a hash of their content, so a changed definition is
 * another object: what a provenance names never means something else.
 */
export class BuildPipeline extends pulumi.ComponentResource {
    /** Ready when a run may refer to the Pipeline. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: BuildPipelineArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:BuildPipeline", name, {}, options);
        const tasks = args.tasks.map((task) => this.register(task, args.dependsOn));
        this.ready = [...tasks, this.register(args.pipeline, [...args.dependsOn, ...tasks])];
        this.registerOutputs({});
    }

    private register(definition: TektonTask | TektonPipeline, dependsOn: pulumi.Resource[]): KubernetesResource {
        const { apiVersion, kind, metadata, spec } = definition;
        return new KubernetesResource(
            `${kind}/${metadata.namespace}/${metadata.name}`,
            { apiVersion, kind, metadata, spec },
            { parent: this, dependsOn },
        );
    }
}
