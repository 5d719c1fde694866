import { CONTENT_ANNOTATION } from "../names";
import { chainsController, type Controller } from "./builds";
import { CHAINS_CONFIG, configurationOf } from "./configuration";
import { Findings, valueAt } from "./findings";
import { COMPONENTS, kubernetesObjects, objectsOf, type DeclaredObject } from "./objects";
import { closed } from "./only";
import { declaredPods, list, secretsOf } from "./pods";
import type { Requirement } from "./requirement";
import { unknownSource, type PlannedResource, type Snapshot } from "./snapshot";
import { TO_ANY_RIGHT, TO_RUN, TO_SECRETS } from "./ways";

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
        const chains = chainsController(findings, snapshot);
        const config = chains === undefined ? undefined : configurationOf(findings, snapshot, chains, CHAINS_CONFIG);
        if (chains === undefined || config === undefined) {
            return findings.verdict();
        }
        findings.require(
            config.resource,
            ["data", "artifacts.pipelinerun.signer"],
            (value) => value === "x509",
            "x509, which reads the key from the Secret that Chains mounts",
        );
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
        closed(findings, snapshot, [...TO_RUN, ...TO_SECRETS], namespace, [chains.subject]);
        closed(findings, snapshot, TO_ANY_RIGHT, namespace, []);
        return findings.verdict();
    },
};

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
    for (const { object, spec } of declaredPods(snapshot)) {
        const inNamespace = object.namespace === chains.account.namespace;
        if (
            inNamespace &&
            object.resource.urn !== chains.deployment.resource.urn &&
            secretsOf(spec).includes(holder.name)
        ) {
            findings.fail(`${object.resource.name} is given the Secret with the signing key too`);
        }
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

/** The key's Secret must be what is mounted where Chains looks. The lock's inventory does not keep mounts. */
function checkMount(findings: Findings, deployment: DeclaredObject, pod: unknown, secretName: string): void {
    const content = valueAt(deployment.resource.inputs, ["metadata", "annotations", CONTENT_ANNOTATION]);
    if (typeof content === "string") {
        return;
    }
    const volume = list(pod, "volumes").find(
        (candidate) => valueAt(candidate, ["secret", "secretName"]) === secretName,
    );
    const mounts = list(pod, "containers").flatMap((container) => list(container, "volumeMounts"));
    const mount = mounts.find((candidate) => valueAt(candidate, ["mountPath"]) === KEY_FOLDER);
    if (volume === undefined || valueAt(mount, ["name"]) !== valueAt(volume, ["name"])) {
        findings.fail(`${deployment.resource.name}: the Secret ${secretName} is not mounted at ${KEY_FOLDER}`);
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
