import type * as pulumi from "@pulumi/pulumi";
import { ArtifactRegistry, type ArtifactRegistryArgs } from "../../components/artifact-registry";
import { workloadPrincipal } from "../../components/workload-identity";
import { evaluate } from "../../plan/evaluate";
import type { Snapshot } from "../../requirements/snapshot";
import { resource } from "../snapshot-edit";
import { ofType, PROJECT } from "./google-plan";

const REPOSITORY = "gcp:artifactregistry/repository:Repository";
const POLICY = "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const NODES = ["system", "build"].map((pool) => `serviceAccount:builds-${pool}@test-project.iam.gserviceaccount.com`);

const args: ArtifactRegistryArgs = {
    project: PROJECT.project,
    projectNumber: PROJECT.projectNumber,
    location: PROJECT.region,
    labels: PROJECT.labels,
    repositories: [
        { source: "crane" },
        { source: "distroless", repository: "gcr.io", location: "us", readers: "public" },
    ],
    nodeMembers: NODES,
    protect: true,
    dependsOn: [],
};

interface Planned {
    snapshot: Snapshot;
    /** Source -> its path, where the plan knows it. */
    paths: Record<string, string>;
}

async function plan(change: Partial<ArtifactRegistryArgs> = {}): Promise<Planned> {
    const paths: Record<string, string> = {};
    const snapshot = await evaluate("test", () => {
        const { path } = new ArtifactRegistry("images", { ...args, ...change });
        for (const [source, known] of Object.entries(path)) {
            known.apply((value) => (paths[source] = value));
        }
        return {};
    });
    return { snapshot, paths };
}

const account = (namespace: string, serviceAccount: string): string =>
    workloadPrincipal({ project: PROJECT.project, projectNumber: PROJECT.projectNumber, namespace, serviceAccount });
const CHAINS = account("tekton-chains", "tekton-chains-controller");

function bindings(snapshot: Snapshot, source: string): Record<string, string[]> {
    const { policyData } = resource(snapshot, `images-${source}-policy`).inputs;
    const policy = JSON.parse(String(policyData)) as { bindings: { role: string; members: string[] }[] };
    return Object.fromEntries(policy.bindings.map(({ role, members }) => [role, members]));
}

describe("a registry of Google Cloud's", () => {
    it("has a repository for each source, with tags that can be moved, and labels", async () => {
        const { snapshot } = await plan();
        expect(resource(snapshot, "images-crane").inputs).toEqual({
            project: "test-project",
            location: "europe-west4",
            repositoryId: "crane",
            description: "Images of crane, and their provenance.",
            format: "DOCKER",
            mode: "STANDARD_REPOSITORY",
            dockerConfig: { immutableTags: false },
            cleanupPolicies: expect.any(Array) as unknown,
            cleanupPolicyDryRun: false,
            vulnerabilityScanningConfig: { enablementConfig: "INHERITED" },
            labels: { platform: "slsa-build" },
            deletionPolicy: "PREVENT",
        });
        expect(resource(snapshot, "images-distroless").inputs).toMatchObject({
            location: "us",
            repositoryId: "gcr.io",
        });
    });

    it("says where images are pushed, in a plan already", async () => {
        expect((await plan()).paths).toEqual({
            crane: "europe-west4-docker.pkg.dev/test-project/crane",
            distroless: "gcr.io/test-project",
        });
    });

    it("deletes what has no tag and is old, and nothing else", async () => {
        const { snapshot } = await plan({ untaggedDays: 30 });
        expect(resource(snapshot, "images-crane").inputs["cleanupPolicies"]).toEqual([
            { id: "keep-attestations", action: "KEEP", condition: { tagState: "TAGGED", tagPrefixes: ["sha256-"] } },
            { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: 100 } },
            { id: "delete-untagged", action: "DELETE", condition: { tagState: "UNTAGGED", olderThan: "2592000s" } },
        ]);
    });

    it("is written by the source's pusher, its promoter and Chains, each with what it needs", async () => {
        const { snapshot } = await plan();
        for (const source of ["crane", "distroless"]) {
            const pusher = account(`builds-${source}`, "pusher");
            const promoter = account(`builds-${source}`, "promoter");
            const { "roles/artifactregistry.reader": readers, ...writers } = bindings(snapshot, source);
            expect(writers).toEqual({
                "projects/test-project/roles/images_pusher": [pusher],
                "projects/test-project/roles/images_tagger": [promoter, CHAINS],
            });
            expect(readers).toEqual(
                [...(source === "distroless" ? ["allUsers"] : []), pusher, promoter, CHAINS, ...NODES].sort(),
            );
        }
    });

    it("lets nobody who writes delete, change a policy, or more", async () => {
        const { snapshot } = await plan();
        expect(ofType(snapshot, ROLE).map(({ inputs }) => [inputs["roleId"], inputs["permissions"]])).toEqual([
            ["images_pusher", ["artifactregistry.repositories.uploadArtifacts"]],
            [
                "images_tagger",
                [
                    "artifactregistry.repositories.uploadArtifacts",
                    "artifactregistry.tags.create",
                    "artifactregistry.tags.update",
                ],
            ],
        ]);
    });

    it("sets each policy after the roles that it names and the repository that it is of", async () => {
        const { snapshot } = await plan();
        const { dependencies, inputs } = resource(snapshot, "images-crane-policy");
        expect(inputs).toMatchObject({ project: "test-project", location: "europe-west4", repository: "crane" });
        for (const { urn } of [...ofType(snapshot, ROLE), resource(snapshot, "images-crane")]) {
            expect(dependencies).toContain(urn);
        }
    });

    it("lets others read who are named", async () => {
        const watch = "serviceAccount:watch@test-project.iam.gserviceaccount.com";
        const { snapshot } = await plan({ repositories: [{ source: "crane", otherReaders: [watch] }] });
        expect(bindings(snapshot, "crane")["roles/artifactregistry.reader"]).toContain(watch);
    });

    it("leaves a repository that is there as it is, but for who may read and write", async () => {
        const repositories = [{ source: "distroless", repository: "gcr.io", location: "us", existing: true }];
        const { snapshot, paths } = await plan({ repositories });
        expect(ofType(snapshot, REPOSITORY)).toEqual([]);
        expect(ofType(snapshot, POLICY)).toHaveLength(1);
        expect(resource(snapshot, "images-distroless-policy").inputs).toMatchObject({
            location: "us",
            repository: "gcr.io",
        });
        expect(paths).toEqual({ distroless: "gcr.io/test-project" });
    });

    it("protects its repositories, unless it is told not to", async () => {
        const kept = ({ snapshot }: Planned): unknown[] =>
            ofType(snapshot, REPOSITORY).map(({ protect, inputs }) => [protect, inputs["deletionPolicy"]]);
        expect(kept(await plan())).toEqual([
            [true, "PREVENT"],
            [true, "PREVENT"],
        ]);
        expect(kept(await plan({ protect: false }))).toEqual([
            [false, "DELETE"],
            [false, "DELETE"],
        ]);
    });

    it("scans no image where it is told not to", async () => {
        const { snapshot } = await plan({ vulnerabilityScanning: false });
        expect(resource(snapshot, "images-crane").inputs["vulnerabilityScanningConfig"]).toEqual({
            enablementConfig: "DISABLED",
        });
    });
});

describe("what cannot be", () => {
    // Nothing is registered before it is found; the engine is not there.
    const making = (change: Partial<ArtifactRegistryArgs>) => (): pulumi.Resource =>
        new ArtifactRegistry("images", { ...args, ...change });

    it.each<[string, Partial<ArtifactRegistryArgs>, string]>([
        ["no repository", { repositories: [] }, "repositories is empty"],
        [
            "one repository of two sources",
            { repositories: [{ source: "crane" }, { source: "hello", repository: "crane" }] },
            "give each source repository its own",
        ],
        [
            "two repositories of one source",
            { repositories: [{ source: "crane" }, { source: "crane", repository: "other" }] },
            "give each source repository its own",
        ],
        ["gcr.io elsewhere", { repositories: [{ source: "d", repository: "gcr.io" }] }, 'it can be in "us" alone'],
        [
            "eu.gcr.io in another continent",
            { repositories: [{ source: "d", repository: "eu.gcr.io", location: "us" }] },
            'it can be in "europe" alone',
        ],
        [
            "a name with a dot",
            { repositories: [{ source: "d", repository: "k8s.gcr.io" }] },
            "no name of a repository of images",
        ],
        ["a long name", { repositories: [{ source: "d", repository: "r".repeat(64) }] }, "1 to 63 are allowed"],
        ["a zone for a location", { location: "us-east1-b" }, 'location is "us-east1-b"'],
        ["a location with a slash", { location: "us/x" }, "gcloud artifacts locations list"],
        ["too few days", { untaggedDays: 29 }, "it must be a whole number of days, 30 to 3650"],
        ["too many days", { untaggedDays: 3651 }, "untaggedDays is 3651"],
        ["part of a day", { untaggedDays: 30.5 }, "untaggedDays is 30.5"],
    ])("is refused: %s", (_what, change, message) => {
        expect(making(change)).toThrow(message);
    });
});
