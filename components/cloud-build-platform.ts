import * as cloudbuildv2 from "@pulumi/gcp/cloudbuildv2";
import * as projects from "@pulumi/gcp/projects";
import * as secretmanager from "@pulumi/gcp/secretmanager";
import * as pulumi from "@pulumi/pulumi";
import { deletionPolicy } from "./deletion-policy";
import { googleName } from "./google-name";

/** How Cloud Build gets to the forge. Whichever it is, a person has installed its app there once. */
export type ForgeConnection =
    /** Name of a connection in the region that is there already. */
    | { readonly existing: string }
    /** GitHub: the number of the app's installation, and where in the project the token of whoever authorised it is. */
    | {
          readonly appInstallationId: number;
          readonly oauthToken: { readonly secret: string; readonly version: number };
      };

/** Arguments of {@link CloudBuildPlatform}. */
export interface CloudBuildPlatformArgs {
    /** Id of the project. */
    project: string;
    /** Number of the project. */
    projectNumber: string;
    region: string;
    connection: ForgeConnection;
    /** Whether the connection refuses to be deleted or replaced. */
    protect: boolean;
    /** The enabled services. */
    dependsOn: pulumi.Resource[];
}

/**
 * What the triggers of a project share: the connection to the forge, and the role with which a build gets to a cluster.
 *
 * The token of a new connection stays in Secret Manager; only its name is known here. Cloud Build's own agent reads it.
 */
export class CloudBuildPlatform extends pulumi.ComponentResource {
    /** Name of the connection. */
    readonly connection: pulumi.Output<string>;
    /** Id of the role: to learn where a cluster is, and to connect to it. What may be done there, RBAC says. */
    readonly clusterRole: pulumi.Output<string>;
    /** Ready when a repository can be linked. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: CloudBuildPlatformArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:CloudBuildPlatform", name, {}, options);
        const child = { parent: this, dependsOn: args.dependsOn };
        const made = "existing" in args.connection ? undefined : newConnection(name, args, args.connection, child);
        this.connection =
            "existing" in args.connection
                ? pulumi.output(googleName("build connection", args.connection.existing))
                : (made as cloudbuildv2.Connection).name;
        // roles/container.developer and -viewer have Kubernetes' permissions, which GKE takes where RBAC grants nothing.
        const role = new projects.IAMCustomRole(
            `${name}-cluster-role`,
            {
                project: args.project,
                roleId: googleName("build connection", name).replaceAll("-", "_"),
                title: `Reach a cluster (${name})`,
                description: "Learns where a cluster is and connects to it. What may be done there, RBAC says.",
                permissions: ["container.clusters.get", "container.clusters.connect"],
            },
            child,
        );
        this.clusterRole = role.roleId.apply((id) => `projects/${args.project}/roles/${id}`);
        this.ready = [role, ...(made === undefined ? [] : [made])];
        this.registerOutputs({});
    }
}

function newConnection(
    name: string,
    args: CloudBuildPlatformArgs,
    { appInstallationId, oauthToken }: Exclude<ForgeConnection, { readonly existing: string }>,
    options: pulumi.CustomResourceOptions,
): cloudbuildv2.Connection {
    for (const number of [appInstallationId, oauthToken.version]) {
        if (!Number.isSafeInteger(number) || number <= 0) {
            throw new Error(
                `${String(number)} is no number of an installation or of a secret's version: give a whole number above 0.`,
            );
        }
    }
    // It is there from the first use of the API on; this asks for it, so that it can be granted something before.
    const agent = new projects.ServiceIdentity(
        `${name}-cloud-build-agent`,
        { project: args.project, service: "cloudbuild.googleapis.com" },
        options,
    );
    const reads = new secretmanager.SecretIamMember(
        `${name}-token-reader`,
        {
            project: args.project,
            secretId: oauthToken.secret,
            role: "roles/secretmanager.secretAccessor",
            member: `serviceAccount:service-${args.projectNumber}@gcp-sa-cloudbuild.iam.gserviceaccount.com`,
        },
        { ...options, dependsOn: [agent] },
    );
    return new cloudbuildv2.Connection(
        `${name}-connection`,
        {
            project: args.project,
            location: args.region,
            name: googleName("build connection", name),
            githubConfig: {
                appInstallationId,
                authorizerCredential: {
                    oauthTokenSecretVersion: `projects/${args.project}/secrets/${oauthToken.secret}/versions/${String(oauthToken.version)}`,
                },
            },
            deletionPolicy: deletionPolicy(args.protect),
        },
        { ...options, protect: args.protect, dependsOn: [reads] },
    );
}
