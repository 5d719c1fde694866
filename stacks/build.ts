import { MAX_ATTESTATION_BYTES } from "../components/transparency-log-workloads";
import { koPipeline, KO_TASKS } from "../pipelines/ko";
import { mergeBuildSteps, type MergeBuildStep } from "../pipelines/merge-build";
import type { ImageName } from "../locks/images";
import type { Shell, StepImage, TektonPipeline, TektonTask } from "../pipelines/tekton";
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
    const scripted = (name: ImageName): { image: StepImage; shell: Shell } => ({
        image: content.image(name) as StepImage,
        shell: content.shell(name),
    });
    const ko = koPipeline({
        namespace: NAMESPACES.builds,
        images: { git: scripted("git"), ko: scripted("ko"), crane: scripted("crane") },
        baseImage: content.image("static-base") as StepImage,
        packages: settings.images.map(({ importPath, name, test }) => ({
            importPath,
            test,
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
        // Whoever runs a merge's steps finds `sh` by the image's PATH.
        images: { kubectl: scripted("kubectl").image, cosign: scripted("cosign").image },
        builderId: settings.builderId,
        logUrl,
        maxStatementBytes: MAX_ATTESTATION_BYTES,
    });
    return { tasks: ko.tasks, pipeline: ko.pipeline, taskNames: KO_TASKS, mergeSteps };
}
