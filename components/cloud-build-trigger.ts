import * as artifactregistry from "@pulumi/gcp/artifactregistry";
import * as cloudbuild from "@pulumi/gcp/cloudbuild";
import * as cloudbuildv2 from "@pulumi/gcp/cloudbuildv2";
import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { BUILD_IDENTITIES } from "../names";
import { cloudBuild, type ScriptedImage } from "../pipelines/cloud-build";
import { sourceUri, type MergeBuildStep } from "../pipelines/merge-build";
import type { Shell, StepImage } from "../pipelines/tekton";
import { buildLog } from "./cloud-build-log";
import type { CloudBuildPlatform } from "./cloud-build-platform";
import { googleName } from "./google-name";
import { mergeRights } from "./merge-rights";
import type { Verification } from "./verification";

/** Arguments of {@link CloudBuildTrigger}. */
export interface CloudBuildTriggerArgs {
    /** Id of the project. */
    project: string;
    /** Where builds run, and where the cluster and the connection are. */
    region: string;
    /** On whatever has labels. */
    labels: Readonly<Record<string, string>>;
    platform: Pick<CloudBuildPlatform, "connection" | "clusterRole" | "ready">;
    /** Name of the cluster. */
    cluster: string;
    /** Where the repository is built. */
    namespace: pulumi.Input<string>;
    /** URL of the version-controlled source; the only one that is built. */
    repository: string;
    /** The only branch whose merges are built. Who may push to it, and after which review, the forge decides. */
    branch: string;
    /** The steps that run at each merge; the first creates the run, by reference to a declared Pipeline. */
    steps: readonly MergeBuildStep[];
    /** Whether the steps cancel older runs. */
    cancelOlder: boolean;
    verification: Verification;
    /** Where an image of `steps` has its shell. */
    shell: (image: StepImage) => Shell;
    /** {@link CloudBuildArgs.gcloud} */
    gcloud: ScriptedImage;
    /** E-mail of the service account that may move tags, and the hosts of the registries where. It is of this project. */
    promoter: { serviceAccount: string; registries: readonly string[] };
    /** Repositories of Artifact Registry, in this project and region, with images of steps. The others are read by anybody. */
    imageRepositories: readonly string[];
    /** How many days a build's log is kept. @default {@link LOG_DAYS} */
    logDays?: number;
    /** Whether the logs refuse to be deleted. */
    protect: boolean;
    dependsOn: pulumi.Resource[];
}

/** A year, and the time to look for something in it. */
export const LOG_DAYS = 400;

/**
 * What a merge sets off, on Google Cloud: a build of Cloud Build for each push to one branch of one repository, under an
 * account of its own, with the declared steps. What runs at a merge is in the trigger; nothing of it is read from the source.
 *
 * The account learns where one cluster is, connects to it, and has there what the trigger of any cluster has, in one namespace:
 * RBAC names it as a user, by its e-mail. A cluster has no IAM policy, so its role is granted on the project, on the condition
 * that the cluster is this one. Beside that it adds logs to its bucket, reads images of steps, and asks for tokens of the
 * promoter.
 *
 * Nobody approves a build: the review of a merge is that, and a build that waits would leave a merge without images. A push of
 * a tag or a pull request starts none. Whoever may run the trigger by hand (`cloudbuild.builds.create`, and to act as the
 * account) chooses a commit of the repository, of whatever branch.
 *
 * @throws Error for steps that verify another source than `repository`, and for a branch that is none
 */
export class CloudBuildTrigger extends pulumi.ComponentResource {
    /** As whom builds run, by e-mail: also its name in the cluster. */
    readonly account: pulumi.Output<string>;

    constructor(name: string, args: CloudBuildTriggerArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:CloudBuildTrigger", name, {}, options);
        checkSource(args);
        const child = { parent: this, dependsOn: args.dependsOn };
        const account = new serviceaccount.Account(
            `${name}-account`,
            {
                project: args.project,
                accountId: googleName("service account", name),
                displayName: `Merges of ${args.repository}`,
            },
            child,
        );
        // Not the account's own output: a plan names whom it binds.
        const email = account.accountId.apply((id) => `${id}@${args.project}.iam.gserviceaccount.com`);
        const member = email.apply((known) => `serviceAccount:${known}`);
        const log = buildLog(name, {
            project: args.project,
            region: args.region,
            labels: args.labels,
            member,
            days: args.logDays ?? LOG_DAYS,
            protect: args.protect,
            options: child,
        });
        const granted = [
            ...log.ready,
            new projects.IAMMember(
                `${name}-cluster`,
                {
                    project: args.project,
                    role: args.platform.clusterRole,
                    member,
                    condition: {
                        title: `only ${args.cluster}`,
                        // The project is the one that the role is granted on, by id or by number.
                        expression: `resource.name.endsWith("/locations/${args.region}/clusters/${googleName("cluster", args.cluster)}")`,
                    },
                },
                child,
            ),
            new serviceaccount.IAMMember(
                `${name}-promotes`,
                {
                    serviceAccountId: `projects/${args.project}/serviceAccounts/${args.promoter.serviceAccount}`,
                    role: "roles/iam.serviceAccountTokenCreator",
                    member,
                },
                child,
            ),
            ...args.imageRepositories.map(
                (repository) =>
                    new artifactregistry.RepositoryIamMember(
                        `${name}-reads-${repository}`,
                        {
                            project: args.project,
                            location: args.region,
                            repository,
                            role: "roles/artifactregistry.reader",
                            member,
                        },
                        child,
                    ),
            ),
            ...inCluster(name, args, email, child),
        ];
        const source = new cloudbuildv2.Repository(
            `${name}-repository`,
            {
                project: args.project,
                location: args.region,
                name: googleName("build repository", name),
                parentConnection: args.platform.connection,
                remoteUri: sourceUri(args.repository).replace(/^git\+/, ""),
            },
            { ...child, dependsOn: [...args.dependsOn, ...args.platform.ready] },
        );
        const build = cloudBuild<pulumi.Input<string>>({
            steps: args.steps,
            shell: args.shell,
            gcloud: args.gcloud,
            cluster: { project: args.project, location: args.region, name: args.cluster },
            promoter: args.promoter,
            verification: {
                SIGNING_PUBLIC_KEY: args.verification.signingPublicKey,
                LOG_PUBLIC_KEY: args.verification.logPublicKey,
                REGISTRY_CA: args.verification.registryCa,
            },
            map: (value, text) => pulumi.output(value).apply(text),
        });
        new cloudbuild.Trigger(
            `${name}-trigger`,
            {
                project: args.project,
                location: args.region,
                name: googleName("build trigger", name),
                description: `Builds what is merged on ${args.branch}.`,
                repositoryEventConfig: { repository: source.id, push: { branch: branchPattern(args.branch) } },
                serviceAccount: email.apply((known) => `projects/${args.project}/serviceAccounts/${known}`),
                approvalConfig: { approvalRequired: false },
                build: {
                    ...build,
                    logsBucket: log.url,
                    // To the bucket alone. An account that may not change a log cannot send it piece by piece.
                    options: { ...build.options, logging: "GCS_ONLY", logStreamingOption: "STREAM_OFF" },
                },
            },
            { ...child, dependsOn: [...args.dependsOn, ...granted] },
        );
        this.account = email;
        this.registerOutputs({});
    }
}

/** What the account may do in the cluster: what the trigger of any cluster may, under a name that is Google's. */
function inCluster(
    name: string,
    args: CloudBuildTriggerArgs,
    email: pulumi.Output<string>,
    options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const metadata = { name: BUILD_IDENTITIES.trigger, namespace: args.namespace };
    const role = new rbac.Role(`${name}-role`, { metadata, rules: mergeRights(args.cancelOlder) }, options);
    const binding = new rbac.RoleBinding(
        `${name}-binding`,
        {
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: email }],
        },
        options,
    );
    return [role, binding];
}

/**
 * A regular expression (RE2) that one branch matches and no other.
 *
 * @throws Error for a name that no branch has
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function branchPattern(branch: string): string {
    if (!/^(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)|[/.]$))[^\s~^:?*[\\\p{Cc}]+$/u.test(branch)) {
        throw new Error(`"${branch}" is no name of a branch: give the one whose merges are built, as "main".`);
    }
    return `^${branch.replace(/[.+(){}|\]$]/g, "\\$&")}$`;
}

function checkSource({ repository, steps }: CloudBuildTriggerArgs): void {
    const verified = steps.flatMap(({ env }) => env["SOURCE_URI"] ?? []);
    if (verified.length !== 1 || verified[0] !== sourceUri(repository)) {
        throw new Error(
            `The trigger is of ${repository}, and its steps verify ${verified.join(" and ") || "no source"}: make them of the same URL.`,
        );
    }
}
