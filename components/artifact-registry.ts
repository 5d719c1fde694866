import * as artifactregistry from "@pulumi/gcp/artifactregistry";
import * as pulumi from "@pulumi/pulumi";
import { BUILD_IDENTITIES, buildsNamespace, CONTROLLERS } from "../names";
import { deletionPolicy } from "./deletion-policy";
import { imageCleanup, UNTAGGED_DAYS } from "./image-cleanup";
import { imageRepositoryPath } from "./image-repository-path";
import { imageWriterRoles, type ImageWriterRoles } from "./image-writer-roles";
import { workloadPrincipal } from "./workload-identity";

/** Where the images of a source repository are. */
export interface ImageRepository {
    /** Name of the source repository, whose builds push there. */
    source: string;
    /** Its name in Artifact Registry. `gcr.io`, in location `us`, is reached as `gcr.io/PROJECT`. @default the source's name */
    repository?: string;
    /** A region, or `us`, `europe` or `asia`. Cannot be changed. @default the registry's */
    location?: string;
    /**
     * Whether it is there already and stays as it is: its cleanup, labels and protection are then not this platform's, and its
     * tags must not be immutable. Its IAM policy is: whoever was granted something on it loses that.
     *
     * @default false: it is made here
     */
    existing?: boolean;
    /**
     * `public`: everybody may read, without a login (an organisation's policy may forbid that). `private`: nodes, and whom
     * `otherReaders` names.
     *
     * @default private
     */
    readers?: "private" | "public";
    /** IAM members who may read beside nodes and writers: whoever verifies from outside the cluster. @default none */
    otherReaders?: readonly pulumi.Input<string>[];
}

/** Arguments of {@link ArtifactRegistry}. */
export interface ArtifactRegistryArgs {
    /** Id of the project, which is the cluster's too. */
    project: string;
    /** Number of the project. */
    projectNumber: string;
    /** Of the repositories that name none. */
    location: string;
    labels: Readonly<Record<string, string>>;
    /** One for each source repository. */
    repositories: readonly ImageRepository[];
    /** As whom nodes pull images, as `GkeCluster.nodeMembers` has them. */
    nodeMembers: readonly pulumi.Input<string>[];
    /** After how many days an image without a tag is deleted, 30 to 3650. @default {@link UNTAGGED_DAYS} */
    untaggedDays?: number;
    /** Whether images are scanned for known vulnerabilities, where the project has the Container Scanning API enabled. @default true */
    vulnerabilityScanning?: boolean;
    /** Whether Pulumi, and Google's provider after it, refuse to delete or replace a repository. */
    protect: boolean;
    /** The enabled services. */
    dependsOn: pulumi.Resource[];
}

const READER = "roles/artifactregistry.reader";

/**
 * A repository of Artifact Registry for each source repository: its images, and beside them their signatures and attestations.
 *
 * **Its IAM policy is set as a whole.** Three identities of the cluster may write, none may delete: who pushes for this source,
 * by digest; who moves its tags once provenance is verified; Chains. A grant made by hand is taken back by the next `up` that
 * refreshes, and no other program may grant anything there. Roles that are inherited from the project, its folders and the
 * organisation are added by Google, and are not seen here.
 *
 * **IAM knows no single tags or images.** So Chains could push an image, and Chains and the promoter could move any tag of the
 * repository. What an image is, its digest says; what it is made from, its provenance.
 *
 * Google encrypts what is stored. A key of one's own (CMEK) is left out: it cannot be changed later, and with it the images
 * and their attestations are lost.
 */
export class ArtifactRegistry extends pulumi.ComponentResource {
    /** Source repository -> what the names of its images begin with: `HOST/PROJECT/REPOSITORY`, or `gcr.io/PROJECT`. */
    readonly path: Readonly<Record<string, pulumi.Output<string>>>;
    /** Ready when who may write and read may. */
    readonly ready: pulumi.Resource[];

    /** @throws Error for names, locations and readers that cannot be, and for a repository that two sources share */
    constructor(name: string, args: ArtifactRegistryArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:ArtifactRegistry", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const repositories = args.repositories.map((given) => {
            const place = {
                project: args.project,
                location: given.location ?? args.location,
                repository: given.repository ?? given.source,
            };
            return { given, place, path: imageRepositoryPath(place) };
        });
        checkAlone(repositories.map(({ given, path }) => ({ source: given.source, path })));
        const cleanupPolicies = imageCleanup(args.untaggedDays ?? UNTAGGED_DAYS);
        const roles = imageWriterRoles(name, args.project, child);

        const policies = repositories.map(({ given, place, path }) => {
            const repository =
                given.existing === true
                    ? place.repository
                    : new artifactregistry.Repository(
                          `${name}-${given.source}`,
                          {
                              project: place.project,
                              location: place.location,
                              repositoryId: place.repository,
                              description: `Images of ${given.source}, and their provenance.`,
                              format: "DOCKER",
                              mode: "STANDARD_REPOSITORY",
                              // docs/decisions/0013-mutable-tags.md
                              dockerConfig: { immutableTags: false },
                              cleanupPolicies,
                              cleanupPolicyDryRun: false,
                              vulnerabilityScanningConfig: {
                                  enablementConfig: (args.vulnerabilityScanning ?? true) ? "INHERITED" : "DISABLED",
                              },
                              labels: args.labels,
                              deletionPolicy: deletionPolicy(args.protect),
                          },
                          { ...child, protect: args.protect },
                      ).repositoryId;
            const policy = new artifactregistry.RepositoryIamPolicy(
                `${name}-${given.source}-policy`,
                {
                    project: place.project,
                    location: place.location,
                    repository,
                    policyData: policyData(given, args, roles),
                },
                child,
            );
            return { source: given.source, path, policy };
        });
        // Known in a plan, and there once it may be pushed to.
        this.path = Object.fromEntries(
            policies.map(({ source, path, policy }) => [source, policy.repository.apply(() => path)]),
        );
        this.ready = policies.map(({ policy }) => policy);
        this.registerOutputs({ path: this.path });
    }
}

/** Written out: the data source that would write it has no answer before a deployment. */
function policyData(
    { source, readers = "private", otherReaders = [] }: ImageRepository,
    { project, projectNumber, nodeMembers }: ArtifactRegistryArgs,
    roles: ImageWriterRoles,
): pulumi.Output<string> {
    const identity = (namespace: string, serviceAccount: string): string =>
        workloadPrincipal({ project, projectNumber, namespace, serviceAccount });
    const pusher = identity(buildsNamespace(source), BUILD_IDENTITIES.pusher);
    const promoter = identity(buildsNamespace(source), BUILD_IDENTITIES.promoter);
    const chains = identity(CONTROLLERS.tektonChains.namespace, CONTROLLERS.tektonChains.name);
    return pulumi
        .all([roles.push, roles.tag, pulumi.all([...nodeMembers]), pulumi.all([...otherReaders])])
        .apply(([push, tag, nodes, others]) =>
            JSON.stringify({
                bindings: [
                    {
                        members: [
                            ...(readers === "public" ? ["allUsers"] : []),
                            pusher,
                            promoter,
                            chains,
                            ...nodes,
                            ...others.map(checkedReader),
                        ].sort(),
                        role: READER,
                    },
                    { members: [pusher], role: push },
                    { members: [promoter, chains].sort(), role: tag },
                ],
            }),
        );
}

/** Who reads without being named is the matter of `readers` alone. */
function checkedReader(member: string): string {
    if (!/^(?:principal:\/\/|principalSet:\/\/|(?:user|group|serviceAccount|domain):)[^\s*]+$/.test(member)) {
        throw new Error(
            `otherReaders holds "${member}"; it must be an IAM member who is named. Everybody reads where readers is "public"`,
        );
    }
    return member;
}

/** Whoever pushes for one source could write what the other's images are looked for under. */
function checkAlone(repositories: readonly { source: string; path: string }[]): void {
    if (repositories.length === 0) {
        throw new Error("repositories is empty; name at least one source repository that pushes images");
    }
    repositories.forEach(({ source, path }, index) => {
        const other = repositories.slice(0, index).find((before) => before.path === path || before.source === source);
        if (other !== undefined) {
            throw new Error(
                `repositories: ${other.source} at ${other.path} and ${source} at ${path}; give each source repository its own`,
            );
        }
    });
}
