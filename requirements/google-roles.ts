import { valueAt } from "./findings";
import { hasUnknown, unknownSource, type PlannedResource, type Snapshot } from "./snapshot";

/** What may be done with a role. Neither `does` nor `doesNot`: it is not known. */
interface Ability {
    does: RegExp;
    doesNot: RegExp;
    /** The same of a permission in a role of one's own. */
    permissionDoes: RegExp;
    permissionDoesNot: RegExp;
}

/** Makes pods past the cluster's RBAC, as any of its accounts; or gives himself, or them, any role. */
const ANYTHING =
    "owner|editor|container\\.(?:admin|developer)|iam\\.(?:securityAdmin|roleAdmin|organizationRoleAdmin)|resourcemanager\\.(?:projectIamAdmin|folderAdmin|folderIamAdmin|organizationAdmin)";
const ANYTHING_PERMISSION =
    "iam\\.roles\\.(?:update|undelete)|container\\.(?:pods|deployments|daemonSets|statefulSets|replicaSets|jobs|cronJobs|secrets|serviceAccounts|roles|roleBindings|clusterRoles|clusterRoleBindings)\\.|.+\\.setIamPolicy$";
const WATCHING =
    "container\\.(?:clusterViewer|defaultNodeServiceAccount)|logging\\.(?:logWriter|viewer)|monitoring\\.(?:metricWriter|viewer)|stackdriver\\.resourceMetadata\\.writer";
const WATCHING_PERMISSION =
    "(?:logging|monitoring)\\.[A-Za-z]+\\.(?!setIamPolicy)[A-Za-z]+$|container\\.clusters\\.(?:get|list|connect)$|resourcemanager\\.projects\\.get$";

/**
 * Somebody may sign with every key below the project, folder or organisation that the role is granted on, may give himself a
 * role that does, or may act as Chains. https://cloud.google.com/kms/docs/reference/permissions-and-roles
 */
export const SIGN: Ability = {
    does: new RegExp(
        `^roles/(?:${ANYTHING}|cloudkms\\.(?!(?:viewer|publicKeyViewer|verifier|cryptoKeyEncrypter|cryptoKeyDecrypter|cryptoKeyEncrypterDecrypter)$).+)$`,
    ),
    doesNot: new RegExp(`^roles/(?:${WATCHING}|cloudkms\\..+|artifactregistry\\.(?:reader|writer))$`),
    permissionDoes: new RegExp(`^(?:${ANYTHING_PERMISSION}|cloudkms\\.cryptoKeyVersions\\.useToSign)`),
    permissionDoesNot: new RegExp(
        `^(?:${WATCHING_PERMISSION}|artifactregistry\\.[A-Za-z]+\\.(?!setIamPolicy)[A-Za-z]+$)`,
    ),
};

/**
 * The same of writing, tagging or deleting images. Roles of Cloud Storage write where images were before Artifact Registry;
 * those of Google's services that build push what they build.
 * https://cloud.google.com/iam/docs/roles-permissions/artifactregistry
 */
export const WRITE_IMAGES: Ability = {
    does: new RegExp(
        `^roles/(?:${ANYTHING}|artifactregistry\\.(?!(?:reader|attachmentReader)$).+|storage\\.(?:admin|object(?:Admin|Creator|User)|legacy(?:BucketOwner|BucketWriter|ObjectOwner))|cloudbuild\\.builds\\.builder|composer\\.worker)$`,
    ),
    doesNot: new RegExp(`^roles/(?:${WATCHING}|cloudkms\\..+|artifactregistry\\.reader)$`),
    permissionDoes: new RegExp(
        `^(?:${ANYTHING_PERMISSION}|artifactregistry\\.[A-Za-z]+\\.(?!(?:get|list|download|downloadArtifacts)$))`,
    ),
    permissionDoesNot: new RegExp(
        `^(?:${WATCHING_PERMISSION}|artifactregistry\\.[A-Za-z]+\\.(?:get|list|download|downloadArtifacts)$)`,
    ),
};

const CUSTOM_ROLE = /^gcp:(?:projects|organizations)\/iAMCustomRole:IAMCustomRole$/;

/** Resources that grant a role on a project or above, or on keys; of others only a role that surely does it counts. */
const WIDE = /^gcp:(?:folder|kms|organizations|privilegedaccessmanager|projects)\//;

/** A role that a resource names. */
export interface NamedRole {
    resource: PlannedResource;
    role: string;
    /** `unknown`: the plan does not tell. */
    does: "yes" | "unknown";
}

/**
 * Every role of Google Cloud, named anywhere in the inputs of a resource but these, with which somebody might do something: in
 * fields, lists, and policies that are JSON text, whatever the type of the resource.
 */
export function rolesThat(ability: Ability, snapshot: Snapshot, but: readonly PlannedResource[]): NamedRole[] {
    return snapshot.resources
        .filter((resource) => resource.type.startsWith("gcp:") && !but.includes(resource))
        .flatMap((resource) =>
            [...new Set(rolesIn(resource.inputs, ""))].flatMap((role) => {
                const does = judge(ability, snapshot, role);
                return does === "yes" || (does === "unknown" && WIDE.test(resource.type))
                    ? [{ resource, role, does }]
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

function judge(ability: Ability, snapshot: Snapshot, role: string): "yes" | "no" | "unknown" {
    if (ability.does.test(role)) {
        return "yes";
    }
    if (ability.doesNot.test(role)) {
        return "no";
    }
    const permissions = permissionsOf(snapshot, role);
    if (permissions?.some((permission) => ability.permissionDoes.test(permission)) === true) {
        return "yes";
    }
    return permissions?.every((permission) => ability.permissionDoesNot.test(permission)) === true ? "no" : "unknown";
}

/** Of a role that the plan declares, named by its output or its id; undefined when the plan does not tell. */
export function permissionsOf(snapshot: Snapshot, role: string): string[] | undefined {
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
