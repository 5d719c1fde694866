import { createServer } from "node:http";
import type { Server } from "node:http";
import { ApiServer } from "../../lab/stand-ins/kubernetes/api-server";
import { readiness } from "../../lab/stand-ins/kubernetes/readiness";
import { NotReadyError, untilReady } from "../../lab/stand-ins/kubernetes/wait";
import type { Json, JsonMap } from "../../lab/stand-ins/property";

/** What the server answers, by path. */
const answers = new Map<string, Json>();
let server: Server;
let api: ApiServer;

beforeAll(async () => {
    server = createServer((request, response) => {
        const answer = answers.get((request.url ?? "").split("?")[0] ?? "");
        response.statusCode = answer === undefined ? 404 : 200;
        response.end(JSON.stringify(answer ?? { kind: "Status", message: "not found" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const url = new URL(`http://127.0.0.1:${port.toString()}`);
    api = new ApiServer({ server: url, insecure: false, namespace: "default", origin: "test" });
});

afterAll(() => {
    server.close();
});

const deployment = (status: JsonMap): JsonMap => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "n", generation: 2 },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } } },
    status,
});
const working = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

const condition = (type: string, status: string) => [{ type, status, message: "told" }];
const core = (kind: string, more: JsonMap): JsonMap => ({
    apiVersion: "v1",
    kind,
    metadata: { name: "x", namespace: "n" },
    ...more,
});
const job = (more: JsonMap): JsonMap => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "x", namespace: "n" },
    ...more,
});

describe("readiness", () => {
    test.each<[string, JsonMap, boolean]>([
        ["a Deployment that works", deployment(working), true],
        [
            "a Deployment whose controller did not see the change",
            deployment({ ...working, observedGeneration: 1 }),
            false,
        ],
        ["a Deployment with a replica to come", deployment({ ...working, availableReplicas: 1 }), false],
        ["a Deployment with an old replica still there", deployment({ ...working, replicas: 3 }), false],
        ["a Deployment with a replica to update", deployment({ ...working, updatedReplicas: 1 }), false],
        [
            "a Pod that is ready",
            core("Pod", { status: { phase: "Running", conditions: condition("Ready", "True") } }),
            true,
        ],
        [
            "a Pod that runs only",
            core("Pod", { status: { phase: "Running", conditions: condition("Ready", "False") } }),
            false,
        ],
        ["a Job that is complete", job({ status: { conditions: condition("Complete", "True") } }), true],
        ["a Job that runs", job({ status: {} }), false],
        ["a claim that is bound", core("PersistentVolumeClaim", { status: { phase: "Bound" } }), true],
        [
            "a quota that counts",
            core("ResourceQuota", { spec: { hard: { pods: "1" } }, status: { hard: { pods: "1" } } }),
            true,
        ],
        ["a quota that does not count yet", core("ResourceQuota", { spec: { hard: { pods: "1" } } }), false],
        ["a ConfigMap", core("ConfigMap", {}), true],
        ["a custom resource", { apiVersion: "tekton.dev/v1", kind: "Task", metadata: { name: "t" } }, true],
    ])("of %s", async (_what, object, ready) => {
        expect((await readiness(object, api)).ready).toBe(ready);
    });

    test("of a Job that failed is given up at once, with its reason", async () => {
        const state = await readiness(job({ status: { conditions: condition("Failed", "True") } }), api);
        expect(state).toMatchObject({ ready: false, failed: true, waitingFor: "the job failed: told" });
    });

    test("of a Service needs a ready pod behind its selector", async () => {
        const service = core("Service", { spec: { type: "ClusterIP", selector: { app: "web" } } });
        const slices = "/apis/discovery.k8s.io/v1/namespaces/n/endpointslices";
        const withEndpoint = (ready: boolean) => ({ items: [{ endpoints: [{ conditions: { ready } }] }] });
        answers.set(slices, withEndpoint(false));
        expect((await readiness(service, api)).ready).toBe(false);
        answers.set(slices, withEndpoint(true));
        expect((await readiness(service, api)).ready).toBe(true);
        answers.delete(slices);
        expect((await readiness(core("Service", { spec: { type: "ClusterIP" } }), api)).ready).toBe(true);
    });

    test("of a claim is not waited for when its volume comes with the first pod", async () => {
        const claim = core("PersistentVolumeClaim", {
            spec: { storageClassName: "local" },
            status: { phase: "Pending" },
        });
        const storageClass = "/apis/storage.k8s.io/v1/storageclasses/local";
        answers.set(storageClass, { volumeBindingMode: "Immediate" });
        expect((await readiness(claim, api)).ready).toBe(false);
        answers.set(storageClass, { volumeBindingMode: "WaitForFirstConsumer" });
        expect((await readiness(claim, api)).ready).toBe(true);
    });

    test("is not asked for when the program says so", async () => {
        const object = deployment({});
        object["metadata"] = { name: "web", annotations: { "pulumi.com/skipAwait": "true" } };
        expect((await readiness(object, api)).ready).toBe(true);
    });
});

describe("waiting", () => {
    const path = "/apis/apps/v1/namespaces/n/deployments/web";
    const wait = (timeoutSeconds: number, said: string[] = []) => ({
        api,
        path,
        timeoutSeconds,
        cancelled: new AbortController().signal,
        status: (message: string) => said.push(message),
    });

    test("ends as soon as the object works, and says what it waits for meanwhile", async () => {
        answers.set(path, deployment(working));
        const said: string[] = [];
        const live = await untilReady(deployment({ ...working, availableReplicas: 1 }), wait(5, said));
        expect(live).toEqual(deployment(working));
        expect(said).toEqual(["waiting for 1 of 2 replicas available, 2 updated"]);
    });

    test("ends at its limit with the state of the pods and the last events", async () => {
        const stuck = deployment({ ...working, availableReplicas: 0 });
        const pulling = { name: "c", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } };
        answers.set(path, stuck);
        answers.set("/api/v1/namespaces/n/pods", {
            items: [{ metadata: { name: "web-1" }, status: { containerStatuses: [pulling] } }],
        });
        answers.set("/api/v1/namespaces/n/events", {
            items: [
                { involvedObject: { kind: "Pod", name: "web-1" }, message: "Failed to pull" },
                { involvedObject: { kind: "Pod", name: "other" }, message: "unrelated" },
            ],
        });
        const error = await untilReady(stuck, wait(0.3)).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(NotReadyError);
        expect((error as NotReadyError).reasons).toEqual([
            "Deployment web is not ready after 0.3 s: 0 of 2 replicas available, 2 updated",
            "container c of pod web-1: ImagePullBackOff: no such image",
            "event of Pod web-1: Failed to pull",
        ]);
    });
});
