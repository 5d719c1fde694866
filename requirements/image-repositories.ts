import type { Controller, DeclaredTrigger } from "./builds";
import { jsonText, valueAt, type Findings } from "./findings";
import { bindingsOf, checkPool, workloadOf, type Binding } from "./google-policy";
import { permissionsOf, rolesThat, WRITE_IMAGES } from "./google-roles";
import { belongsTo, COMPONENTS, kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { list } from "./pods";
import { hasUnknown, type PlannedResource, type Snapshot } from "./snapshot";

const REPOSITORY = "gcp:artifactregistry/repository:Repository";
const POLICY = "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy";
const ACCESS = /^gcp:artifactregistry\/repositoryIam(?:Binding|Member|Policy):/;
/** Resources that grant a role on a project or above: on its repositories too. */
const WIDE = /^gcp:(?:folder|organizations|privilegedaccessmanager|projects)\//;

/** A task of a Pipeline that pushes images. */
export interface Pusher {
    trigger: DeclaredTrigger;
    /** The task's name in the Pipeline. */
    name: string;
    /** The Task behind it. */
    task: DeclaredObject;
}

/**
 * Where images are pushed to Artifact Registry: the repository's policy, as a whole, lets those who push there, those who
 * move its tags, and Chains write, and none of them delete; nothing else in the plan lets anybody write. Provenance lies
 * beside the image: whoever may delete there, or move its tag, takes it away from those who look for it.
 *
 * A registry that is not Google's is not judged here.
 */
export function checkImageRepositories(
    findings: Findings,
    snapshot: Snapshot,
    chains: Controller,
    pushers: readonly Pusher[],
): void {
    const places = new Map<string, Pusher[]>();
    for (const pusher of pushers) {
        for (const place of placesOf(findings, pusher)) {
            places.set(place, [...(places.get(place) ?? []), pusher]);
        }
    }
    for (const [place, here] of places) {
        checkRepository(findings, snapshot, place);
        checkPolicy(findings, snapshot, place, { chains, pushers: here });
    }
    if (places.size === 0) {
        return;
    }
    checkAlone(findings, snapshot, [...places.values()].flat(), pushers);
    for (const { resource, role, does } of rolesThat(WRITE_IMAGES, snapshot, [])) {
        if (!WIDE.test(resource.type)) {
            continue;
        }
        if (does === "yes") {
            findings.fail(`${resource.name} grants ${role}, with which others might write where images are pushed`);
        } else {
            findings.doubt(`${resource.name} names the role ${role}: whether somebody may write images is not known`);
        }
    }
}

/** Whoever runs as an account that may write, may write: no Secret stands between. */
function checkAlone(
    findings: Findings,
    snapshot: Snapshot,
    writing: readonly Pusher[],
    pushers: readonly Pusher[],
): void {
    for (const { trigger } of writing) {
        const { declared, account, runSpec } = trigger;
        const own = pushers.filter((other) => other.trigger === trigger);
        const writers = [...own.map(accountOf), ...promoters(snapshot, own)].map(nameOf);
        const others = [
            valueAt(runSpec, ["taskRunTemplate"]),
            ...list(runSpec, "taskRunSpecs").filter(
                (spec) => !own.some(({ name }) => name === valueAt(spec, ["pipelineTaskName"])),
            ),
        ].map((spec) => nameOf({ namespace: account.namespace, name: String(valueAt(spec, ["serviceAccountName"])) }));
        for (const other of others.filter((candidate) => writers.includes(candidate))) {
            findings.fail(
                `${declared.resource.name}: a task that does not state what it pushed runs as ${other}, which may write images`,
            );
        }
    }
}

/** Any name of Google's registries, however it is spelt; up to what cannot be part of a repository's name. */
const GOOGLE = /(?:[A-Za-z0-9-]+\.)*(?:pkg\.dev|gcr\.io)\/[^\s"'@,]+/g;
const ARTIFACT_REGISTRY = /^(?<location>[a-z0-9-]+)-docker\.pkg\.dev\/(?<project>[^/]+)\/(?<repository>[^/:]+)\//;
const CONTAINER_REGISTRY = /^(?<repository>(?:(?:us|eu|asia)\.)?gcr\.io)\/(?<project>[^/]+)\//;
/** https://cloud.google.com/artifact-registry/docs/transition/gcr-repositories */
const LOCATIONS: Readonly<Record<string, string>> = {
    "gcr.io": "us",
    "us.gcr.io": "us",
    "eu.gcr.io": "europe",
    "asia.gcr.io": "asia",
};

/** The repositories that a task is told to push to, as PROJECT/LOCATION/REPOSITORY. */
function placesOf(findings: Findings, { task }: Pusher): string[] {
    const values = list(valueAt(task.resource.inputs, ["spec"]), "steps")
        .flatMap((step) => list(step, "env"))
        .map((variable) => valueAt(variable, ["value"]));
    if (hasUnknown(values)) {
        findings.doubt(`${task.resource.name}: where it pushes is known only after deployment`);
    }
    const names = values.flatMap((value) => (typeof value === "string" ? (value.match(GOOGLE) ?? []) : []));
    return [
        ...new Set(
            names.flatMap((name) => {
                const { location, project, repository } =
                    (ARTIFACT_REGISTRY.exec(name) ?? CONTAINER_REGISTRY.exec(name))?.groups ?? {};
                if (project === undefined || repository === undefined) {
                    findings.doubt(`${task.resource.name} pushes ${name}: in which repository that is, is not known`);
                    return [];
                }
                return [[project, location ?? LOCATIONS[repository], repository].join("/")];
            }),
        ),
    ];
}

/** A declared repository keeps what lies beside an image; one that was there before is not in the plan. */
function checkRepository(findings: Findings, snapshot: Snapshot, place: string): void {
    for (const resource of snapshot.resources.filter(
        ({ type, inputs }) => type === REPOSITORY && placeOf(inputs, "repositoryId") === place,
    )) {
        const { name, inputs } = resource;
        findings.require(
            resource,
            ["mode"],
            (mode) => mode === "STANDARD_REPOSITORY",
            "STANDARD_REPOSITORY: others hold what somebody else pushed elsewhere",
        );
        if ((valueAt(inputs, ["dockerConfig", "immutableTags"]) ?? false) !== false) {
            findings.fail(
                `${name}: dockerConfig.immutableTags is set: a second attestation of an image could not be written`,
            );
        }
        for (const policy of list(inputs, "cleanupPolicies")) {
            if (valueAt(policy, ["action"]) !== "KEEP" && valueAt(policy, ["condition", "tagState"]) !== "UNTAGGED") {
                findings.fail(
                    `${name}: the cleanup policy ${jsonText(valueAt(policy, ["id"]))} may delete what has a tag, attestations among it`,
                );
            }
        }
        if (!resource.protect) {
            findings.fail(`${name} is not protected: Pulumi would destroy it, and the provenance in it`);
        }
    }
}

/**
 * PROJECT/LOCATION/REPOSITORY of what is declared; undefined where it cannot be told, as with a project that is named by its
 * number.
 */
function placeOf(inputs: Record<string, unknown>, property: string): string | undefined {
    const named = inputs[property];
    const full = /^projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)$/.exec(String(named));
    const parts = full?.slice(1) ?? [inputs["project"], inputs["location"], named];
    return parts.every((part) => typeof part === "string" && /^[a-z][a-z0-9.-]*$/.test(part))
        ? parts.join("/")
        : undefined;
}

interface Writers {
    chains: Controller;
    pushers: readonly Pusher[];
}

function checkPolicy(findings: Findings, snapshot: Snapshot, place: string, writers: Writers): void {
    const [policy, ...others] = snapshot.resources
        .filter(({ type, inputs }) => {
            const of = placeOf(inputs, "repository");
            return ACCESS.test(type) && (of === place || of === undefined);
        })
        .sort((one, other) => Number(other.type === POLICY) - Number(one.type === POLICY));
    if (policy?.type !== POLICY || placeOf(policy.inputs, "repository") !== place) {
        findings.fail(
            `images are pushed to ${place}, which has no declared policy; it must have a RepositoryIamPolicy, which takes back whatever else was granted on it`,
        );
        return;
    }
    for (const { name } of others) {
        findings.fail(`${name} may change who may write in ${place}, whose policy is to say it alone`);
    }
    const text = policy.inputs["policyData"];
    if (hasUnknown(text)) {
        findings.doubt(`${policy.name}: policyData is known only after deployment`);
        return;
    }
    const bindings = bindingsOf(text);
    if (bindings === undefined) {
        findings.fail(`${policy.name}: policyData is not the JSON of a policy whose bindings hold without a condition`);
        return;
    }
    checkWriters(findings, snapshot, policy, bindings, writers);
    findings.show(policy, ["policyData"]);
}

const READER = "roles/artifactregistry.reader";
const UPLOAD = "artifactregistry.repositories.uploadArtifacts";
const TAG = ["artifactregistry.tags.create", "artifactregistry.tags.update"];
const READ = /^artifactregistry\.[A-Za-z]+\.(?:get|list|download|downloadArtifacts)$/;

/** What a role lets write: `UPLOAD`, `TAG`, and whatever else; undefined when the plan does not tell. */
function writesOf(snapshot: Snapshot, role: string): string[] | undefined {
    return role === READER ? [] : permissionsOf(snapshot, role)?.filter((permission) => !READ.test(permission));
}

function checkWriters(
    findings: Findings,
    snapshot: Snapshot,
    policy: PlannedResource,
    bindings: readonly Binding[],
    { chains, pushers }: Writers,
): void {
    const push = pushers.map(accountOf);
    const writers = [chains.account, ...push, ...promoters(snapshot, pushers)].map(nameOf);
    const may = new Map<string, string[]>();
    for (const { role, members } of bindings) {
        const writes = writesOf(snapshot, role);
        if (writes === undefined) {
            // What Google's other roles let do is known to be more.
            const report = /^roles\//.test(role) ? "fail" : "doubt";
            findings[report](`${policy.name} grants ${role}, which is not a declared role that pushes and tags alone`);
        }
        for (const permission of writes ?? []) {
            if (permission !== UPLOAD && !TAG.includes(permission)) {
                findings.fail(
                    `${policy.name} grants ${role}, which has ${permission}; writing images takes no more than pushing and tagging`,
                );
            }
        }
        if (writes?.length === 0) {
            continue;
        }
        for (const member of members) {
            const workload = workloadOf(member);
            if (workload === undefined || !writers.includes(nameOf(workload))) {
                findings.fail(
                    `${policy.name} grants ${role} to ${member}; it may be granted to the workload identities of ${writers.join(", ")}`,
                );
            } else {
                checkPool(findings, snapshot, `${policy.name} grants ${role}`, workload.pool);
                // That a role is not known was said before.
                may.set(nameOf(workload), [...(may.get(nameOf(workload)) ?? []), ...(writes ?? [UPLOAD, ...TAG])]);
            }
        }
    }
    for (const [account, needs] of [
        ...push.map((account) => [account, [UPLOAD]] as const),
        [chains.account, [UPLOAD, ...TAG]] as const,
    ]) {
        for (const permission of needs.filter((needed) => may.get(nameOf(account))?.includes(needed) !== true)) {
            findings.fail(`${policy.name}: ${nameOf(account)} lacks ${permission}, and cannot write what it has to`);
        }
    }
}

const nameOf = ({ namespace, name }: ServiceAccount): string => `${namespace}/${name}`;

/** As whom the task runs. */
function accountOf({ trigger: { account, runSpec }, name }: Pusher): ServiceAccount {
    const own = list(runSpec, "taskRunSpecs").find((spec) => valueAt(spec, ["pipelineTaskName"]) === name);
    const given = valueAt(own, ["serviceAccountName"]) ?? valueAt(runSpec, ["taskRunTemplate", "serviceAccountName"]);
    return { namespace: account.namespace, name: typeof given === "string" ? given : "default" };
}

/** Who moves the tags of what is built where these push. */
function promoters(snapshot: Snapshot, pushers: readonly Pusher[]): ServiceAccount[] {
    const namespaces = pushers.map(({ trigger }) => trigger.account.namespace);
    return kubernetesObjects(snapshot).flatMap(({ kind, name, namespace, resource }) =>
        kind === "ServiceAccount" &&
        namespace !== undefined &&
        namespaces.includes(namespace) &&
        belongsTo(snapshot, resource, COMPONENTS.imagePromoter)
            ? [{ namespace, name }]
            : [],
    );
}
