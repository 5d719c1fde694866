import {
    chainsController,
    declaredTask,
    declaredTasks,
    pipelineOf,
    resultSources,
    tasksOf,
    triggers,
    type DeclaredTrigger,
} from "./builds";
import { CHAINS_CONFIG, configurationOf } from "./configuration";
import { checkDeclarations } from "./declarations";
import { Findings, jsonText, valueAt } from "./findings";
import { checkImageRepositories, type Pusher } from "./image-repositories";
import { kubernetesObjects, type DeclaredObject } from "./objects";
import { list, secretsOf } from "./pods";
import type { Requirement } from "./requirement";
import { hasUnknown, type Snapshot } from "./snapshot";
import { checkPrivateLog } from "./transparency-log";

const IN_TOTO_FORMATS = ["slsa/v1", "slsa/v2alpha3", "slsa/v2alpha4", "in-toto"];
const PUBLIC_LOG = "https://rekor.sigstore.dev";
/** Results that Chains takes for what was built: tektoncd/chains pkg/artifacts. */
const SUBJECTS = /^IMAGES$|(?:IMAGE_URL|IMAGE_DIGEST|ARTIFACT_URI|ARTIFACT_DIGEST|ARTIFACT_OUTPUTS)$/;
/** The result that Chains takes for the source. */
const SOURCE = "CHAINS-GIT_URL";

/** Consumers find in-toto provenance beside the image and in a transparency log. */
export const provenanceAvailable: Requirement = {
    id: "provenance-available",
    title: "Provenance – Available",
    text: "The provenance is available to the consumer in a format that the consumer accepts. The format SHOULD be in-toto SLSA Provenance",
    specification: "https://slsa.dev/spec/v0.1/requirements#available",
    announcement: "Provenance is available in the rekor transparency log as an in-toto attestation",
    cure: "Store PipelineRun provenance in oci, switch transparency on with the URL of a log that keeps attestations, and let the Pipeline state its images as a result.",
    check: (snapshot) => {
        const findings = new Findings();
        checkDeclarations(findings, snapshot);
        const chains = chainsController(findings, snapshot);
        const config = chains === undefined ? undefined : configurationOf(findings, snapshot, chains, CHAINS_CONFIG);
        if (config !== undefined) {
            const { resource } = config;
            findings.require(
                resource,
                ["data", "artifacts.pipelinerun.storage"],
                (value) => typeof value === "string" && value.split(",").includes("oci"),
                "a list that holds oci, so that provenance lies beside the image",
            );
            findings.require(
                resource,
                ["data", "artifacts.pipelinerun.format"],
                (value) => IN_TOTO_FORMATS.includes(String(value)),
                `one of the in-toto formats ${IN_TOTO_FORMATS.join(", ")}`,
            );
            findings.require(
                resource,
                ["data", "transparency.enabled"],
                (value) => value === "true",
                'exactly "true": Chains reads any other word as false',
            );
            for (const [key, value, why] of [
                ["artifacts.pipelinerun.enable-deep-inspection", "false", "subjects are what the Pipeline states"],
                ["artifacts.taskrun.storage", "", "the attestation of a single task would compete with the Pipeline's"],
            ] as const) {
                findings.require(resource, ["data", key], (given) => given === value, `"${value}": ${why}`);
            }
            findings.require(
                resource,
                ["data", "artifacts.oci.storage"],
                (given) => given === "" || given === "oci",
                '"" or "oci": an image\'s own signature, which this row does not ask for, lies beside the image or is not made',
            );
            for (const key of ["storage.oci.repository", "storage.oci.repository.insecure"]) {
                if (valueAt(resource.inputs, ["data", key]) !== undefined) {
                    findings.fail(`${resource.name}: data.${key} is set: provenance would not lie beside the image`);
                }
            }
            const url = findings.require(
                resource,
                ["data", "transparency.url"],
                (value) => typeof value === "string" && URL.canParse(value),
                "the URL of a transparency log",
            );
            if (typeof url === "string" && url !== PUBLIC_LOG) {
                checkPrivateLog(findings, snapshot, new URL(url));
            }
        }
        const pushers: Pusher[] = [];
        for (const trigger of triggers(findings, snapshot)) {
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                const urns = checkSubjects(findings, snapshot, pipeline);
                for (const pipelineTask of tasksOf(pipeline)) {
                    const task = declaredTask(snapshot, pipelineTask);
                    if (task !== undefined && urns.has(task.resource.urn)) {
                        pushers.push({ trigger, name: String(valueAt(pipelineTask, ["name"])), task });
                    }
                }
                checkAnnotations(findings, snapshot, trigger, pipeline);
            }
        }
        if (chains !== undefined) {
            checkImageRepositories(findings, snapshot, chains, pushers);
        }
        return findings.verdict();
    },
};

/**
 * What the provenance is about must be stated by the task that pushed it: the one that holds the credential, which runs
 * nothing of the source.
 *
 * @returns URNs of the Tasks that state what they pushed
 */
function checkSubjects(findings: Findings, snapshot: Snapshot, pipeline: DeclaredObject): ReadonlySet<string> {
    const { resource } = pipeline;
    const results = list(valueAt(resource.inputs, ["spec"]), "results").map((result) => ({
        name: String(valueAt(result, ["name"])),
        value: valueAt(result, ["value"]),
    }));
    const subjects = results.filter(({ name }) => SUBJECTS.test(name));
    if (!subjects.some(({ name }) => !name.endsWith("IMAGE_DIGEST"))) {
        findings.fail(
            `${resource.name}: no result names an image (IMAGES, or *IMAGE_URL with *IMAGE_DIGEST): Chains would attest no subject`,
        );
    }
    const pushers = new Set<string>();
    for (const { name, value } of subjects) {
        const pair = name.endsWith("IMAGE_URL") ? name.replace(/URL$/, "DIGEST") : name;
        if (!subjects.some((other) => other.name === pair)) {
            findings.fail(`${resource.name}: the result ${name} lacks ${pair}: Chains would attest no subject`);
        }
        const sources = tasksBehind(snapshot, pipeline, value);
        if (sources.includes(undefined)) {
            findings.fail(
                `${resource.name}: the result ${name} is ${jsonText(value)}; it must be a result of the task that pushes, which holds the registry's credential, or of several such tasks, one a line`,
            );
        }
        for (const declared of sources.filter((source) => source !== undefined)) {
            pushers.add(declared.resource.urn);
        }
    }
    const cloner = taskBehind(snapshot, pipeline, results.find(({ name }) => name === SOURCE)?.value);
    checkCredential(findings, snapshot, pipeline, pushers, cloner);
    return pushers;
}

/** The declared Task whose result a value is. */
function taskBehind(snapshot: Snapshot, pipeline: DeclaredObject, value: unknown): DeclaredObject | undefined {
    const [task, ...more] = tasksBehind(snapshot, pipeline, value);
    return more.length === 0 ? task : undefined;
}

/** The declared Tasks whose results a value joins; undefined for each that is none. */
function tasksBehind(snapshot: Snapshot, pipeline: DeclaredObject, value: unknown): (DeclaredObject | undefined)[] {
    return (resultSources(value) ?? [undefined]).map((source) => {
        const task = tasksOf(pipeline).find((candidate) => valueAt(candidate, ["name"]) === source);
        return source === undefined || task === undefined ? undefined : declaredTask(snapshot, task);
    });
}

/**
 * Who states what was pushed holds the registry's credential, and nothing else. Who states what was cloned may hold the one
 * of a private repository, which is none of the platform's. Every other task holds no Secret at all.
 */
function checkCredential(
    findings: Findings,
    snapshot: Snapshot,
    pipeline: DeclaredObject,
    pushers: ReadonlySet<string>,
    cloner: DeclaredObject | undefined,
): void {
    const declared = kubernetesObjects(snapshot).filter(
        ({ kind, namespace }) => kind === "Secret" && namespace === pipeline.namespace,
    );
    const credentials = declared
        .filter(({ resource }) => resource.inputs["type"] === "kubernetes.io/dockerconfigjson")
        .map(({ name }) => name);
    for (const { resource } of declaredTasks(snapshot, pipeline)) {
        const secrets = secretsOf(valueAt(resource.inputs, ["spec"]));
        if (resource.urn === cloner?.resource.urn && !pushers.has(resource.urn)) {
            const own = declared.filter(({ name }) => secrets.includes(name)).map(({ name }) => name);
            if (secrets.length > 1 || own.length > 0) {
                findings.fail(
                    `${resource.name} clones and holds ${secrets.join(", ")}; it may hold the Secret of a private repository alone, and none of the platform's`,
                );
            }
        } else if (!pushers.has(resource.urn)) {
            if (secrets.length > 0) {
                findings.fail(
                    `${resource.name} holds the Secret ${secrets.join(", ")}, and is not the task that states what it pushed`,
                );
            }
        } else if (secrets.length !== 1 || !secrets.every((secret) => credentials.includes(secret))) {
            findings.fail(
                `${resource.name} states what was pushed and holds ${secrets.join(", ") || "no Secret"}; it must hold the registry's declared credential alone`,
            );
        }
    }
}

/** Chains keeps its own record of a run in annotations: one that says so already is never signed. */
const CHAINS_ANNOTATION = "chains.tekton.dev/";

/** Annotations of a Pipeline and its Tasks end up on their runs. */
function checkAnnotations(
    findings: Findings,
    snapshot: Snapshot,
    { declared, run, runSpec }: DeclaredTrigger,
    pipeline: DeclaredObject,
): void {
    const holders: [string, unknown][] = [
        [declared.resource.name, run],
        ...list(runSpec, "taskRunSpecs").map((task): [string, unknown] => [declared.resource.name, task]),
        ...[pipeline, ...declaredTasks(snapshot, pipeline)].map(({ resource }): [string, unknown] => [
            resource.name,
            resource.inputs,
        ]),
    ];
    for (const [name, holder] of holders) {
        const annotations = valueAt(holder, ["metadata", "annotations"]) ?? {};
        if (hasUnknown(annotations)) {
            findings.doubt(`${name}: metadata.annotations is known only after deployment`);
        }
        for (const key of Object.keys(annotations).filter((candidate) => candidate.startsWith(CHAINS_ANNOTATION))) {
            findings.fail(`${name}: the annotation ${key} tells Chains what it has not done`);
        }
    }
}
