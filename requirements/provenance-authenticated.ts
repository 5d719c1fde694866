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
import { checkKmsKey } from "./kms-key";
import { COMPONENTS, kubernetesObjects, mayLieIn, objectsOf } from "./objects";
import { closed } from "./only";
import { declaredPods, hostAccess, list } from "./pods";
import type { Requirement } from "./requirement";
import { checkSigningSecret } from "./signing-secret";
import { unknownSource, type Snapshot } from "./snapshot";
import { TO_ANY_RIGHT, TO_RUN, TO_SECRETS, TO_TRAFFIC } from "./ways";

/** How Chains may sign, and the check of each way: where the public half comes from, when there is a key. */
const SIGNERS = { x509: checkSigningSecret, kms: checkKmsKey } as const;

/** Provenance is signed with a key that only Chains can use, and whose public half verifiers have. */
export const provenanceAuthenticated: Requirement = {
    id: "provenance-authenticated",
    title: "Provenance – Authenticated",
    text: "The provenance’s authenticity and integrity can be verified by the consumer. This SHOULD be through a digital signature from a private key accessible only to the service generating the provenance.",
    specification: "https://slsa.dev/spec/v0.1/requirements#authenticated",
    announcement: "Provenance is signed with the distroless GCP KMS key",
    cure: "Give the signing key to Chains' Secret and to nothing else, and grant nobody but Chains access to that Secret; or keep it in a KMS, whose policy lets Chains' own principal sign and nobody else. Publish the key's public half.",
    check: (snapshot) => {
        const findings = new Findings();
        checkDeclarations(findings, snapshot);
        const chains = chainsController(findings, snapshot);
        const config = chains === undefined ? undefined : configurationOf(findings, snapshot, chains, CHAINS_CONFIG);
        if (chains === undefined || config === undefined) {
            return findings.verdict();
        }
        const pipelineRuns = findings.require(
            config.resource,
            ["data", "artifacts.pipelinerun.signer"],
            (value) => typeof value === "string" && Object.hasOwn(SIGNERS, value),
            "x509, which reads the key from the Secret that Chains mounts, or kms, which asks a KMS to sign",
        );
        findings.require(
            config.resource,
            ["data", "artifacts.oci.signer"],
            (value) => pipelineRuns === undefined || value === pipelineRuns,
            "what artifacts.pipelinerun.signer is",
        );
        if (pipelineRuns !== undefined) {
            const published = SIGNERS[pipelineRuns as keyof typeof SIGNERS](
                findings,
                snapshot,
                chains,
                config.resource,
            );
            if (published !== undefined) {
                checkPublished(findings, snapshot, published);
            }
        }
        checkAlone(findings, snapshot, chains);
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

/** Whoever is beside Chains has its files and its identity, and with them its key. */
function checkAlone(findings: Findings, snapshot: Snapshot, { account, deployment }: Controller): void {
    const pod = valueAt(deployment.resource.inputs, ["spec", "template", "spec"]);
    if (list(pod, "containers").length + list(pod, "initContainers").length > 1) {
        findings.fail(`${deployment.resource.name}: another container runs beside Chains, with its key`);
    }
    for (const { object } of declaredPods(snapshot)) {
        if (mayLieIn(object, account.namespace) && object.resource.urn !== deployment.resource.urn) {
            findings.fail(
                `${object.resource.name} makes pods where Chains runs, which may be given what Chains is given`,
            );
        }
    }
}

/** The trigger verifies with the published key: it must be the other half of the one that Chains signs with. */
function checkPublished(findings: Findings, snapshot: Snapshot, key: { urn: string; property: string }): void {
    for (const { resource } of objectsOf(snapshot, COMPONENTS.mergeTrigger, "ConfigMap")) {
        const source = unknownSource(valueAt(resource.inputs, ["data", "signing.pub"]));
        if (source?.urn !== key.urn || source.property !== key.property) {
            findings.fail(
                `${resource.name}: data.signing.pub is not the public half of the key that Chains signs with`,
            );
        } else {
            findings.show(resource, ["data", "signing.pub"]);
        }
    }
}
