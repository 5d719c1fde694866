import { valueAt } from "./findings";
import { hasUnknown, unknownSource, type PlannedResource, type Snapshot } from "./snapshot";

/**
 * Roles with which somebody may sign with every key below the project, folder or organisation they are granted on, may give
 * himself a role that does, or may act as Chains: who makes pods in the cluster by a role of Google's is past its RBAC.
 * https://cloud.google.com/kms/docs/reference/permissions-and-roles
 */
const SIGNING =
    /^roles\/(?:owner|editor|container\.(?:admin|developer)|iam\.(?:securityAdmin|roleAdmin|organizationRoleAdmin)|resourcemanager\.(?:projectIamAdmin|folderAdmin|folderIamAdmin|organizationAdmin)|cloudkms\.(?!(?:viewer|publicKeyViewer|verifier|cryptoKeyEncrypter|cryptoKeyDecrypter|cryptoKeyEncrypterDecrypter)$).+)$/;

/** Roles of which the opposite is known. Any other one is a doubt. */
const NOT_SIGNING =
    /^roles\/(?:cloudkms\..+|artifactregistry\.(?:reader|writer)|container\.(?:clusterViewer|defaultNodeServiceAccount)|logging\.(?:logWriter|viewer)|monitoring\.(?:metricWriter|viewer)|stackdriver\.resourceMetadata\.writer)$/;

/** The same of a permission in a role of one's own. */
const SIGNING_PERMISSION =
    /^(?:cloudkms\.cryptoKeyVersions\.useToSign|iam\.roles\.(?:update|undelete)|container\.(?:pods|deployments|daemonSets|statefulSets|replicaSets|jobs|cronJobs|secrets|serviceAccounts|roles|roleBindings|clusterRoles|clusterRoleBindings)\.|.+\.setIamPolicy$)/;
const NOT_SIGNING_PERMISSION =
    /^(?:artifactregistry|logging|monitoring)\.[A-Za-z]+\.(?!setIamPolicy)[A-Za-z]+$|^container\.clusters\.(?:get|list|connect)$|^resourcemanager\.projects\.get$/;

const CUSTOM_ROLE = /^gcp:(?:projects|organizations)\/iAMCustomRole:IAMCustomRole$/;

/** Resources that grant a role on a project or above, or on keys; of others only a role that signs is a matter of the key. */
const WIDE = /^gcp:(?:folder|kms|organizations|privilegedaccessmanager|projects)\//;

/** A role that a resource names. */
export interface NamedRole {
    resource: PlannedResource;
    role: string;
    /** `unknown`: the plan does not tell. */
    signs: "yes" | "unknown";
}

/**
 * Every role of Google Cloud, named anywhere in the inputs of a resource but these, by which somebody might sign: in fields,
 * lists, and policies that are JSON text, whatever the type of the resource.
 */
export function signingRoles(snapshot: Snapshot, but: readonly PlannedResource[]): NamedRole[] {
    return snapshot.resources
        .filter((resource) => resource.type.startsWith("gcp:") && !but.includes(resource))
        .flatMap((resource) =>
            [...new Set(rolesIn(resource.inputs, ""))].flatMap((role) => {
                const signs = judge(snapshot, role);
                return signs === "yes" || (signs === "unknown" && WIDE.test(resource.type))
                    ? [{ resource, role, signs }]
                    : [];
            }),
        );
}

const ROLE = /(?:(?:projects|organizations)\/[^/"\s]+\/)?roles\/[A-Za-z0-9_.]+/g;

function rolesIn(value: unknown, key: string): string[] {
    if (typeof value === "string") {
        return (key === "role" || key === "policyData") && hasUnknown(value) ? [value] : (value.match(ROLE) ?? []);
    }
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([name, item]) => rolesIn(item, Array.isArray(value) ? key : name))
        : [];
}

function judge(snapshot: Snapshot, role: string): "yes" | "no" | "unknown" {
    if (SIGNING.test(role)) {
        return "yes";
    }
    if (NOT_SIGNING.test(role)) {
        return "no";
    }
    const permissions = permissionsOf(snapshot, role);
    if (permissions?.some((permission) => SIGNING_PERMISSION.test(permission)) === true) {
        return "yes";
    }
    return permissions?.every((permission) => NOT_SIGNING_PERMISSION.test(permission)) === true ? "no" : "unknown";
}

/** Of a role that the plan declares, named by its output or its id; undefined when the plan does not tell. */
function permissionsOf(snapshot: Snapshot, role: string): string[] | undefined {
    const source = unknownSource(role)?.urn;
    const id = /^(?:projects|organizations)\/[^/]+\/roles\/(?<id>.+)$/.exec(role)?.groups?.["id"];
    const declared = snapshot.resources.filter(
        ({ urn, type, inputs }) =>
            CUSTOM_ROLE.test(type) && (urn === source || (id !== undefined && inputs["roleId"] === id)),
    );
    const permissions = declared.flatMap(({ inputs }) => valueAt(inputs, ["permissions"]) ?? [undefined]);
    return permissions.length > 0 &&
        permissions.every((permission) => typeof permission === "string" && !hasUnknown(permission))
        ? (permissions as string[])
        : undefined;
}
