import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";

/** The APIs that the platform calls, or that Google's services call for it. */
export const GOOGLE_SERVICES = [
    // Asks which services there are; the next one sets IAM policies of the project. Both before `pulumi up`: it uses them.
    "serviceusage.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    // A pod's Kubernetes identity becomes one of Google Cloud.
    "iamcredentials.googleapis.com",
    "compute.googleapis.com",
    "dns.googleapis.com",
    "container.googleapis.com",
    // Refuses the cluster's images by the project's policy, where GkeCluster is told so.
    "binaryauthorization.googleapis.com",
    "cloudkms.googleapis.com",
    "artifactregistry.googleapis.com",
    // The merge trigger, and the credential of its connection to the forge.
    "cloudbuild.googleapis.com",
    "secretmanager.googleapis.com",
    // Starts the watch that verifies from outside.
    "cloudscheduler.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
] as const;

/** Arguments of {@link GoogleServices}. */
export interface GoogleServicesArgs {
    /** Id of the project. */
    project: string;
}

/**
 * The APIs that the platform needs, enabled. They are never disabled: whatever else is in the project may use them, and
 * what is disabled takes its resources along.
 *
 * An API that was just enabled answers a while later; what depends on it is created after it, and may have to be tried again.
 */
export class GoogleServices extends pulumi.ComponentResource {
    /** Everything else on Google Cloud depends on these. */
    readonly enabled: pulumi.Resource[];

    constructor(name: string, args: GoogleServicesArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:GoogleServices", name, {}, options);
        this.enabled = GOOGLE_SERVICES.map(
            (service) =>
                new projects.Service(
                    `${name}-${service.replace(/\.googleapis\.com$/, "")}`,
                    { project: args.project, service, disableOnDestroy: false, disableDependentServices: false },
                    { parent: this },
                ),
        );
        this.registerOutputs({});
    }
}
