import { MAX_ATTESTATION_BYTES } from "../components/transparency-log-workloads";
import { PIPELINES } from "../pipelines/catalog";
import type { BuiltPipeline, PipelineContext } from "../pipelines/kind";
import { mergeBuildSteps, type MergeBuildStep } from "../pipelines/merge-build";
import { pruneSteps, type PruneStep } from "../pipelines/prune-runs";
import type { StepImage } from "../pipelines/tekton";
import type { ImageName } from "../locks/images";
import { BUILD_IDENTITIES, buildsNamespace, OBJECTS } from "../names";
import type { Content } from "./content";
import { secondsOf } from "./duration";
import type { SourceRepository } from "./repositories";
import type { Settings } from "./settings";

/** A source repository's pipeline, with what sets it off. */
export interface Build extends BuiltPipeline {
    readonly repository: SourceRepository;
    readonly namespace: string;
    readonly mergeSteps: readonly MergeBuildStep[];
    /** What deletes its runs when their time is over. */
    readonly pruneSteps: readonly PruneStep[];
}

/**
 * The pipeline that builds a source repository's images, and the steps that a merge of it runs.
 *
 * @param logUrl - URL of the transparency log in which the provenance must be found
 */
export function buildOf(repository: SourceRepository, settings: Settings, content: Content, logUrl: string): Build {
    const namespace = buildsNamespace(repository.name);
    // A pipeline asks by any name; the lock says whether there is such an image.
    const image = (name: string): StepImage => content.image(name as ImageName) as StepImage;
    const context: PipelineContext = {
        namespace,
        registryPath: `${settings.registryAddress}/${repository.name}`,
        scripted: (name) => ({ image: image(name), shell: content.shell(name as ImageName) }),
        base: image,
        serviceAccounts: { build: BUILD_IDENTITIES.builder, push: BUILD_IDENTITIES.pusher },
        credentialSecret: repository.credential,
        pushSecret: OBJECTS.registryCredentials,
        caConfigMap: OBJECTS.registryCa,
        workspaceSize: repository.workspaceSize,
        storageClass: settings.storageClass,
        maxStatementBytes: MAX_ATTESTATION_BYTES,
        // Go, and so Tekton, knows no days.
        timeout: `${String(secondsOf(repository.timeout))}s`,
    };
    // An entry is of the kind that it names: stacks/repositories.ts reads it so.
    const { pipeline } = PIPELINES[repository.pipeline] as {
        pipeline: (context: PipelineContext, entry: SourceRepository) => BuiltPipeline;
    };
    const built = pipeline(context, repository);
    const mergeSteps = mergeBuildSteps({
        template: built.runTemplate,
        url: repository.url,
        pushed: built.images,
        // Whoever runs a merge's steps finds `sh` by the image's PATH.
        images: {
            kubectl: context.scripted("kubectl").image,
            cosign: context.scripted("cosign").image,
            crane: context.scripted("crane").image,
        },
        tags: repository.tags,
        maxRuns: repository.maxRuns,
        cancelOlder: repository.cancelOlder,
        builderId: settings.builderId,
        logUrl,
        maxStatementBytes: MAX_ATTESTATION_BYTES,
        imageSignatures: settings.imageSignatures,
    });
    const prune = pruneSteps({
        namespace,
        keepSeconds: {
            verified: secondsOf(settings.keepVerifiedRuns),
            failed: secondsOf(settings.keepFailedRuns),
        },
        mergeSteps,
        kubectl: context.scripted("kubectl").image,
    });
    return { ...built, repository, namespace, mergeSteps, pruneSteps: prune };
}
