import type { Snapshot } from "../../requirements/snapshot";
import { CHAINS_PRINCIPAL } from "../kms-plan";
import { addResource, at, remove, resource, set } from "../snapshot-edit";
import { google } from "./google";
import { data, type Mutation, type Properties, type Row, UNKNOWN } from "./plan-edit";

const KEY = "signing-key-key";
const POLICY = "signing-key-policy";
/** The version that signs, and the one before. */
const VERSION = "signing-key-version-2026-11-25";
const OLDER = "signing-key-version-2025-11-25";

const output = (snapshot: Snapshot, name: string, property: string): string =>
    `[unknown: ${resource(snapshot, name).urn}#${property}]`;

interface Binding {
    role: string;
    members: string[];
    condition?: object;
}

/** Changes the bindings of the key's policy. */
const policy =
    (change: (bindings: [Binding, Binding]) => void): Mutation =>
    (snapshot) => {
        const { inputs } = resource(snapshot, POLICY);
        const parsed = JSON.parse(String(inputs["policyData"])) as { bindings: [Binding, Binding] };
        change(parsed.bindings);
        inputs["policyData"] = JSON.stringify(parsed);
    };

/** Somebody else in Chains' place in every binding. */
const signer = (member: string): Mutation =>
    policy((bindings) => {
        for (const binding of bindings) {
            binding.members = [member];
        }
    });

const key =
    (change: (inputs: Properties) => void): Mutation =>
    (snapshot) => {
        change(resource(snapshot, KEY).inputs);
    };

const visitor = "user:visitor@example.com";

/** Roles with which somebody may sign with every key of a project, or let himself. */
const ROLES = [
    "roles/owner",
    "roles/editor",
    "roles/cloudkms.admin",
    "roles/cloudkms.signer",
    "roles/cloudkms.signerVerifier",
    "roles/cloudkms.cryptoOperator",
    "roles/iam.securityAdmin",
    "roles/iam.roleAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/container.developer",
];

/** Types that say who may what of a project, or above. */
const WIDE: Record<string, (role: string) => Properties> = {
    "projects/iAMMember:IAMMember": (role) => ({ project: "example-builds", role, member: visitor }),
    "projects/iAMBinding:IAMBinding": (role) => ({ project: "example-builds", role, members: [visitor] }),
    "projects/iAMPolicy:IAMPolicy": (role) => ({
        project: "example-builds",
        policyData: JSON.stringify({ bindings: [{ role, members: [visitor] }] }),
    }),
    "folder/iAMMember:IAMMember": (role) => ({ folder: "folders/1", role, member: visitor }),
    "folder/iAMBinding:IAMBinding": (role) => ({ folder: "folders/1", role, members: [visitor] }),
    "organizations/iAMMember:IAMMember": (role) => ({ orgId: "1", role, member: visitor }),
    "organizations/iAMBinding:IAMBinding": (role) => ({ orgId: "1", role, members: [visitor] }),
    "privilegedaccessmanager/entitlement:entitlement": (role) => ({
        privilegedAccess: { gcpIamAccess: { roleBindings: [{ role }] } },
    }),
};

/** A role of one's own with this permission, granted on the project. */
const custom =
    (...permissions: string[]): Mutation =>
    (snapshot) => {
        const type = "gcp:projects/iAMCustomRole:IAMCustomRole";
        addResource(snapshot, type, { project: "example-builds", roleId: "own", permissions });
        const role = `[unknown: ${snapshot.resources.at(-1)?.urn ?? ""}#name]`;
        addResource(snapshot, "gcp:projects/iAMMember:IAMMember", { role, member: visitor });
    };

/** What breaks the row Provenance – Authenticated where the key is in Google's KMS. */
export const kmsKey: Row = {
    breaks: {
        "no version signs": (snapshot) => {
            delete data(snapshot, "tekton-chains-config")["signers.kms.kmsref"];
        },
        "the key signs with whichever version is the newest": (snapshot) => {
            data(snapshot, "tekton-chains-config")["signers.kms.kmsref"] = output(snapshot, KEY, "id");
        },
        "the version is one that nobody declared": (snapshot) => {
            data(snapshot, "tekton-chains-config")["signers.kms.kmsref"] =
                "gcpkms://projects/example-builds/locations/us/keyRings/signing-key/cryptoKeys/signing-key/cryptoKeyVersions/7";
        },
        "something else of the version is its reference, and is published": (snapshot) => {
            const { urn } = resource(snapshot, VERSION);
            for (const { inputs } of snapshot.resources) {
                for (const [name, value] of Object.entries((inputs["data"] ?? {}) as Properties)) {
                    set(inputs, ["data", name], value === `[unknown: ${urn}#name]` ? `[unknown: ${urn}#state]` : value);
                }
            }
        },
        "the version is of something else than the key": (snapshot) => {
            resource(snapshot, VERSION).inputs["cryptoKey"] = output(snapshot, KEY, "keyRing");
        },
        "another version signs than the one that is published": (snapshot) => {
            data(snapshot, "tekton-chains-config")["signers.kms.kmsref"] = output(snapshot, OLDER, "name");
        },
        "images are signed with a key of Chains' own": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.oci.signer"] = "x509";
        },
        "all is signed with a key of Chains' own, which is not there": (snapshot) => {
            const config = data(snapshot, "tekton-chains-config");
            config["artifacts.pipelinerun.signer"] = config["artifacts.oci.signer"] = "x509";
        },
        "the key is not declared": (snapshot) => {
            remove(snapshot, KEY);
        },
        "the version is of a key that is not declared": (snapshot) => {
            resource(snapshot, VERSION).inputs["cryptoKey"] =
                "projects/example-builds/locations/us/keyRings/signing-key/cryptoKeys/other";
        },
        "Chains has a key in its Secret too": (snapshot) => {
            set(resource(snapshot, "tekton-chains-signing-key").inputs, ["stringData"], { "cosign.key": "[secret]" });
        },
        "the key is for something else": key((inputs) => {
            inputs["purpose"] = "MAC";
        }),
        "the key is of another algorithm": key((inputs) => {
            set(inputs, ["versionTemplate", "algorithm"], "RSA_SIGN_PKCS1_2048_SHA256");
        }),
        "the key is in software": key((inputs) => {
            set(inputs, ["versionTemplate", "protectionLevel"], "SOFTWARE");
        }),
        "nothing says where the key is": key((inputs) => {
            delete (at(inputs, "versionTemplate") as Properties)["protectionLevel"];
        }),
        "the key is one that is imported": key((inputs) => {
            inputs["importOnly"] = true;
        }),
        "the key is in another key manager": key((inputs) => {
            inputs["cryptoKeyBackend"] = "projects/p/locations/us/ekmConnections/e";
        }),
        "the key rotates by itself": key((inputs) => {
            inputs["rotationPeriod"] = "7776000s";
        }),
        "key material is imported into the ring": google("gcp:kms/keyRingImportJob:KeyRingImportJob", () => ({})),
        "the version's key is in another key manager": (snapshot) => {
            resource(snapshot, VERSION).inputs["externalProtectionLevelOptions"] = {
                externalKeyUri: "https://e.example",
            };
        },
        "the version is disabled": (snapshot) => {
            resource(snapshot, VERSION).inputs["state"] = "DISABLED";
        },
        ...Object.fromEntries(
            [KEY, VERSION].flatMap((name): [string, Mutation][] => [
                [
                    `Pulumi may destroy ${name}`,
                    (snapshot) => {
                        resource(snapshot, name).protect = false;
                    },
                ],
                [
                    `the provider may destroy ${name}`,
                    (snapshot) => {
                        resource(snapshot, name).inputs["deletionPolicy"] = "DELETE";
                    },
                ],
                [
                    `nothing keeps the provider from destroying ${name}`,
                    (snapshot) => {
                        delete resource(snapshot, name).inputs["deletionPolicy"];
                    },
                ],
            ]),
        ),
        "the key has no policy": (snapshot) => {
            remove(snapshot, POLICY);
        },
        "the policy is another key's": (snapshot) => {
            resource(snapshot, POLICY).inputs["cryptoKeyId"] =
                "projects/example-builds/locations/us/keyRings/signing-key/cryptoKeys/other";
        },
        "the key has two policies": (snapshot) => {
            const { type, inputs } = resource(snapshot, POLICY);
            addResource(snapshot, type, structuredClone(inputs));
        },
        "the policy grants single roles alone": (snapshot) => {
            remove(snapshot, POLICY);
            for (const role of ["roles/cloudkms.signerVerifier", "roles/cloudkms.viewer"]) {
                addResource(snapshot, "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", {
                    cryptoKeyId: output(snapshot, KEY, "id"),
                    role,
                    member: CHAINS_PRINCIPAL,
                });
            }
        },
        "the policy is no JSON": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = "roles/cloudkms.signerVerifier";
        },
        "the policy is empty": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = '{"bindings":[]}';
        },
        "nobody may sign": policy((bindings) => {
            bindings.shift();
        }),
        "Chains may not read the key": policy((bindings) => {
            bindings.pop();
        }),
        "the role is granted to nobody": policy(([first]) => {
            first.members = [];
        }),
        "somebody may sign beside Chains": policy(([first]) => {
            first.members.push(visitor);
        }),
        "somebody may sign by another binding of the same role": policy((bindings) => {
            bindings.push({ role: "roles/cloudkms.signerVerifier", members: [visitor] });
        }),
        "Chains may change who may sign": policy((bindings) => {
            bindings.push({ role: "roles/cloudkms.admin", members: [CHAINS_PRINCIPAL] });
        }),
        "Chains may sign on some days": policy(([first]) => {
            first.condition = { title: "x", expression: "request.time < timestamp('2027-01-01T00:00:00Z')" };
        }),
        "everybody may sign": signer("allUsers"),
        "every account of the cluster may sign": signer(
            CHAINS_PRINCIPAL.replace("principal:", "principalSet:").replace(/\/subject\/.*$/, "/*"),
        ),
        "a build's account signs": signer(CHAINS_PRINCIPAL.replace(/ns\/.*$/, "ns/builds-crane/sa/builder")),
        "an account of Chains' name in another namespace signs": signer(
            CHAINS_PRINCIPAL.replace("ns/tekton-chains", "ns/default"),
        ),
        "another account of Chains' namespace signs": signer(`${CHAINS_PRINCIPAL}-2`),
        "an account of a pool that is no cluster's signs": signer(CHAINS_PRINCIPAL.replace(".svc.id.goog", "")),
        "a Google service account signs": signer("serviceAccount:chains@example-builds.iam.gserviceaccount.com"),
        "somebody is granted a role on the key beside the policy": google(
            "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
            (snapshot) => ({
                cryptoKeyId: output(snapshot, KEY, "id"),
                role: "roles/cloudkms.viewer",
                members: [visitor],
            }),
        ),
        "somebody is granted a role on a key that the plan does not tell": google(
            "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
            () => ({ cryptoKeyId: UNKNOWN, role: "roles/cloudkms.viewer", member: visitor }),
        ),
        ...Object.fromEntries(
            ["IAMMember", "IAMBinding"].map((kind): [string, Mutation] => [
                `somebody may sign with every key of the ring, by a KeyRing${kind}`,
                google(`gcp:kms/keyRing${kind}:KeyRing${kind}`, (snapshot) => ({
                    keyRingId: output(snapshot, "signing-key-ring", "id"),
                    role: "roles/cloudkms.signer",
                    ...(kind === "IAMMember" ? { member: visitor } : { members: [visitor] }),
                })),
            ]),
        ),
        "somebody may change the ring's policy": google("gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy", (snapshot) => ({
            keyRingId: output(snapshot, "signing-key-ring", "id"),
            policyData: JSON.stringify({ bindings: [{ role: "roles/cloudkms.admin", members: [visitor] }] }),
        })),
    },
    // Other rows cannot tell what these let do to the cluster.
    moves: {
        ...Object.fromEntries(
            [
                ...Object.keys(WIDE).map((type) => [type, "roles/cloudkms.signer"] as const),
                ...ROLES.map((role) => ["projects/iAMMember:IAMMember", role] as const),
            ].map(([type, role]): [string, Mutation] => [
                `somebody has ${role} by ${type}`,
                google(`gcp:${type}`, () => WIDE[type]?.(role) ?? {}),
            ]),
        ),
        "somebody has a role of his own that signs": custom("cloudkms.cryptoKeyVersions.useToSign"),
        "somebody has a role of his own that changes policies": custom(
            "logging.logs.list",
            "cloudkms.keyRings.setIamPolicy",
        ),
        "somebody has a role of his own that runs pods": custom("container.pods.create"),
        "the cluster's pool is another one": google("gcp:container/cluster:Cluster", () => ({
            workloadIdentityConfig: { workloadPool: "other-builds.svc.id.goog" },
        })),
        "the cluster has no pool": google("gcp:container/cluster:Cluster", () => ({})),
        "two clusters share the pool": (snapshot) => {
            for (const name of ["one", "two"]) {
                addResource(snapshot, "gcp:container/cluster:Cluster", {
                    name,
                    workloadIdentityConfig: { workloadPool: "example-builds.svc.id.goog" },
                });
            }
        },
    },
    hides: {
        "the policy is known only after deployment": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = UNKNOWN;
        },
        "the key's algorithm is known only after deployment": key((inputs) => {
            set(inputs, ["versionTemplate", "algorithm"], UNKNOWN);
        }),
        "somebody has a role on the ring of which nothing is known": google(
            "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
            () => ({ keyRingId: UNKNOWN, role: "roles/new.role", member: visitor }),
        ),
        "somebody has a role on the ring that is known only after deployment": google(
            "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
            () => ({ keyRingId: UNKNOWN, role: UNKNOWN, member: visitor }),
        ),
    },
};

/** What has nothing to do with who may sign. */
export const BESIDE: Record<string, Mutation> = {
    "another key, and who may encrypt with it": (snapshot) => {
        addResource(snapshot, "gcp:kms/cryptoKey:CryptoKey", { name: "cluster-secrets", purpose: "ENCRYPT_DECRYPT" });
        const cryptoKeyId = `[unknown: ${snapshot.resources.at(-1)?.urn ?? ""}#id]`;
        addResource(snapshot, "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", {
            cryptoKeyId,
            role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member: "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com",
        });
    },
    "somebody who may look at the ring": google("gcp:kms/keyRingIAMMember:KeyRingIAMMember", (snapshot) => ({
        keyRingId: output(snapshot, "signing-key-ring", "id"),
        role: "roles/cloudkms.viewer",
        member: visitor,
    })),
};

/** The cluster's pool is known only after deployment. What a cluster is, no requirement can tell yet. */
export const HIDDEN_POOL = google("gcp:container/cluster:Cluster", () => ({
    workloadIdentityConfig: { workloadPool: UNKNOWN },
}));
