import { workloadPrincipal } from "../../components/workload-identity";
import type { Snapshot } from "../../requirements/snapshot";
import { pathOf } from "../images-plan";
import { CHAINS_PRINCIPAL } from "../kms-plan";
import { addResource, at, remove, resource, resourceLike, set } from "../snapshot-edit";
import { google } from "./google";
import { run, UNKNOWN, type Mutation, type Properties, type Row } from "./plan-edit";

const REPOSITORY = "images-crane";
const POLICY = "images-crane-policy";
const PUSHER_ROLE = "images-pusher-role";
const TAGGER_ROLE = "images-tagger-role";

const READER = "roles/artifactregistry.reader";
const PUSHER = "projects/example-builds/roles/images_pusher";
const TAGGER = "projects/example-builds/roles/images_tagger";

const visitor = "user:visitor@example.com";

const account = (namespace: string, serviceAccount: string): string =>
    workloadPrincipal({ project: "example-builds", projectNumber: "123456789012", namespace, serviceAccount });

interface Binding {
    role: string;
    members: string[];
    condition?: object;
}

/** Changes the bindings of the repository's policy. */
const policy =
    (change: (bindings: Binding[]) => void): Mutation =>
    (snapshot) => {
        const { inputs } = resource(snapshot, POLICY);
        const parsed = JSON.parse(String(inputs["policyData"])) as { bindings: Binding[] };
        change(parsed.bindings);
        inputs["policyData"] = JSON.stringify(parsed);
    };

/** Lets somebody do more. */
const also = (role: string, member: string): Mutation =>
    policy((bindings) => {
        bindings.push({ role, members: [member] });
    });

/** Takes a role from one of those who have it. */
const without = (role: string, member: string): Mutation =>
    policy((bindings) => {
        for (const binding of bindings.filter((candidate) => candidate.role === role)) {
            binding.members = binding.members.filter((candidate) => candidate !== member);
        }
    });

const repository =
    (change: (inputs: Properties) => void): Mutation =>
    (snapshot) => {
        change(resource(snapshot, REPOSITORY).inputs);
    };

const permission =
    (name: string): Mutation =>
    (snapshot) => {
        (at(resource(snapshot, TAGGER_ROLE).inputs, "permissions") as string[]).push(name);
    };

/** Changes where the source's images are pushed. */
const pushed =
    (path: string): Mutation =>
    (snapshot) => {
        const { inputs } = pushTask(snapshot);
        const text = JSON.stringify(inputs).replaceAll(`${pathOf("crane")}/`, path);
        Object.assign(inputs, JSON.parse(text));
    };

const pushTask = (snapshot: Snapshot): { inputs: Properties } =>
    resourceLike(snapshot, /^Task\/builds-crane\/push-images-/);

const PLACE = { project: "example-builds", location: "us-east1", repository: "crane" };
const MEMBER = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember";

/** Roles with which somebody may write into every repository of a project, or let himself. */
const WIDE_ROLES = [
    "roles/owner",
    "roles/editor",
    "roles/artifactregistry.writer",
    "roles/artifactregistry.repoAdmin",
    "roles/artifactregistry.admin",
    "roles/artifactregistry.createOnPushWriter",
    "roles/storage.admin",
    "roles/storage.objectUser",
    "roles/storage.legacyBucketWriter",
    "roles/cloudbuild.builds.builder",
    "roles/container.developer",
    "roles/resourcemanager.projectIamAdmin",
    PUSHER,
];

/** What breaks the row Provenance – Available where images are pushed to Artifact Registry. */
export const imageRepositories: Row = {
    breaks: {
        "the repository has no policy": (snapshot) => {
            remove(snapshot, POLICY);
        },
        "the policy is another repository's": (snapshot) => {
            resource(snapshot, POLICY).inputs["repository"] = "other";
        },
        "the policy is a repository's of that name elsewhere": (snapshot) => {
            resource(snapshot, POLICY).inputs["location"] = "us-west1";
        },
        "the repository has two policies": (snapshot) => {
            const { type, inputs } = resource(snapshot, POLICY);
            addResource(snapshot, type, structuredClone(inputs));
        },
        "nothing says which repository the one policy is of": (snapshot) => {
            resource(snapshot, POLICY).inputs["repository"] = UNKNOWN;
            for (const source of ["hello", "page"]) {
                remove(snapshot, `images-${source}-policy`);
                const { inputs } = resourceLike(snapshot, new RegExp(`^Task/builds-${source}/push-images-`));
                const text = JSON.stringify(inputs).replaceAll(pathOf(source), `registry.example/${source}`);
                Object.assign(inputs, JSON.parse(text));
            }
        },
        ...Object.fromEntries(
            Object.entries({
                "its full name": { repository: "projects/example-builds/locations/us-east1/repositories/crane" },
                "the number of its project": { ...PLACE, project: "123456789012" },
                "the provider's project": { location: "us-east1", repository: "crane" },
            }).map(([what, place]): [string, Mutation] => [
                `somebody is granted a role on the repository by ${what}`,
                google(MEMBER, () => ({ ...place, role: READER, member: visitor })),
            ]),
        ),
        "somebody is granted a role beside the policy": google(MEMBER, () => ({
            ...PLACE,
            role: READER,
            member: visitor,
        })),
        "somebody is granted a role where the plan does not tell": google(MEMBER, () => ({
            ...PLACE,
            repository: UNKNOWN,
            role: READER,
            member: visitor,
        })),
        "single grants stand in the policy's place": (snapshot) => {
            remove(snapshot, POLICY);
            addResource(snapshot, MEMBER, { ...PLACE, role: TAGGER, member: CHAINS_PRINCIPAL });
        },
        "the policy is no JSON": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = PUSHER;
        },
        "the policy is empty": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = '{"bindings":[]}';
        },
        "a grant holds on some days": policy(([first]) => {
            Object.assign(first ?? {}, { condition: { title: "x", expression: "true" } });
        }),
        "images are pushed where nobody declares who may": pushed("us-east1-docker.pkg.dev/example-builds/other/"),
        "images are pushed into another project": pushed("gcr.io/other-builds/"),
        "the source pushes into another source's repository": pushed("us-east1-docker.pkg.dev/example-builds/hello/"),
        "somebody may push": also(PUSHER, visitor),
        "somebody may move tags": also(TAGGER, visitor),
        "everybody may push": also(PUSHER, "allUsers"),
        "everybody with an account of Google's may push": also(PUSHER, "allAuthenticatedUsers"),
        "a Google service account may push": also(
            PUSHER,
            "serviceAccount:pusher@example-builds.iam.gserviceaccount.com",
        ),
        "all accounts of the cluster may push": also(
            PUSHER,
            CHAINS_PRINCIPAL.replace("principal:", "principalSet:").replace(/\/subject\/.*$/, "/*"),
        ),
        "the account that runs the source may push": also(PUSHER, account("builds-crane", "builder")),
        "another source's pusher may push": also(PUSHER, account("builds-hello", "pusher")),
        "another source's promoter may move tags": also(TAGGER, account("builds-hello", "promoter")),
        "an account of the pusher's name elsewhere may push": also(PUSHER, account("default", "pusher")),
        "an account of a pool that is no cluster's may push": also(
            PUSHER,
            CHAINS_PRINCIPAL.replace(".svc.id.goog", ""),
        ),
        "Chains may not push": without(TAGGER, CHAINS_PRINCIPAL),
        "Chains may push, and give no tags": policy((bindings) => {
            for (const binding of bindings.filter(({ role }) => role === TAGGER)) {
                binding.role = PUSHER;
            }
        }),
        "who pushes may not": without(PUSHER, account("builds-crane", "pusher")),
        "Chains may do whatever Google's writers may": also("roles/artifactregistry.writer", CHAINS_PRINCIPAL),
        "Chains may delete": also("roles/artifactregistry.repoAdmin", CHAINS_PRINCIPAL),
        "who pushes may change the repository": also("roles/artifactregistry.admin", account("builds-crane", "pusher")),
        ...Object.fromEntries(
            [
                "artifactregistry.tags.delete",
                "artifactregistry.versions.delete",
                "artifactregistry.packages.delete",
                "artifactregistry.repositories.delete",
                "artifactregistry.repositories.deleteArtifacts",
                "artifactregistry.repositories.update",
            ].map((name): [string, Mutation] => [`whoever gives tags has ${name}`, permission(name)]),
        ),
        "whoever pushes may delete": (snapshot) => {
            set(resource(snapshot, PUSHER_ROLE).inputs, ["permissions", 1], "artifactregistry.versions.delete");
        },
        "a tag can be given once": repository((inputs) => {
            inputs["dockerConfig"] = { immutableTags: true };
        }),
        "the repository holds what others push": repository((inputs) => {
            inputs["mode"] = "REMOTE_REPOSITORY";
        }),
        "nothing says what the repository holds": repository((inputs) => {
            delete inputs["mode"];
        }),
        ...Object.fromEntries(
            Object.entries({
                tagged: { tagState: "TAGGED", olderThan: "1s" },
                any: { tagState: "ANY", olderThan: "1s" },
                old: { olderThan: "1s" },
            }).map(([id, condition]): [string, Mutation] => [
                `what is ${id} is cleaned up`,
                repository((inputs) => {
                    (inputs["cleanupPolicies"] as Properties[]).push({ id, action: "DELETE", condition });
                }),
            ]),
        ),
        "Pulumi may destroy the repository": (snapshot) => {
            resource(snapshot, REPOSITORY).protect = false;
        },
    },
    // Other rows cannot tell what these let do to the cluster, or to the key.
    moves: {
        ...Object.fromEntries(
            WIDE_ROLES.map((role): [string, Mutation] => [
                `somebody has ${role} in the project`,
                google("gcp:projects/iAMMember:IAMMember", () => ({
                    project: "example-builds",
                    role,
                    member: visitor,
                })),
            ]),
        ),
        "somebody has a role of his own that deletes images": (snapshot) => {
            addResource(snapshot, "gcp:projects/iAMCustomRole:IAMCustomRole", {
                project: "example-builds",
                roleId: "own",
                permissions: ["artifactregistry.versions.get", "artifactregistry.versions.delete"],
            });
            const role = `[unknown: ${snapshot.resources.at(-1)?.urn ?? ""}#name]`;
            addResource(snapshot, "gcp:projects/iAMMember:IAMMember", { role, member: visitor });
        },
        "whoever gives tags may change the policy": permission("artifactregistry.repositories.setIamPolicy"),
        "the task that runs the source runs as who pushes": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["taskRunSpecs", 1, "serviceAccountName"], "pusher");
            });
        },
        "the task that runs the source runs as who moves tags": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["taskRunSpecs", 1, "serviceAccountName"], "promoter");
            });
        },
        "tasks run as who pushes unless they say otherwise": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["taskRunTemplate", "serviceAccountName"], "pusher");
            });
        },
        "what pushes runs as another account": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["taskRunSpecs", 2, "serviceAccountName"], "builder");
            });
        },
        "the cluster's pool is another one": google("gcp:container/cluster:Cluster", () => ({
            workloadIdentityConfig: { workloadPool: "other-builds.svc.id.goog" },
        })),
    },
    hides: {
        "the policy is known only after deployment": (snapshot) => {
            resource(snapshot, POLICY).inputs["policyData"] = UNKNOWN;
        },
        "what a role of the project's lets do is known only after deployment": (snapshot) => {
            resource(snapshot, TAGGER_ROLE).inputs["permissions"] = UNKNOWN;
        },
        "where images are pushed is known only after deployment": (snapshot) => {
            const steps = at(pushTask(snapshot).inputs, "spec", "steps", 0) as { env: Properties[] };
            steps.env.push({ name: "X", value: UNKNOWN });
        },
        "images are pushed to a name of Google's that is no repository's": (snapshot) => {
            const steps = at(pushTask(snapshot).inputs, "spec", "steps", 0) as { env: Properties[] };
            steps.env.push({ name: "X", value: "docker.us-east1.rep.pkg.dev/example-builds/crane/crane" });
        },
        "the repository has a rule, which may refuse who reads": google("gcp:artifactregistry/rule:Rule", () => ({
            ...PLACE,
            repositoryId: "crane",
            ruleId: "x",
            action: "DENY",
            operation: "DOWNLOAD",
        })),
        "somebody has a role in the project of which nothing is known": google(
            "gcp:projects/iAMMember:IAMMember",
            () => ({ project: "example-builds", role: "roles/new.role", member: visitor }),
        ),
    },
};

/** What has nothing to do with who may write where images are pushed. */
export const BESIDE: Record<string, Mutation> = {
    "another repository, and who may write there": (snapshot) => {
        const place = { project: "example-builds", location: "us-east1" };
        addResource(snapshot, "gcp:artifactregistry/repository:Repository", {
            ...place,
            repositoryId: "tools",
            format: "DOCKER",
        });
        addResource(snapshot, MEMBER, {
            ...place,
            repository: "tools",
            role: "roles/artifactregistry.writer",
            member: visitor,
        });
    },
    "who may write in another repository, named in full": google(MEMBER, () => ({
        repository: "projects/example-builds/locations/us-east1/repositories/tools",
        role: "roles/artifactregistry.writer",
        member: visitor,
    })),
    "everybody, who reads": also(READER, "allUsers"),
    "somebody who reads": also(READER, visitor),
    "a repository that was there before": (snapshot) => {
        remove(snapshot, REPOSITORY);
    },
};
