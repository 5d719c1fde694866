import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AdmissionRules } from "../components/admission-rules";
import { BuildNamespace } from "../components/build-namespace";
import { BuildPipeline } from "../components/build-pipeline";
import { ImagePromoter } from "../components/image-promoter";
import { ImageRegistry } from "../components/image-registry";
import { LocalSigningKey } from "../components/local-signing-key";
import { MergeTrigger } from "../components/merge-trigger";
import { RegistryCertificate } from "../components/registry-certificate";
import { REGISTRY_PORT } from "../components/registry-configuration";
import { RunPruner } from "../components/run-pruner";
import type { Signer } from "../components/signer";
import { TektonChains } from "../components/tekton-chains";
import { TektonPipelines } from "../components/tekton-pipelines";
import { TransparencyLog } from "../components/transparency-log";
import { NAMESPACES } from "../names";
import { PIPELINES } from "../pipelines/catalog";
import { buildOf } from "./build";
import { chainsConfig } from "./chains";
import type { Content } from "./content";
import type { Settings } from "./settings";

/** The key that provenance is signed with. */
export interface SigningKey {
    signer: Signer;
    /** What verifiers need: SubjectPublicKeyInfo, PEM. */
    publicKey: pulumi.Output<string>;
}

/**
 * The platform on a Kubernetes cluster that you already have: registry and transparency log -> Tekton -> Chains -> for
 * each source repository its builds and its merge trigger.
 *
 * @param content - the releases and images to deploy, or what the locks know of them
 * @param signingKey - declares the key; by default it is made here and kept in the stack's encrypted state
 * @returns the stack's outputs: what a verifier needs
 */
export function anyCluster(
    settings: Settings,
    content: Content,
    signingKey: (options: { protect: boolean }) => SigningKey = localSigningKey,
): Record<string, unknown> {
    const cluster = new kubernetes.Provider("cluster", {
        kubeconfig: settings.kubeconfig,
        ...(settings.kubeContext === undefined ? {} : { context: settings.kubeContext }),
        enableServerSideApply: true,
        // Names are fixed: replacing a ConfigMap or Secret would delete what a running pod reads.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
    });
    const on: pulumi.ComponentResourceOptions = { providers: { kubernetes: cluster } };
    const kept = { protect: settings.protectData };
    const volumes = {
        ...kept,
        ...(settings.storageClass === undefined ? {} : { storageClass: settings.storageClass }),
    };
    const [registryHost = ""] = settings.registryAddress.split(":");

    const certificate = new RegistryCertificate("registry-certificate", { host: registryHost });
    const registry = new ImageRegistry(
        "image-registry",
        {
            namespace: NAMESPACES.registry,
            entries: settings.repositories.map(({ name }) => name),
            address: settings.registryAddress,
            certificate: certificate.certificate,
            privateKey: certificate.privateKey,
            images: { nginx: content.image("nginx"), registry: content.image("registry") },
            size: settings.registrySize,
            ...volumes,
        },
        on,
    );
    const log = new TransparencyLog(
        "transparency-log",
        {
            namespace: NAMESPACES.transparencyLog,
            address: settings.transparencyLogAddress,
            images: {
                rekor: content.image("rekor-server"),
                trillianLogServer: content.image("trillian-log-server"),
                trillianLogSigner: content.image("trillian-log-signer"),
                postgres: content.image("postgres"),
                redis: content.image("redis"),
            },
            schema: content.trillianSchema,
            size: settings.transparencyLogSize,
            nameServers: settings.nameServers,
            ...volumes,
        },
        on,
    );
    const builds = settings.repositories.map((repository) => buildOf(repository, settings, content, log.url));
    const tekton = new TektonPipelines(
        "tekton-pipelines",
        { release: content.tektonPipelines, buildNamespaces: builds.map(({ namespace }) => namespace) },
        on,
    );
    const key = signingKey(kept);
    const chains = new TektonChains(
        "tekton-chains",
        {
            release: content.tektonChains,
            config: chainsConfig(settings.builderId, log.url, settings.imageSignatures, key.signer),
            signer: key.signer,
            dockerConfig: registry.dockerConfig.chains,
            registryCa: certificate.authority,
            dependsOn: [...tekton.ready, registry, log],
        },
        on,
    );
    const places = builds.map((build) => {
        const { repository, namespace } = build;
        const where = new BuildNamespace(
            namespace,
            {
                namespace,
                podSecurity: PIPELINES[repository.pipeline].podSecurity,
                tasks: build.taskNames,
                cloneEgress: repository.cloneEgress,
                buildEgress: repository.buildEgress,
                workspaceSize: repository.workspaceSize,
                nameServers: settings.nameServers,
                registry: { namespace: NAMESPACES.registry, port: REGISTRY_PORT },
                dockerConfig: ofEntry(registry.dockerConfig.push, repository.name),
                registryCa: certificate.authority,
                dependsOn: [...tekton.ready, ...chains.ready],
            },
            on,
        );
        return { build, where };
    });
    const rules = new AdmissionRules(
        "admission-rules",
        {
            builds: builds.map(({ namespace, repository, runTemplate }) => ({
                namespace,
                runTemplate,
                url: repository.url,
            })),
            dependsOn: places.flatMap(({ where }) => where.ready),
        },
        on,
    );
    const verification = {
        signingPublicKey: key.publicKey,
        logPublicKey: log.publicKey,
        registryCa: certificate.authority,
    };
    new RunPruner(
        "run-pruner",
        {
            builds: builds.map(({ namespace, pruneSteps }) => ({ namespace, steps: pruneSteps })),
            verification,
            nameServers: settings.nameServers,
            dependsOn: rules.ready,
        },
        on,
    );
    for (const { build, where } of places) {
        const { repository } = build;
        const pipeline = new BuildPipeline(
            `build-pipeline-${repository.name}`,
            { tasks: build.tasks, pipeline: build.pipeline, dependsOn: where.ready },
            on,
        );
        const promoter = new ImagePromoter(
            `image-promoter-${repository.name}`,
            {
                repository: repository.name,
                namespace: where.namespace,
                registryNamespace: registry.namespace,
                dockerConfig: ofEntry(registry.dockerConfig.promote, repository.name),
                dependsOn: where.ready,
            },
            on,
        );
        new MergeTrigger(
            `merge-trigger-${repository.name}`,
            {
                namespace: where.namespace,
                repository: repository.url,
                branch: repository.branch,
                steps: build.mergeSteps,
                cancelOlder: repository.cancelOlder,
                verification,
                promotion: promoter.credential,
                dependsOn: [...pipeline.ready, ...rules.ready, promoter],
            },
            on,
        );
    }
    return {
        signingPublicKey: key.publicKey,
        transparencyLogPublicKey: log.publicKey,
        transparencyLogUrl: log.url,
        registry: settings.registryAddress,
        registryCa: certificate.authority,
        repositories: builds.map(({ repository, namespace, pipeline, images }) => ({
            name: repository.name,
            namespace,
            pipeline: pipeline.metadata.name,
            images: images.map((image) => image.repository),
        })),
    };
}

function localSigningKey(options: { protect: boolean }): SigningKey {
    const { privateKey, publicKey } = new LocalSigningKey("signing-key", options);
    return { signer: { x509: privateKey }, publicKey };
}

function ofEntry<T>(all: Readonly<Record<string, T>>, entry: string): T {
    const found = all[entry];
    if (found === undefined) {
        throw new Error(
            `The registry has no entry "${entry}": give ImageRegistry the name of every source repository.`,
        );
    }
    return found;
}
