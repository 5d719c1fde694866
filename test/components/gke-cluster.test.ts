import * as container from "@pulumi/gcp/container";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { buildPods } from "../../components/gke-build-pods";
import { GkeCluster, WEEKENDS } from "../../components/gke-cluster";
import { kubeconfig } from "../../components/gke-kubeconfig";
import { valueAt } from "../../requirements/findings";
import type { Snapshot } from "../../requirements/snapshot";
import { resource } from "../snapshot-edit";
import { ofType, planGoogle, PROJECT, waitsFor, type GooglePlan } from "./google-plan";

const CLUSTER = "builds-cluster";
const POOLS = ["builds-system-pool", "builds-build-pool"] as const;

describe("GkeCluster", () => {
    let plan: GooglePlan;
    let snapshot: Snapshot;

    beforeAll(async () => {
        plan = await planGoogle();
        snapshot = plan.snapshot;
    });

    const cluster = (...path: string[]): unknown => valueAt(resource(snapshot, CLUSTER).inputs, path);
    const node = (pool: string, ...path: string[]): unknown =>
        valueAt(resource(snapshot, pool).inputs, ["nodeConfig", ...path]);

    it("has a control plane without an address, and asks IAM before anybody gets to it", () => {
        expect(cluster("controlPlaneEndpointsConfig")).toEqual({
            ipEndpointsConfig: { enabled: false },
            dnsEndpointConfig: {
                allowExternalTraffic: true,
                enableK8sTokensViaDns: false,
                enableK8sCertsViaDns: false,
            },
        });
        expect(cluster("anonymousAuthenticationConfig", "mode")).toBe("LIMITED");
    });

    it("grants what Google names for nodes and for encryption, and nothing else", () => {
        const grants = snapshot.resources
            .filter(({ type }) => /IAM(?:Member|Binding|Policy)$/.test(type))
            .map(({ type, inputs }) => [type.split(":").pop(), inputs["role"], inputs["member"]]);
        const node = "roles/container.defaultNodeServiceAccount";
        const agent = "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com";
        expect(grants).toEqual([
            ["CryptoKeyIAMMember", "roles/cloudkms.cryptoKeyEncrypterDecrypter", agent],
            ["IAMMember", node, "serviceAccount:builds-build@test-project.iam.gserviceaccount.com"],
            ["IAMMember", node, "serviceAccount:builds-system@test-project.iam.gserviceaccount.com"],
        ]);
    });

    it("runs each pool as an account of its own, and the pool that GKE makes first as one of them", () => {
        const [system, build] = ["builds-system", "builds-build"].map(
            (id) => `${id}@test-project.iam.gserviceaccount.com`,
        );
        expect(POOLS.map((pool) => node(pool, "serviceAccount"))).toEqual([system, build]);
        expect(cluster("nodeConfig", "serviceAccount")).toBe(system);
        expect([cluster("initialNodeCount"), cluster("removeDefaultNodePool")]).toEqual([1, true]);
    });

    it.each(POOLS)("%s: hides the node from its pods, boots verified and lets nobody in", (pool) => {
        expect(resource(snapshot, pool).inputs).toMatchObject({
            management: { autoRepair: true, autoUpgrade: true },
            networkConfig: { enablePrivateNodes: true },
            nodeConfig: {
                imageType: "COS_CONTAINERD",
                workloadMetadataConfig: { mode: "GKE_METADATA" },
                shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
                kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE" },
                metadata: { "disable-legacy-endpoints": "true", "block-project-ssh-keys": "true" },
            },
        });
    });

    it("tags its nodes as the firewall tells them apart", () => {
        expect(POOLS.map((pool) => node(pool, "tags"))).toEqual([["builds-system"], ["builds-build"]]);
        const rules = ofType(snapshot, "gcp:compute/firewall:Firewall").flatMap(
            ({ inputs }) => inputs["targetTags"] ?? [],
        );
        expect(new Set(rules)).toEqual(new Set(["builds-system", "builds-build"]));
    });

    it("has no build node while there is no build, and sandboxes whatever runs on one", () => {
        const { inputs } = resource(snapshot, "builds-build-pool");
        expect(inputs["initialNodeCount"]).toBe(0);
        expect(inputs["autoscaling"]).toMatchObject({ totalMinNodeCount: 0, totalMaxNodeCount: 10 });
        expect(valueAt(inputs, ["nodeConfig", "sandboxConfig"])).toEqual({ type: "GVISOR" });
        expect(node("builds-system-pool", "sandboxConfig")).toBeUndefined();
        expect(node("builds-system-pool", "taints")).toBeUndefined();
    });

    it("lets pods of builds onto the build pool, its sandbox included, and has them want no other", () => {
        const { nodeSelector, tolerations, runtimeClassName } = buildPods(true);
        expect(node("builds-build-pool", "labels")).toEqual(nodeSelector);
        const taints = [
            ...(node("builds-build-pool", "taints") as { key: string; value: string; effect: string }[]),
            // GKE's own, on nodes with a sandbox.
            { key: "sandbox.gke.io/runtime", value: "gvisor", effect: "NO_SCHEDULE" },
        ];
        expect(taints.map((taint) => ({ ...taint, operator: "Equal", effect: "NoSchedule" }))).toEqual(tolerations);
        expect(runtimeClassName).toBe("gvisor");
    });

    it("keeps runs apart where that is set", async () => {
        expect(buildPods(false)).not.toHaveProperty("affinity");
        expect(buildPods(true).affinity?.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
            {
                topologyKey: "kubernetes.io/hostname",
                labelSelector: { matchExpressions: [{ key: "tekton.dev/pipelineRun", operator: "Exists" }] },
                mismatchLabelKeys: ["tekton.dev/pipelineRun"],
                namespaceSelector: {},
            },
        ]);
        const given: unknown[] = [];
        for (const oneRunANode of [true, false]) {
            await planGoogle({ cluster: { oneRunANode }, use: (made) => given.push(made.buildPods) });
        }
        expect(given).toEqual([buildPods(true), buildPods(false)]);
    });

    it("encrypts Kubernetes' secrets with a key in an HSM that is kept", () => {
        const key = resource(snapshot, "builds-secrets-key");
        expect(cluster("databaseEncryption")).toEqual({ state: "ENCRYPTED", keyName: `[unknown: ${key.urn}#id]` });
        expect(key.inputs).toMatchObject({
            purpose: "ENCRYPT_DECRYPT",
            rotationPeriod: "7776000s",
            versionTemplate: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "HSM" },
        });
        expect(resource(snapshot, "builds-secrets-ring").inputs).toMatchObject({ location: PROJECT.region });
        const forgotten = plan.registered.filter(({ options }) => options.retainOnDelete === true);
        expect(forgotten.map(({ name }) => name).sort()).toEqual(["builds-secrets-key", "builds-secrets-ring"]);
    });

    it("takes a key that is there already, and makes none", async () => {
        const secretsKey = "projects/test-project/locations/europe-west4/keyRings/old/cryptoKeys/old";
        const { snapshot: adopted } = await planGoogle({ cluster: { secretsKey } });
        expect(adopted.resources.filter(({ type }) => /:(?:KeyRing|CryptoKey)$/.test(type))).toEqual([]);
        expect(valueAt(resource(adopted, CLUSTER).inputs, ["databaseEncryption", "keyName"])).toBe(secretsKey);
        expect(resource(adopted, "builds-secrets-key-user").inputs["cryptoKeyId"]).toBe(secretsKey);
    });

    it("logs each use of a key of the project, and leaves other services' logs alone", () => {
        const audits = ofType(snapshot, "gcp:projects/iAMAuditConfig:IAMAuditConfig");
        expect(audits.map(({ inputs }) => inputs)).toEqual([
            {
                project: PROJECT.project,
                service: "cloudkms.googleapis.com",
                auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
            },
        ]);
    });

    it("runs no node before its firewall, nor before it may write logs", () => {
        const rules = ofType(snapshot, "gcp:compute/firewall:Firewall").map(({ urn }) => urn);
        const needs: Record<string, string[]> = {
            [CLUSTER]: [...rules, "builds-nat", "builds-secrets-key-user", "builds-system-nodes-role"],
            "builds-system-pool": [...rules, "builds-nat", "builds-system-nodes-role"],
            "builds-build-pool": [...rules, "builds-nat", "builds-build-nodes-role"],
        };
        for (const [name, urns] of Object.entries(needs)) {
            const before = waitsFor(snapshot, resource(snapshot, name).urn);
            const missing = urns
                .map((urn) => (urn.startsWith("urn:") ? urn : resource(snapshot, urn).urn))
                .filter((urn) => !before.has(urn));
            expect([name, missing]).toEqual([name, []]);
        }
    });

    it("keeps what would be missed, where that is set", async () => {
        const kept = ["builds-cluster", "builds-network", "builds-nodes", "builds-secrets-key", "builds-secrets-ring"];
        const shown = (which: Snapshot): unknown => [
            which.resources
                .filter(({ protect }) => protect)
                .map(({ name }) => name)
                .sort(),
            which.resources
                .filter(({ inputs }) => inputs["deletionPolicy"] === "PREVENT")
                .map(({ name }) => name)
                .sort(),
            resource(which, CLUSTER).inputs["deletionProtection"],
        ];
        // A ring has no policy: Google deletes none.
        expect(shown(snapshot)).toEqual([kept, kept.filter((name) => name !== "builds-secrets-ring"), true]);
        const protect = { protect: false };
        expect(shown((await planGoogle({ network: protect, cluster: protect })).snapshot)).toEqual([[], [], false]);
    });

    it("labels whatever has labels", () => {
        const labelled = plan.registered.flatMap(({ name, props }) =>
            ["labels", "resourceLabels"].filter((key) => key in props).map((key) => [name, props[key]] as const),
        );
        expect(labelled.length).toBeGreaterThan(4);
        expect(labelled.filter(([, labels]) => labels !== PROJECT.labels)).toEqual([]);
        expect(POOLS.map((pool) => node(pool, "resourceLabels"))).toEqual([PROJECT.labels, PROJECT.labels]);
    });

    it("is not replaced for the pool that GKE made first", () => {
        const ignored = plan.registered
            .filter(({ options }) => options.ignoreChanges !== undefined)
            .map(({ name, options }) => [name, options.ignoreChanges]);
        expect(Object.fromEntries(ignored)).toEqual({
            [CLUSTER]: ["initialNodeCount", "nodeConfig"],
            "builds-system-pool": ["initialNodeCount"],
            "builds-build-pool": ["initialNodeCount"],
        });
    });

    it("lets GKE upgrade it as long as GKE asks for: 48 hours in any 32 days", () => {
        expect(WEEKENDS.recurrence).toBe("FREQ=WEEKLY;BYDAY=SA,SU");
        const hours = (Date.parse(WEEKENDS.endTime) - Date.parse(WEEKENDS.startTime)) / 3_600_000;
        // The fewest weekend days that 32 days have: they begin on a Sunday's morrow, and end on a Friday.
        expect(hours * 2 * 4).toBeGreaterThanOrEqual(48);
        // A Saturday.
        expect(new Date(WEEKENDS.startTime).getUTCDay()).toBe(6);
        expect(cluster("maintenancePolicy")).toEqual({ recurringWindow: WEEKENDS });
    });

    it("refuses a name that would be too long for its accounts, before anything is made", async () => {
        let refused: unknown;
        await planGoogle({
            use: () => {
                try {
                    const network = {
                        network: pulumi.output("network"),
                        subnetwork: pulumi.output("subnetwork"),
                        secondaryRanges: { pods: "pods", services: "services" },
                        tags: { system: "system", build: "build" },
                        ready: [],
                    };
                    new GkeCluster("a-platform-with-a-long-name", {
                        ...PROJECT,
                        network,
                        oneRunANode: true,
                        protect: false,
                        dependsOn: [],
                    });
                } catch (error) {
                    refused = error;
                }
            },
        });
        expect(String(refused)).toContain(
            `"a-platform-with-a-long-name-system" is no name of a service account: it has 34 characters, 6 to 30 are allowed. Give the component a shorter name.`,
        );
    });

    it("is what the SDK's types know: the compiler says so", () => {
        const unknownProperty = (): unknown =>
            new container.Cluster("cluster", {
                controlPlaneEndpointsConfig: {
                    // @ts-expect-error -- one of Terraform's spelling
                    ip_endpoints_config: { enabled: false },
                },
            });
        expect(unknownProperty).toBeInstanceOf(Function);
    });
});

describe("what a Kubernetes provider is given", () => {
    it("is unknown while the cluster is not there, and a secret", async () => {
        let secret: Promise<boolean> | undefined;
        const { snapshot } = await planGoogle({
            use: (made) => {
                secret = pulumi.isSecret(made.kubeconfig);
                new kubernetes.Provider("cluster", { kubeconfig: made.kubeconfig });
            },
        });
        const provider = ofType(snapshot, "pulumi:providers:kubernetes");
        expect(provider.map(({ inputs }) => inputs["kubeconfig"])).toEqual([
            `[unknown: ${resource(snapshot, CLUSTER).urn}#selfLink]`,
        ]);
        expect(await secret).toBe(true);
    });

    it("names the DNS endpoint, and holds no credential", () => {
        const made = JSON.parse(kubeconfig("builds", "gke-1234.europe-west4.gke.goog")) as Record<string, unknown>;
        expect(made["clusters"]).toEqual([
            { name: "builds", cluster: { server: "https://gke-1234.europe-west4.gke.goog" } },
        ]);
        expect(valueAt(made, ["users", "0", "user"])).toEqual({
            exec: expect.objectContaining({ command: "gke-gcloud-auth-plugin", provideClusterInfo: true }) as unknown,
        });
        expect([made["current-context"], valueAt(made, ["contexts", "0"])]).toEqual([
            "builds",
            { name: "builds", context: { cluster: "builds", user: "builds" } },
        ]);
    });

    it.each([undefined, ""])("is not made of the endpoint %j", (endpoint) => {
        expect(() => kubeconfig("builds", endpoint)).toThrow("The cluster builds has no DNS endpoint");
    });

    it("is made of what the provider says once the cluster is there", async () => {
        // No plan, but an update, of which the mocks are the provider.
        await pulumi.runtime.setMocks({
            newResource: ({ inputs, type, name }) => ({
                id: `${name}-id`,
                state: {
                    ...(inputs as Record<string, unknown>),
                    selfLink: `https://example.test/${name}`,
                    ...(type === "gcp:container/cluster:Cluster"
                        ? { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "gke-1.gke.goog" } } }
                        : {}),
                },
            }),
            call: ({ inputs }) => inputs as Record<string, unknown>,
        });
        const link = pulumi.output("https://example.test/network");
        const made = new GkeCluster("builds", {
            ...PROJECT,
            network: {
                network: link,
                subnetwork: link,
                secondaryRanges: { pods: "pods", services: "services" },
                tags: { system: "builds-system", build: "builds-build" },
                ready: [],
            },
            oneRunANode: true,
            protect: true,
            dependsOn: [],
        });
        const known = await new Promise<[string, string, string]>((resolve) => {
            pulumi
                .all([pulumi.unsecret(made.kubeconfig), made.workloadPool, made.nodeMembers.build])
                .apply((values) => {
                    resolve(values);
                });
        });
        expect(known).toEqual([
            kubeconfig("builds", "gke-1.gke.goog"),
            "test-project.svc.id.goog",
            "serviceAccount:builds-build@test-project.iam.gserviceaccount.com",
        ]);
    });
});
