import { koPipeline, KO_TASKS } from "../pipelines/ko";
import { mergeBuildSteps, type MergeBuildStep } from "../pipelines/merge-build";
import type { StepImage, TektonPipeline, TektonTask } from "../pipelines/tekton";
import { BUILD_IDENTITIES, NAMESPACES, OBJECTS } from "../names";
import type { Content } from "./content";
import type { Settings } from "./settings";

/** A team's pipeline with what sets it off. */
export interface Build {
    tasks: readonly TektonTask[];
    pipeline: TektonPipeline;
    taskNames: { clone: string; build: string; push: string };
    mergeSteps: readonly MergeBuildStep[];
}

/**
 * The pipeline that builds the images of the settings, and the steps that a merge runs.
 *
 * @param logUrl - URL of the transparency log in which the provenance must be found
 */
export function buildPipeline(settings: Settings, content: Content, logUrl: string): Build {
    const image = (name: Parameters<Content["image"]>[0]): StepImage => content.image(name) as StepImage;
    const ko = koPipeline({
        namespace: NAMESPACES.builds,
        images: { git: image("git"), ko: image("ko"), crane: image("crane") },
        baseImage: image("static-base"),
        packages: settings.images.map(({ importPath, name }) => ({
            importPath,
            image: `${settings.registryAddress}/${name}`,
        })),
        serviceAccounts: { build: BUILD_IDENTITIES.builder, push: BUILD_IDENTITIES.pusher },
        pushSecret: OBJECTS.registryCredentials,
        caConfigMap: OBJECTS.registryCa,
        workspaceSize: settings.workspaceSize,
        ...(settings.storageClass === undefined ? {} : { storageClass: settings.storageClass }),
    });
    const mergeSteps = mergeBuildSteps({
        template: ko.runTemplate,
        url: settings.sourceRepository,
        repositories: settings.images.map(({ name }) => `${settings.registryAddress}/${name}`),
        images: { kubectl: image("kubectl"), cosign: image("cosign") },
        builderId: settings.builderId,
        logUrl,
    });
    return { tasks: ko.tasks, pipeline: ko.pipeline, taskNames: KO_TASKS, mergeSteps };
}
