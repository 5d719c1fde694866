import type { Controller } from "./builds";
import { jsonText, valueAt, type Findings } from "./findings";
import { bindingsOf, checkPool, workloadOf } from "./google-policy";
import { rolesThat, SIGN } from "./google-roles";
import { kubernetesObjects } from "./objects";
import { secretsOf } from "./pods";
import { hasUnknown, unknownSource, type PlannedResource, type Snapshot } from "./snapshot";

const KEY = "gcp:kms/cryptoKey:CryptoKey";
const VERSION = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion";
const POLICY = "gcp:kms/cryptoKeyIAMPolicy:CryptoKeyIAMPolicy";
const KEY_ACCESS = /^gcp:kms\/cryptoKeyIAM(?:Binding|Member|Policy):/;
const IMPORT_JOB = "gcp:kms/keyRingImportJob:KeyRingImportJob";

/** What signing takes, and no more: components/kms-signing-key.ts. */
const ROLES = ["roles/cloudkms.signerVerifier", "roles/cloudkms.viewer"];

/** Files that Chains would sign with instead, or beside. */
const KEY_FILES = ["x509.pem", "cosign.key", "cosign.password"];

/**
 * The way `kms`: Chains signs with a version, named by its number, of a declared key that stays in its HSM; the key's policy
 * lets Chains' own principal sign and nobody else; nothing else in the plan lets anybody.
 *
 * @returns where the version's public half comes from; undefined when there is no such version
 */
export function checkKmsKey(
    findings: Findings,
    snapshot: Snapshot,
    chains: Controller,
    config: PlannedResource,
): ReturnType<typeof unknownSource> {
    checkNoKeyFile(findings, snapshot, chains);
    const ref = valueAt(config.inputs, ["data", "signers.kms.kmsref"]);
    const source = unknownSource(ref);
    const version = declared(snapshot, source, VERSION);
    const key = version === undefined ? undefined : keyOf(snapshot, version);
    if (source?.property !== "name" || version === undefined || key === undefined) {
        findings.fail(
            `${config.name}: data.signers.kms.kmsref is ${jsonText(ref)}; it must be the name of a declared version of a declared key: without a version the newest would sign, whoever made it`,
        );
        return undefined;
    }
    findings.show(config, ["data", "signers.kms.kmsref"]);
    checkInHsm(findings, snapshot, key);
    for (const resource of [key, version]) {
        checkKept(findings, resource);
    }
    if (version.inputs["externalProtectionLevelOptions"] !== undefined) {
        findings.fail(`${version.name}: externalProtectionLevelOptions is set: its key is in another key manager`);
    }
    if ((version.inputs["state"] ?? "ENABLED") !== "ENABLED") {
        findings.fail(`${version.name}: state is ${jsonText(version.inputs["state"])}; it must be ENABLED to sign`);
    }
    const policy = checkPolicy(findings, snapshot, key, chains);
    checkOtherGrants(findings, snapshot, key, policy);
    return source;
}

function declared(
    snapshot: Snapshot,
    source: ReturnType<typeof unknownSource>,
    type: string,
): PlannedResource | undefined {
    return snapshot.resources.find((resource) => resource.urn === source?.urn && resource.type === type);
}

function keyOf(snapshot: Snapshot, version: PlannedResource): PlannedResource | undefined {
    const source = unknownSource(version.inputs["cryptoKey"]);
    return source?.property === "id" ? declared(snapshot, source, KEY) : undefined;
}

/** The key was made in the HSM, and nobody has it elsewhere. */
function checkInHsm(findings: Findings, snapshot: Snapshot, key: PlannedResource): void {
    const wanted: [string[], string][] = [
        [["purpose"], "ASYMMETRIC_SIGN"],
        [["versionTemplate", "algorithm"], "EC_SIGN_P256_SHA256"],
        [["versionTemplate", "protectionLevel"], "HSM"],
    ];
    for (const [property, value] of wanted) {
        findings.require(key, property, (given) => given === value, value);
    }
    // An asymmetric key has no rotation by itself; a backend is a key manager elsewhere; what was imported was made elsewhere.
    for (const property of ["rotationPeriod", "cryptoKeyBackend"]) {
        if (key.inputs[property] !== undefined) {
            findings.fail(`${key.name}: ${property} is set`);
        }
    }
    if ((key.inputs["importOnly"] ?? false) !== false) {
        findings.fail(`${key.name}: importOnly is set: whoever made what is imported has the private key`);
    }
    for (const { name, type } of snapshot.resources) {
        if (type === IMPORT_JOB) {
            findings.fail(`${name} imports key material: whoever made it has the private key`);
        }
    }
}

/** Images can be verified as long as the public key is known, but only with the key are new ones trusted by the same. */
function checkKept(findings: Findings, resource: PlannedResource): void {
    if (!resource.protect) {
        findings.fail(`${resource.name} is not protected: Pulumi would destroy it`);
    }
    findings.require(
        resource,
        ["deletionPolicy"],
        (value) => value === "PREVENT" || value === "ABANDON",
        "PREVENT or ABANDON: a key that is destroyed is lost, and its name with it",
    );
}

/** Chains would read it, and whoever deploys would have it. */
function checkNoKeyFile(findings: Findings, snapshot: Snapshot, chains: Controller): void {
    const mounted = secretsOf(valueAt(chains.deployment.resource.inputs, ["spec", "template", "spec"]));
    for (const { kind, name, namespace, resource } of kubernetesObjects(snapshot)) {
        if (kind !== "Secret" || namespace !== chains.account.namespace || !mounted.includes(name)) {
            continue;
        }
        for (const file of KEY_FILES) {
            if (["data", "stringData"].some((field) => valueAt(resource.inputs, [field, file]) !== undefined)) {
                findings.fail(`${resource.name} holds ${file}; a key in a KMS needs none`);
            }
        }
    }
}

/** One policy, as a whole, of the key: to Chains what signing takes, and nothing to anybody else. */
function checkPolicy(
    findings: Findings,
    snapshot: Snapshot,
    key: PlannedResource,
    chains: Controller,
): PlannedResource | undefined {
    // A second one is found with the other grants.
    const policy = snapshot.resources.find(
        ({ type, inputs }) => type === POLICY && unknownSource(inputs["cryptoKeyId"])?.urn === key.urn,
    );
    if (policy === undefined) {
        findings.fail(
            `${key.name} has no declared policy; it must have a CryptoKeyIAMPolicy, which takes back whatever else was granted on it`,
        );
        return undefined;
    }
    const text = policy.inputs["policyData"];
    if (hasUnknown(text)) {
        findings.doubt(`${policy.name}: policyData is known only after deployment`);
        return policy;
    }
    const bindings = bindingsOf(text);
    if (bindings === undefined) {
        findings.fail(`${policy.name}: policyData is not the JSON of a policy whose bindings hold without a condition`);
        return policy;
    }
    for (const role of ROLES) {
        if (!bindings.some((binding) => binding.role === role)) {
            findings.fail(
                `${policy.name}: nobody has ${role}, without which Chains signs nothing and says that it did`,
            );
        }
    }
    for (const { role, members } of bindings) {
        if (!ROLES.includes(role)) {
            findings.fail(`${policy.name} grants ${role}; signing takes ${ROLES.join(" and ")}, and no more`);
        }
        if (members.length === 0) {
            findings.fail(`${policy.name} grants ${role} to nobody`);
        }
        for (const member of members) {
            checkMember(findings, snapshot, policy, member, role, chains);
        }
    }
    findings.show(policy, ["policyData"]);
    return policy;
}

/** Only Chains' own account, in the cluster that is declared. */
function checkMember(
    findings: Findings,
    snapshot: Snapshot,
    policy: PlannedResource,
    member: string,
    role: string,
    { account }: Controller,
): void {
    const principal = workloadOf(member);
    if (principal?.namespace !== account.namespace || principal.name !== account.name) {
        findings.fail(
            `${policy.name} grants ${role} to ${member}; it must be the workload identity of ${account.namespace}/${account.name}, as which Chains runs`,
        );
        return;
    }
    checkPool(findings, snapshot, `${policy.name} grants ${role}`, principal.pool);
}

/** Whatever else might let somebody sign. What is inherited and not declared is not seen: docs/architecture.md says so. */
function checkOtherGrants(
    findings: Findings,
    snapshot: Snapshot,
    key: PlannedResource,
    policy: PlannedResource | undefined,
): void {
    for (const { urn, name, type, inputs } of snapshot.resources) {
        if (KEY_ACCESS.test(type) && urn !== policy?.urn) {
            const other = declared(snapshot, unknownSource(inputs["cryptoKeyId"]), KEY);
            if (other === undefined || other.urn === key.urn) {
                findings.fail(`${name} may change who may use ${key.name}, whose policy is to say it alone`);
            }
        }
    }
    for (const { resource, role, does } of rolesThat(SIGN, snapshot, policy === undefined ? [] : [policy])) {
        if (does === "yes") {
            findings.fail(`${resource.name} grants ${role}, with which others than Chains might sign`);
        } else {
            findings.doubt(`${resource.name} names the role ${role}: whether somebody may sign with it is not known`);
        }
    }
}
