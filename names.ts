/**
 * Words that two rooms must agree on. Imports nothing, so that any room may import it.
 */

/** The Pulumi project name (`name:` in Pulumi.yaml), also the namespace of its configuration keys. */
export const PROJECT = "slsa-build-platform";

/** Where the parts of the platform live. The first three are fixed by Tekton's and Chains' own releases. */
export const NAMESPACES = {
    tektonPipelines: "tekton-pipelines",
    tektonResolvers: "tekton-pipelines-resolvers",
    tektonChains: "tekton-chains",
    registry: "image-registry",
    transparencyLog: "transparency-log",
    runPruner: "run-pruner",
} as const;

/** Where a source repository of this name is built. */
export function buildsNamespace(repository: string): string {
    return `builds-${repository}`;
}

/** The Secret, in the registry's namespace, with which the tags of a source repository's images are moved. */
export function promotionSecret(repository: string): string {
    return `promote-${repository}`;
}

/** Name of Tekton's controller in its release; this platform runs one for each builds namespace. */
export const TEKTON_CONTROLLER = "tekton-pipelines-controller";

/** The service account, and the Deployment, of the controller that runs the builds of a namespace. */
export function tektonController(namespace: string): { namespace: string; name: string } {
    return { namespace: NAMESPACES.tektonPipelines, name: `tekton-controller-${namespace}` };
}

/** The service account, and the CronJob, that deletes the runs of a namespace when their time is over. */
export function runPruner(namespace: string): { namespace: string; name: string } {
    return { namespace: NAMESPACES.runPruner, name: `run-pruner-${namespace}` };
}

/** Service accounts of the controllers that serve all builds, as the releases name them. */
export const CONTROLLERS = {
    tektonResolvers: { namespace: NAMESPACES.tektonResolvers, name: "tekton-pipelines-resolvers" },
    tektonChains: { namespace: NAMESPACES.tektonChains, name: "tekton-chains-controller" },
} as const;

/** Service accounts of a builds namespace: each may do one thing. */
export const BUILD_IDENTITIES = {
    /** Clones and builds. Holds no credential and no API token. */
    builder: "builder",
    /** Pushes what was built. Its pods alone mount the registry credential. */
    pusher: "pusher",
    /** Creates PipelineRuns when a merge arrives, and watches them. */
    trigger: "merge-trigger",
    /** Reads the credential that moves tags, once provenance is verified. */
    promoter: "promoter",
} as const;

/** Secrets and ConfigMaps that one component writes and another mounts. */
export const OBJECTS = {
    /** The Secret that Chains' Deployment mounts; the name is fixed by its release. */
    signingSecret: "signing-secrets",
    /** `chains-config`: the name is fixed by Chains. */
    chainsConfig: "chains-config",
    /** Docker configuration of whoever pushes; one Secret a namespace. */
    registryCredentials: "registry-credentials",
    /** Certificate of the CA that signed the registry's certificate. */
    registryCa: "registry-ca",
    /** What the merge trigger runs, and for which repository and branch. */
    mergeTrigger: "merge-trigger",
    /** With which keys the run pruner verifies. */
    verification: "verification",
} as const;

/** Results that Tekton Chains reads as type hints: https://tekton.dev/docs/chains/slsa-provenance/ */
export const TYPE_HINTS = {
    gitUrl: "CHAINS-GIT_URL",
    gitCommit: "CHAINS-GIT_COMMIT",
    images: "IMAGES",
} as const;

/** Annotation of an object of a release whose content is not here: what the lock knows of it. */
export const CONTENT_ANNOTATION = "slsa-build-platform/content";

/** How many builds of a source repository may go on at a time, at most; its Tekton controller looks after so many at once. */
export const MOST_RUNS = 20;
