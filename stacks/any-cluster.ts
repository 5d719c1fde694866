import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { BuildNamespace } from "../components/build-namespace";
import { BuildPipeline } from "../components/build-pipeline";
import { ImageRegistry } from "../components/image-registry";
import { LocalSigningKey } from "../components/local-signing-key";
import { MergeTrigger } from "../components/merge-trigger";
import { RegistryCertificate } from "../components/registry-certificate";
import { REGISTRY_PORT } from "../components/registry-configuration";
import { TektonChains } from "../components/tekton-chains";
import { TektonPipelines } from "../components/tekton-pipelines";
import { TransparencyLog } from "../components/transparency-log";
import { NAMESPACES } from "../names";
import { buildPipeline } from "./build";
import { chainsConfig } from "./chains";
import type { Content } from "./content";
import type { Settings } from "./settings";

/**
 * The platform on a Kubernetes cluster that you already have: registry and transparency log -> Tekton -> Chains ->
 * builds -> merge trigger. The signing key is made here and kept in the stack's encrypted state.
 *
 * @param content - the releases and images to deploy, or what the locks know of them
 * @returns the stack's outputs: what a verifier needs
 */
export function anyCluster(settings: Settings, content: Content): Record<string, unknown> {
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
    const tekton = new TektonPipelines(
        "tekton-pipelines",
        { release: content.tektonPipelines, buildNamespace: NAMESPACES.builds },
        on,
    );
    const signingKey = new LocalSigningKey("signing-key", kept);
    const chains = new TektonChains(
        "tekton-chains",
        {
            release: content.tektonChains,
            config: chainsConfig(settings.builderId, log.url),
            signingKey: signingKey.privateKey,
            dockerConfig: registry.dockerConfig.chains,
            registryCa: certificate.authority,
            dependsOn: [...tekton.ready, registry, log],
        },
        on,
    );
    const build = buildPipeline(settings, content, log.url);
    const builds = new BuildNamespace(
        "builds",
        {
            namespace: NAMESPACES.builds,
            tasks: build.taskNames,
            cloneEgress: settings.cloneEgress,
            buildEgress: settings.buildEgress,
            nameServers: settings.nameServers,
            registry: { namespace: NAMESPACES.registry, port: REGISTRY_PORT },
            dockerConfig: registry.dockerConfig.builder,
            registryCa: certificate.authority,
            dependsOn: [...tekton.ready, ...chains.ready],
        },
        on,
    );
    const pipeline = new BuildPipeline(
        "build-pipeline",
        { tasks: build.tasks, pipeline: build.pipeline, dependsOn: builds.ready },
        on,
    );
    new MergeTrigger(
        "merge-trigger",
        {
            namespace: builds.namespace,
            repository: settings.sourceRepository,
            branch: settings.sourceBranch,
            steps: build.mergeSteps,
            verification: {
                signingPublicKey: signingKey.publicKey,
                logPublicKey: log.publicKey,
                registryCa: certificate.authority,
            },
            dependsOn: pipeline.ready,
        },
        on,
    );
    return {
        signingPublicKey: signingKey.publicKey,
        transparencyLogPublicKey: log.publicKey,
        transparencyLogUrl: log.url,
        registry: settings.registryAddress,
        registryCa: certificate.authority,
        images: settings.images.map(({ name }) => `${settings.registryAddress}/${name}`),
        buildsNamespace: builds.namespace,
        pipeline: build.pipeline.metadata.name,
    };
}
