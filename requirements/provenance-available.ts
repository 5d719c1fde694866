import { chainsController, declaredTask, pipelineOf, resultSource, tasksOf, triggers } from "./builds";
import { CHAINS_CONFIG, configurationOf } from "./configuration";
import { Findings, jsonText, valueAt } from "./findings";
import { COMPONENTS, kubernetesObjects, objectsOf, type DeclaredObject } from "./objects";
import { list } from "./pods";
import type { Requirement } from "./requirement";
import type { Snapshot } from "./snapshot";

const IN_TOTO_FORMATS = ["slsa/v1", "slsa/v2alpha3", "slsa/v2alpha4", "in-toto"];
const PUBLIC_LOG = "https://rekor.sigstore.dev";
const SUBJECTS = /(?:IMAGES|IMAGE_URL|IMAGE_DIGEST|ARTIFACT_URI|ARTIFACT_DIGEST|ARTIFACT_OUTPUTS)$/;
/** Below this many bytes a statement's body would be dropped that the log's own default keeps. */
const LOG_DEFAULT_BYTES = 102_400;

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
        for (const trigger of triggers(findings, snapshot)) {
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                checkSubjects(findings, snapshot, pipeline);
            }
        }
        return findings.verdict();
    },
};

/**
 * What the provenance is about must be stated by the task that pushed it: the one that holds the credential, which runs
 * nothing of the source.
 */
function checkSubjects(findings: Findings, snapshot: Snapshot, pipeline: DeclaredObject): void {
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
    for (const { name, value } of subjects) {
        const pair = name.endsWith("IMAGE_URL") ? name.replace(/URL$/, "DIGEST") : name;
        if (!subjects.some((other) => other.name === pair)) {
            findings.fail(`${resource.name}: the result ${name} lacks ${pair}: Chains would attest no subject`);
        }
        const source = resultSource(value);
        const task = tasksOf(pipeline).find((candidate) => valueAt(candidate, ["name"]) === source);
        const declared = source === undefined || task === undefined ? undefined : declaredTask(snapshot, task);
        const volumes = declared === undefined ? [] : list(valueAt(declared.resource.inputs, ["spec"]), "volumes");
        if (!volumes.some((volume) => valueAt(volume, ["secret"]) !== undefined)) {
            findings.fail(
                `${resource.name}: the result ${name} is ${jsonText(value)}; it must be a result of the task that pushes, which holds the registry's credential`,
            );
        }
    }
}

/** A log of our own must be there, and must keep the bodies of attestations, not only their hashes. */
function checkPrivateLog(findings: Findings, snapshot: Snapshot, url: URL): void {
    const service = objectsOf(snapshot, COMPONENTS.transparencyLog, "Service").find((candidate) =>
        serves(candidate, url),
    );
    if (service === undefined) {
        findings.fail(`no declared transparency log is reached at ${url.href}`);
        return;
    }
    findings.show(service.resource, ["spec"]);
    const selector = valueAt(service.resource.inputs, ["spec", "selector"]);
    const pods = kubernetesObjects(snapshot).filter(
        (object) =>
            object.kind === "Deployment" &&
            object.namespace === service.namespace &&
            Object.entries((selector ?? {}) as Record<string, unknown>).every(
                ([key, value]) =>
                    valueAt(object.resource.inputs, ["spec", "template", "metadata", "labels", key]) === value,
            ),
    );
    const [log] = pods;
    if (log === undefined) {
        findings.fail(`${service.resource.name}: no declared Deployment is behind the log's Service`);
        return;
    }
    const containers = valueAt(log.resource.inputs, ["spec", "template", "spec", "containers"]);
    const args = Array.isArray(containers)
        ? containers.flatMap((container) => (valueAt(container, ["args"]) ?? []) as unknown[]).map(String)
        : [];
    if (valueAt(log.resource.inputs, ["spec", "replicas"]) === 0) {
        findings.fail(`${log.resource.name} runs in no pod`);
        return;
    }
    // The last of several flags counts.
    const flag = (name: string): string | undefined =>
        args.filter((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)).at(-1);
    const size = flag("max_attestation_size");
    if (size !== undefined && Number(size.split("=")[1]) < LOG_DEFAULT_BYTES) {
        findings.fail(`${log.resource.name}: ${size} drops statements that the log would keep by default`);
        return;
    }
    if (
        !["--enable_attestation_storage", "--enable_attestation_storage=true"].includes(
            flag("enable_attestation_storage") ?? "",
        )
    ) {
        findings.fail(
            `${log.resource.name}: without --enable_attestation_storage the log keeps hashes, not provenance`,
        );
        return;
    }
    const bucket = flag("attestation_storage_bucket");
    if (bucket === undefined || (bucket.includes("=file://") && !bucket.includes("no_tmp_dir=true"))) {
        findings.fail(
            `${log.resource.name}: --attestation_storage_bucket must name a place; a file:// one needs ?no_tmp_dir=true or keeps nothing`,
        );
        return;
    }
    findings.show(log.resource, ["spec", "template", "spec", "containers", "0", "args"]);
}

function serves(service: DeclaredObject, url: URL): boolean {
    const ports = valueAt(service.resource.inputs, ["spec", "ports"]);
    const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
    const hosts = [
        valueAt(service.resource.inputs, ["spec", "clusterIP"]),
        `${service.name}.${String(service.namespace)}`,
        `${service.name}.${String(service.namespace)}.svc`,
        `${service.name}.${String(service.namespace)}.svc.cluster.local`,
    ];
    return (
        hosts.includes(url.hostname) &&
        Array.isArray(ports) &&
        ports.some((candidate) => Number(valueAt(candidate, ["port"])) === port)
    );
}
