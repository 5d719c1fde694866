import { CONTENT_ANNOTATION } from "../names";
import type { Controller } from "./builds";
import { valueAt, type Findings } from "./findings";
import { kubernetesObjects, type DeclaredObject } from "./objects";
import { isBelow, list, secretsOf } from "./pods";
import { unknownSource, type Snapshot } from "./snapshot";

const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";
/** Every output of a PrivateKey that holds the private part. */
const PRIVATE = /^privateKey/;

/**
 * The way `x509`: the Secret that Chains' Deployment mounts must hold a declared key's private half, and nothing else may.
 *
 * @returns where the key's public half comes from; undefined when there is no such key
 */
export function checkSigningSecret(
    findings: Findings,
    snapshot: Snapshot,
    chains: Controller,
): ReturnType<typeof unknownSource> {
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
    checkMount(findings, chains.deployment, pod, holder.name);
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
    return { urn: key.urn, property: "publicKeyPem" };
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
