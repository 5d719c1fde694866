import * as storage from "@pulumi/gcp/storage";
import type * as pulumi from "@pulumi/pulumi";
import { CloudBuildPlatform, type CloudBuildPlatformArgs } from "../../components/cloud-build-platform";
import { branchPattern, CloudBuildTrigger, type CloudBuildTriggerArgs } from "../../components/cloud-build-trigger";
import { MergeTrigger } from "../../components/merge-trigger";
import { cloudBuild } from "../../pipelines/cloud-build";
import { mergeBuildSteps } from "../../pipelines/merge-build";
import type { Shell } from "../../pipelines/tekton";
import { evaluate } from "../../plan/evaluate";
import { valueAt } from "../../requirements/findings";
import type { Snapshot } from "../../requirements/snapshot";
import { ARGS } from "../pipelines/merge-values";
import { pinned } from "../pipelines/values";
import { resource } from "../snapshot-edit";
import { ofType, PROJECT, waitsFor, type Registered } from "./google-plan";

const ACCOUNT = "app-merges@test-project.iam.gserviceaccount.com";
const PROMOTER = "promoter@test-project.iam.gserviceaccount.com";
const VERIFICATION = { signingPublicKey: "the key of $Chains\n", logPublicKey: "", registryCa: "" };

const trigger: Omit<CloudBuildTriggerArgs, "platform"> = {
    project: PROJECT.project,
    region: PROJECT.region,
    labels: PROJECT.labels,
    cluster: "builds",
    namespace: "builds-app",
    repository: ARGS.url,
    branch: "main",
    steps: mergeBuildSteps(ARGS),
    cancelOlder: false,
    verification: VERIFICATION,
    shell: (): Shell => "/bin/sh",
    gcloud: { image: pinned("tools.test/gcloud"), shell: "/bin/sh" },
    promoter: { serviceAccount: PROMOTER, registries: ["europe-docker.pkg.dev"] },
    imageRepositories: ["tools"],
    protect: true,
    dependsOn: [],
};

const platform: CloudBuildPlatformArgs = {
    project: PROJECT.project,
    projectNumber: PROJECT.projectNumber,
    region: PROJECT.region,
    connection: { appInstallationId: 4711, oauthToken: { secret: "forge-token", version: 3 } },
    protect: true,
    dependsOn: [],
};

interface Planned {
    readonly snapshot: Snapshot;
    readonly registered: readonly Registered[];
}

async function plan(
    change: {
        trigger?: Partial<CloudBuildTriggerArgs>;
        platform?: Partial<CloudBuildPlatformArgs>;
        name?: string;
    } = {},
): Promise<Planned> {
    const registered: Registered[] = [];
    const transformations: pulumi.ResourceTransformation[] = [
        ({ type, name, props, opts }) => {
            registered.push({ type, name, props: props, options: opts });
            return undefined;
        },
    ];
    const snapshot = await evaluate("test", () => {
        const shared = new CloudBuildPlatform("forge", { ...platform, ...change.platform }, { transformations });
        new CloudBuildTrigger("app-merges", { ...trigger, platform: shared, ...change.trigger }, { transformations });
        return {};
    });
    return { snapshot, registered };
}

/** Why a component cannot be made; the program goes on, so that what it registered is answered. */
async function refusal(making: () => unknown): Promise<string> {
    let refused = "it was made";
    await evaluate("test", () => {
        try {
            making();
        } catch (error) {
            refused = String(error);
        }
        return {};
    });
    return refused;
}
const refusedTrigger = (change: Partial<CloudBuildTriggerArgs>, name = "app-merges"): Promise<string> =>
    refusal(
        () =>
            new CloudBuildTrigger(name, { ...trigger, platform: new CloudBuildPlatform("forge", platform), ...change }),
    );

const declared = ({ snapshot }: Planned): Readonly<Record<string, unknown>> =>
    resource(snapshot, "app-merges-trigger").inputs;

describe("CloudBuildTrigger", () => {
    let planned: Planned;
    beforeAll(async () => {
        planned = await plan();
    });

    it("starts a build for each push to one branch of one repository, and for nothing else", () => {
        const { build: _build, ...inputs } = declared(planned);
        expect(inputs).toEqual({
            project: "test-project",
            location: "europe-west4",
            name: "app-merges",
            description: "Builds what is merged on main.",
            repositoryEventConfig: {
                repository: expect.stringMatching(/::app-merges-repository#id\]$/) as unknown,
                push: { branch: "^main$" },
            },
            serviceAccount: `projects/test-project/serviceAccounts/${ACCOUNT}`,
            approvalConfig: { approvalRequired: false },
        });
        expect(resource(planned.snapshot, "app-merges-repository").inputs).toEqual({
            project: "test-project",
            location: "europe-west4",
            name: "app-merges",
            parentConnection: "forge",
            remoteUri: "https://git.test/team/app.git",
        });
    });

    it("runs the declared steps, and logs to its bucket alone", () => {
        const build = cloudBuild({
            ...trigger,
            cluster: { project: "test-project", location: "europe-west4", name: "builds" },
            verification: { SIGNING_PUBLIC_KEY: "the key of $Chains\n", LOG_PUBLIC_KEY: "", REGISTRY_CA: "" },
            map: (value: string, text) => text(value),
        });
        expect(declared(planned)["build"]).toEqual({
            ...build,
            logsBucket: "gs://test-project-app-merges-log",
            options: { requestedVerifyOption: "VERIFIED", logging: "GCS_ONLY", logStreamingOption: "STREAM_OFF" },
        });
    });

    it("shows in a plan all that is not known yet but one variable", async () => {
        const unknown = new Set<string>();
        const { snapshot } = await evaluateWithUnknownKey();
        const known = valueAt(declared(planned), ["build", "steps"]) as { id: string; envs: string[] }[];
        const steps = valueAt(resource(snapshot, "app-merges-trigger").inputs, ["build", "steps"]) as typeof known;
        steps.forEach((step, index) => {
            step.envs.forEach((env, at) => {
                if (env !== known[index]?.envs[at]) {
                    unknown.add(`${step.id}: ${String(known[index]?.envs[at])} -> ${env.replace(/urn.*#/, "")}`);
                }
            });
            expect({ ...step, envs: [] }).toEqual({ ...known[index], envs: [] });
        });
        expect([...unknown]).toEqual(["verify: SIGNING_PUBLIC_KEY=the key of $$Chains\n -> [unknown: selfLink]"]);
    });

    async function evaluateWithUnknownKey(): Promise<Planned> {
        const snapshot = await evaluate("test", () => {
            const shared = new CloudBuildPlatform("forge", platform);
            const { selfLink } = new storage.Bucket("key", { location: PROJECT.region });
            new CloudBuildTrigger("app-merges", {
                ...trigger,
                platform: shared,
                verification: { ...VERIFICATION, signingPublicKey: selfLink },
            });
            return {};
        });
        return { snapshot, registered: [] };
    }

    it("grants its account what it needs, each on the smallest thing that can grant it", () => {
        const grants = planned.snapshot.resources
            .filter(
                ({ type, name }) =>
                    type.startsWith("gcp:") && /(?:Member|Binding|Policy)$/i.test(type) && name.startsWith("app-"),
            )
            .map(({ type, inputs }) => {
                const { role, member, ...on } = inputs;
                return [type.split(":").pop(), role, member, on];
            });
        const member = `serviceAccount:${ACCOUNT}`;
        expect(grants.sort()).toEqual(
            [
                ["BucketIAMMember", "roles/storage.objectCreator", member, { bucket: "test-project-app-merges-log" }],
                [
                    "BucketIAMMember",
                    "roles/storage.legacyBucketReader",
                    member,
                    { bucket: "test-project-app-merges-log" },
                ],
                [
                    "IAMMember",
                    "projects/test-project/roles/forge",
                    member,
                    {
                        project: "test-project",
                        condition: {
                            title: "only builds",
                            expression: 'resource.name.endsWith("/locations/europe-west4/clusters/builds")',
                        },
                    },
                ],
                [
                    "IAMMember",
                    "roles/iam.serviceAccountTokenCreator",
                    member,
                    { serviceAccountId: `projects/test-project/serviceAccounts/${PROMOTER}` },
                ],
                [
                    "RepositoryIamMember",
                    "roles/artifactregistry.reader",
                    member,
                    { project: "test-project", location: "europe-west4", repository: "tools" },
                ],
            ].sort(),
        );
        expect(resource(planned.snapshot, "forge-cluster-role").inputs["permissions"]).toEqual([
            "container.clusters.get",
            "container.clusters.connect",
        ]);
    });

    it.each([false, true])(
        "may do in the cluster what any merge trigger may, under its e-mail, and reads no declaration there (cancels older: %s)",
        async (cancelOlder) => {
            const { snapshot } = await plan({ trigger: { cancelOlder } });
            const local = await evaluate("local", () => {
                new MergeTrigger("local", { ...trigger, cancelOlder, promotion: "registry/promote-app" });
                return {};
            });
            const rules = resource(local, "local-role").inputs["rules"] as { resources: string[]; verbs: string[] }[];
            expect(rules.map(({ resources, verbs }) => [resources.join(), verbs.join(" ")])).toEqual([
                ["pipelineruns", `create get list watch patch${cancelOlder ? " cancel" : ""}`],
                ["taskruns", "get list watch"],
                ["pods", "get list"],
                ["pods/log", "get"],
                ["configmaps", "get"],
            ]);
            expect(resource(snapshot, "app-merges-role").inputs["rules"]).toEqual(
                rules.filter(({ resources }) => !resources.includes("configmaps")),
            );
            expect(resource(snapshot, "app-merges-binding").inputs).toMatchObject({
                metadata: { name: "merge-trigger", namespace: "builds-app" },
                roleRef: { kind: "Role", name: "merge-trigger" },
                subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: ACCOUNT }],
            });
        },
    );

    it("keeps logs where nobody publishes, changes or deletes them before their time", async () => {
        const bucket = resource(planned.snapshot, "app-merges-log");
        expect(bucket.inputs).toEqual({
            project: "test-project",
            name: "test-project-app-merges-log",
            location: "europe-west4",
            labels: PROJECT.labels,
            uniformBucketLevelAccess: true,
            publicAccessPrevention: "enforced",
            retentionPolicy: { retentionPeriod: "34560000", isLocked: false },
            lifecycleRules: [{ action: { type: "Delete" }, condition: { age: 400 } }],
            forceDestroy: false,
            deletionPolicy: "PREVENT",
        });
        expect(bucket.protect).toBe(true);
        const loose = resource((await plan({ trigger: { protect: false, logDays: 30 } })).snapshot, "app-merges-log");
        expect([
            loose.protect,
            loose.inputs["deletionPolicy"],
            valueAt(loose.inputs, ["retentionPolicy", "retentionPeriod"]),
        ]).toEqual([false, "DELETE", "2592000"]);
    });

    it("labels all that has labels", () => {
        const labelled = planned.registered.filter(({ type, props }) => type.startsWith("gcp:") && "labels" in props);
        expect(labelled.map(({ name, props }) => [name, props["labels"]])).toEqual([
            ["app-merges-log", PROJECT.labels],
        ]);
    });

    it("is there when its account may do what it has to", () => {
        const { snapshot } = planned;
        const waits = waitsFor(snapshot, resource(snapshot, "app-merges-trigger").urn);
        const needed = snapshot.resources.filter(
            ({ type, name }) => /^(?:gcp|kubernetes):/.test(type) && name !== "app-merges-trigger",
        );
        expect(needed.filter(({ urn }) => !waits.has(urn)).map(({ name }) => name)).toEqual([]);
    });

    it.each<[string, Partial<CloudBuildTriggerArgs>, string]>([
        [
            "steps of another source",
            { repository: "https://git.test/team/other" },
            "and its steps verify git+https://git.test/team/app.git: make them of the same URL",
        ],
        ["steps of no source", { steps: mergeBuildSteps(ARGS).slice(0, 1) }, "its steps verify no source"],
        ["no branch", { branch: "" }, '"" is no name of a branch'],
        ["a pattern for a branch", { branch: "release-*" }, '"release-*" is no name of a branch'],
        ["logs kept for no time", { logDays: 0 }, "Logs cannot be kept for 0 days"],
        ["a cluster that cannot be", { cluster: 'x") || ("' }, "is no name of a cluster"],
    ])("is refused with %s", async (_what, change, message) => {
        expect(await refusedTrigger(change)).toContain(message);
    });

    it("is refused under a name that is too long for an account", async () => {
        expect(await refusedTrigger({}, "a".repeat(31))).toContain("is no name of a service account");
    });
});

describe("a branch's pattern", () => {
    it.each([
        ["main", ["main2", "xmain", "main/x", "MAIN", "main\n", "\nmain", ""]],
        ["release/1.0", ["release/1x0", "release/1.00"]],
        ["a+b(c){d}|e]$", ["aab(c){d}|e]$", "e]$", "a+bc{d}|e]$"]],
        ["main|dev", ["main", "dev"]],
    ])("of %j matches no other", (branch, others) => {
        const pattern = new RegExp(branchPattern(branch), "u");
        expect(pattern.test(branch)).toBe(true);
        expect(others.filter((other) => pattern.test(other))).toEqual([]);
    });

    it.each([
        "-x",
        "a b",
        "a..b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a[b",
        "a\\b",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.",
        "a.lock",
        "a\u0001",
        "a@{b",
    ])("of %j there is none", (branch) => {
        expect(() => branchPattern(branch)).toThrow("is no name of a branch");
    });
});

describe("CloudBuildPlatform", () => {
    it("connects with a token that only Cloud Build's agent reads, and that is not in the plan", async () => {
        const { snapshot } = await plan();
        const connection = resource(snapshot, "forge-connection");
        expect(connection.inputs).toEqual({
            project: "test-project",
            location: "europe-west4",
            name: "forge",
            githubConfig: {
                appInstallationId: 4711,
                authorizerCredential: {
                    oauthTokenSecretVersion: "projects/test-project/secrets/forge-token/versions/3",
                },
            },
            deletionPolicy: "PREVENT",
        });
        expect(connection.protect).toBe(true);
        const reader = resource(snapshot, "forge-token-reader");
        expect(reader.inputs).toEqual({
            project: "test-project",
            secretId: "forge-token",
            role: "roles/secretmanager.secretAccessor",
            member: "serviceAccount:service-123456789012@gcp-sa-cloudbuild.iam.gserviceaccount.com",
        });
        expect(waitsFor(snapshot, connection.urn)).toContain(reader.urn);
    });

    it("uses a connection that is there already, and makes none", async () => {
        const { snapshot } = await plan({ platform: { connection: { existing: "by-hand" } } });
        expect(resource(snapshot, "app-merges-repository").inputs["parentConnection"]).toBe("by-hand");
        for (const type of [
            "gcp:cloudbuildv2/connection:Connection",
            "gcp:secretmanager/secretIamMember:SecretIamMember",
        ]) {
            expect(ofType(snapshot, type)).toEqual([]);
        }
    });

    it.each<[string, CloudBuildPlatformArgs["connection"], string]>([
        ["no installation", { appInstallationId: 0, oauthToken: { secret: "t", version: 1 } }, "0 is no number of an"],
        ["no version", { appInstallationId: 1, oauthToken: { secret: "t", version: 1.5 } }, "1.5 is no number of an"],
        ["no name", { existing: "projects/x" }, "is no name of a build connection"],
    ])("is refused with %s", async (_what, connection, message) => {
        expect(await refusal(() => new CloudBuildPlatform("forge", { ...platform, connection }))).toContain(message);
    });
});
