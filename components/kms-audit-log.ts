import * as projects from "@pulumi/gcp/projects";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Who used, read or changed which key of the project: Data Access audit logs, which are off by default. A signature is one of
 * them, so that one by anybody but Chains is seen. Other services' logs stay as they are; what the project said of Cloud KMS
 * before is replaced.
 *
 * @see https://cloud.google.com/kms/docs/audit-logging
 */
export function kmsAuditLog(name: string, project: string, options: pulumi.CustomResourceOptions): pulumi.Resource {
    return new projects.IAMAuditConfig(
        `${name}-kms-audit-log`,
        {
            project,
            service: "cloudkms.googleapis.com",
            auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
        },
        options,
    );
}
