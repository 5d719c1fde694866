import { CONTENT_ANNOTATION } from "../names";
import { rightsOf, type Right } from "./access";
import {
    buildServices,
    chainsController,
    declaredTasks,
    pipelineOf,
    tektonResolvers,
    tektonWebhook,
    triggers,
    type Controller,
} from "./builds";
import { CHAINS_CONFIG, configurationOf } from "./configuration";
import { checkDeclarations, checkOnce } from "./declarations";
import { Findings, valueAt } from "./findings";
import { COMPONENTS, kubernetesObjects, mayLieIn, objectsOf, type DeclaredObject } from "./objects";
import { closed } from "./only";
import { declaredPods, hostAccess, isBelow, list, secretsOf } from "./pods";
import type { Requirement } from "./requirement";
import { unknownSource, type PlannedResource, type Snapshot } from "./snapshot";
import { TO_ANY_RIGHT, TO_RUN, TO_SECRETS, TO_TRAFFIC } from "./ways";

const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";
/** Every output of a PrivateKey that holds the private part. */
const PRIVATE = /^privateKey/;
/** Provenance is signed with a key that only Chains can use, and whose public half verifiers have. */
export const provenanceAuthenticated: Requirement = {
    id: "provenance-authenticated",
    title: "Provenance – Authenticated",
    text: "The provenance’s authenticity and integrity can be verified by the consumer. This SHOULD be through a digital signature from a private key accessible only to the service generating the provenance.",
    specification: "https://slsa.dev/spec/v0.1/requirements#authenticated",
    announcement: "Provenance is signed with the distroless GCP KMS key",
    cure: "Give the signing key to Chains' Secret and to nothing else, grant nobody but Chains access to that Secret, and publish the key's public half.",
    check: (snapshot) => {
        const findings = new Findings();
        checkDeclarations(findings, snapshot);
        const chains = chainsController(findings, snapshot);
        const config = chains === undefined ? undefined : configurationOf(findings, snapshot, chains, CHAINS_CONFIG);
        if (chains === undefined || config === undefined) {
            return findings.verdict();
        }
        for (const signer of ["artifacts.pipelinerun.signer", "artifacts.oci.signer"]) {
            findings.require(
                config.resource,
                ["data", signer],
                (value) => value === "x509",
                "x509, which reads the key from the Secret that Chains mounts",
            );
        }
        const key = checkKey(findings, snapshot, chains);
        if (key !== undefined) {
            checkPublished(findings, snapshot, key);
        }
        const { namespace } = chains.account;
        const fulcio = valueAt(config.resource.inputs, ["data", "signers.x509.fulcio.enabled"]);
        if (fulcio !== undefined && fulcio !== "false") {
            findings.fail(
                `${config.resource.name}: data.signers.x509.fulcio.enabled is set: Chains would not sign with the key`,
            );
        }
        const rights = rightsOf(snapshot);
        closed(findings, rights, [...TO_RUN, ...TO_SECRETS, ...TO_TRAFFIC], namespace, [chains.subject]);
        closed(findings, rights, TO_ANY_RIGHT, namespace, []);
        checkSecrets(findings, snapshot, rights, namespace);
        checkHosts(findings, snapshot);
        return findings.verdict();
    },
};

/**
 * The other Secrets by which a part of the platform is known: tokens of accounts, the registry's credentials, the log's
 * key. Tekton's webhook keeps its own certificate in one; Tekton's controller reads those of builds, where it makes pods.
 */
function checkSecrets(findings: Findings, snapshot: Snapshot, rights: readonly Right[], chainsNamespace: string): void {
    const objects = kubernetesObjects(snapshot);
    checkOnce(findings, objects, (kind) => kind === "Secret");
    const allowed = new Map<string, string[]>();
    const [webhook, resolvers] = [tektonWebhook, tektonResolvers].map((controller) => controller(findings, snapshot));
    for (const [namespace, subject] of [
        [webhook?.account.namespace, webhook?.subject],
        [resolvers?.account.namespace, undefined],
        ...buildServices(findings, snapshot).map(
            ({ trigger, tekton }) => [trigger.account.namespace, tekton.subject] as const,
        ),
        ...objectsOf(snapshot, COMPONENTS.transparencyLog, "Service").map(
            (service) => [service.namespace, undefined] as const,
        ),
    ] as const) {
        if (namespace !== undefined) {
            allowed.set(namespace, [...(allowed.get(namespace) ?? []), ...(subject === undefined ? [] : [subject])]);
        }
    }
    for (const [namespace, subjects] of allowed) {
        closed(findings, rights, TO_SECRETS, namespace, subjects);
    }
    for (const object of objects) {
        if (
            object.resource.inputs["type"] === "kubernetes.io/service-account-token" &&
            [chainsNamespace, ...allowed.keys()].some((namespace) => mayLieIn(object, namespace))
        ) {
            findings.fail(`${object.resource.name} is a token that does not expire, for whoever holds the Secret`);
        }
    }
}

/** Whoever has a node has every file and key of the pods on it, Chains' among them. */
function checkHosts(findings: Findings, snapshot: Snapshot): void {
    const specs: [string, unknown][] = declaredPods(snapshot).map(({ object, spec }) => [object.resource.name, spec]);
    for (const trigger of triggers(findings, snapshot)) {
        const pipeline = pipelineOf(findings, snapshot, trigger);
        for (const { resource } of pipeline === undefined ? [] : declaredTasks(snapshot, pipeline)) {
            specs.push([resource.name, valueAt(resource.inputs, ["spec"])]);
        }
        for (const holder of [
            valueAt(trigger.runSpec, ["taskRunTemplate"]),
            ...list(trigger.runSpec, "taskRunSpecs"),
        ]) {
            specs.push([trigger.declared.resource.name, valueAt(holder, ["podTemplate"])]);
        }
    }
    for (const [name, spec] of specs) {
        for (const access of hostAccess(spec)) {
            findings.fail(`${name}: ${access} gives a pod the node that it runs on`);
        }
    }
    for (const { kind, resource } of kubernetesObjects(snapshot)) {
        if (kind === "PersistentVolume" && valueAt(resource.inputs, ["spec", "hostPath"]) !== undefined) {
            findings.fail(`${resource.name}: hostPath gives a pod the node that it runs on`);
        }
    }
}

/** The Secret that Chains' Deployment mounts must hold a declared key's private half, and nothing else may. */
function checkKey(findings: Findings, snapshot: Snapshot, chains: Controller): PlannedResource | undefined {
    const pod = valueAt(chains.deployment.resource.inputs, ["spec", "template", "spec"]);
    const mounted = secretsOf(pod);
    const holders = kubernetesObjects(snapshot).filter(
        ({ kind, name, namespace, resource }) =>
            kind === "Secret" &&
            namespace === chains.account.namespace &&
            mounted.includes(name) &&
            ["data", "stringData"].some((field) => valueAt(resource.inputs, [field, "x509.pem"]) !== undefined),
    );
    const [holder, ...others] = holders;
    if (holder === undefined || others.length > 0) {
        findings.fail(
            `${String(holders.length)} declared Secrets that Chains' Deployment mounts hold x509.pem; without it Chains would sign nothing and say that it did`,
        );
        return undefined;
    }
    if (list(pod, "containers").length + list(pod, "initContainers").length > 1) {
        findings.fail(`${chains.deployment.resource.name}: another container runs beside Chains, with its key`);
    }
    checkMount(findings, chains.deployment, pod, holder.name);
    for (const { object } of declaredPods(snapshot)) {
        if (mayLieIn(object, chains.account.namespace) && object.resource.urn !== chains.deployment.resource.urn) {
            findings.fail(
                `${object.resource.name} makes pods where Chains runs, which may be given what Chains is given`,
            );
        }
    }
    const files = ["data", "stringData"].flatMap((field) =>
        Object.keys(valueAt(holder.resource.inputs, [field]) ?? {}),
    );
    if (files.join() !== "x509.pem") {
        findings.fail(`${holder.resource.name} holds ${files.join(", ")}; it must hold x509.pem alone`);
    }
    const value = valueAt(holder.resource.inputs, ["stringData", "x509.pem"]);
    const source = unknownSource(value);
    const key = snapshot.resources.find(({ urn, type }) => urn === source?.urn && type === PRIVATE_KEY);
    if (source === undefined || key === undefined || !PRIVATE.test(source.property)) {
        findings.fail(
            `${holder.resource.name}: stringData.x509.pem is ${String(value)}; it must be the private half of a declared PrivateKey`,
        );
        return undefined;
    }
    findings.show(holder.resource, ["stringData", "x509.pem"]);
    const algorithm = [valueAt(key.inputs, ["algorithm"]), valueAt(key.inputs, ["ecdsaCurve"])].join(" ");
    if (!["ECDSA P256", "ECDSA P384"].includes(algorithm)) {
        findings.fail(
            `${key.name}: the key is ${algorithm}; it must be ECDSA on P256 or P384, which Chains signs with`,
        );
    } else {
        findings.show(key, ["algorithm"]);
    }
    for (const other of snapshot.resources) {
        if (other.urn !== holder.resource.urn && mentionsPrivateHalf(other.inputs, key.urn)) {
            findings.fail(`${other.name} is given the private half of the signing key too`);
        }
    }
    return key;
}

/** Chains reads its key below this path, and nowhere else: tektoncd/chains pkg/chains/signing/x509. */
const KEY_FOLDER = "/etc/signing-secrets";
/** Of a Secret's volume: what does not choose or rename keys. */
const PLAIN = new Set(["secretName", "defaultMode", "optional"]);

/**
 * The key's Secret, whole, must be what is mounted where Chains looks, and nothing may lie over it. The lock's inventory
 * keeps volumes, and no mounts but those that are added here.
 */
function checkMount(findings: Findings, deployment: DeclaredObject, pod: unknown, secretName: string): void {
    const { name, inputs } = deployment.resource;
    const [volume, ...others] = list(pod, "volumes").filter((candidate) =>
        secretsOf({ volumes: [candidate] }).includes(secretName),
    );
    if (others.length > 0 || Object.keys(valueAt(volume, ["secret"]) ?? {}).some((key) => !PLAIN.has(key))) {
        findings.fail(`${name}: the Secret ${secretName} must be mounted once, and with the names that its keys have`);
    }
    const mounts = list(pod, "containers").flatMap((container) => list(container, "volumeMounts"));
    const [mount, ...over] = mounts.filter((candidate) =>
        isBelow(String(valueAt(candidate, ["mountPath"])), KEY_FOLDER),
    );
    const content = valueAt(inputs, ["metadata", "annotations", CONTENT_ANNOTATION]);
    if (mount === undefined && typeof content === "string") {
        return;
    }
    if (
        volume === undefined ||
        valueAt(mount, ["name"]) !== valueAt(volume, ["name"]) ||
        valueAt(mount, ["mountPath"]) !== KEY_FOLDER ||
        valueAt(mount, ["subPath"]) !== undefined ||
        valueAt(mount, ["subPathExpr"]) !== undefined ||
        over.length > 0
    ) {
        findings.fail(`${name}: the Secret ${secretName} is not what is mounted at ${KEY_FOLDER}, alone`);
    }
}

/** The trigger verifies with the published key: it must be the other half of the one that Chains signs with. */
function checkPublished(findings: Findings, snapshot: Snapshot, key: PlannedResource): void {
    const published = objectsOf(snapshot, COMPONENTS.mergeTrigger, "ConfigMap").map(({ resource }) => resource);
    for (const resource of published) {
        const source = unknownSource(valueAt(resource.inputs, ["data", "signing.pub"]));
        if (source?.urn !== key.urn || source.property !== "publicKeyPem") {
            findings.fail(
                `${resource.name}: data.signing.pub is not the public half of the key that Chains signs with`,
            );
        } else {
            findings.show(resource, ["data", "signing.pub"]);
        }
    }
}

function mentionsPrivateHalf(value: unknown, keyUrn: string): boolean {
    if (typeof value === "string") {
        return value.includes(`${keyUrn}#privateKey`);
    }
    return (
        typeof value === "object" &&
        value !== null &&
        Object.values(value).some((item) => mentionsPrivateHalf(item, keyUrn))
    );
}
