import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { ServiceError } from "@grpc/grpc-js";
import { InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { connection } from "../../lab/stand-ins/kubernetes/kubeconfig";
import { Kubernetes } from "../../lab/stand-ins/kubernetes/kubernetes";
import { decode } from "../../lab/stand-ins/property";
import type { JsonMap } from "../../lab/stand-ins/property";
import { call, connect } from "./provider-client";
import type { ProviderClient } from "./provider-client";

const configMap = "kubernetes:core/v1:ConfigMap";

const kubeconfig = (server: string, user: object = { token: "t" }): string =>
    JSON.stringify({
        "current-context": "here",
        contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server } }],
        users: [{ name: "u", user }],
    });

let client: ProviderClient;

beforeEach(async () => {
    client = await connect(new Kubernetes());
});

afterEach(() => {
    client.stop();
});

describe("the kubernetes stand-in's configuration", () => {
    test("asks for a kubeconfig: no cluster is taken from the environment", async () => {
        expect(await client.checkConfig({})).toEqual([expect.stringContaining("kubeconfig: It has to be set")]);
        expect(await client.checkConfig({ kubeconfig: "x" })).toEqual([]);
    });

    test.each([
        [{ renderYamlToDirectory: "x" }, "renderYamlToDirectory: The stand-in does not follow it"],
        [{ enableServerSideApply: "false" }, "enableServerSideApply: The stand-in has it true only"],
    ])("refuses %j rather than not following it", async (config, failure) => {
        expect(await client.checkConfig({ kubeconfig: "x", ...config })).toEqual([expect.stringContaining(failure)]);
    });

    test("tells the engine that it takes secrets and previews", async () => {
        const response = await client.configure({ kubeconfig: kubeconfig("https://127.0.0.1:1") });
        expect([response.getAcceptsecrets(), response.getSupportspreview()]).toEqual([true, true]);
    });

    test.each([
        ["/nowhere/kubeconfig", "does not exist"],
        [kubeconfig("not a server"), "is not one"],
        ["users:\n- user: {token: t}\n- x: y: z\n", /line 3, column 6: [^\n]*$/],
        [kubeconfig("https://127.0.0.1:1", { exec: { command: "login" } }), "logs in through a program"],
        [kubeconfig("https://127.0.0.1:1").replace('"here"', '"there"'), 'no "there"'],
    ])("refuses the kubeconfig %s", async (content, message) => {
        await expect(client.configure({ kubeconfig: content })).rejects.toThrow(message);
    });

    test("reads a kubeconfig from a file, with the files that it names beside it", () => {
        const directory = mkdtempSync(path.join(tmpdir(), "kubeconfig-"));
        try {
            writeFileSync(path.join(directory, "client.crt"), "certificate");
            const file = path.join(directory, "config");
            writeFileSync(file, kubeconfig("https://127.0.0.1:1", { "client-certificate": "client.crt" }));
            expect(connection(file).cert?.toString()).toBe("certificate");
        } finally {
            rmSync(directory, { recursive: true });
        }
    });
});

describe("the kubernetes stand-in", () => {
    test("invents no names", async () => {
        const { failures } = await client.check(configMap, { metadata: { labels: {} } });
        expect(failures).toEqual([expect.stringContaining("metadata.name: It has to be set")]);
    });

    test("makes no charts and no lists", async () => {
        const { failures } = await client.check("kubernetes:helm.sh/v3:Release", { metadata: { name: "a" } });
        expect(failures).toEqual([expect.stringContaining("Declare the objects one by one")]);
    });

    test("says of a call that it does not serve that it does not", async () => {
        const invoke = call((done) => client.raw.invoke(new InvokeRequest().setTok("kubernetes:yaml:decode"), done));
        await expect(invoke).rejects.toThrow("does not serve this call");
    });

    test.each([true, false])("says at which address it finds no cluster (preview: %s)", async (preview) => {
        await client.configure({ kubeconfig: kubeconfig("https://127.0.0.1:1") });
        const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
        await expect(client.create(configMap, inputs, preview)).rejects.toThrow(
            /https:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED.*context here/,
        );
    });

    test("hands an object that does not get ready to the engine, with the reasons and under its id", async () => {
        const job: JsonMap = {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "j", namespace: "n", uid: "1" },
            status: { conditions: [{ type: "Failed", status: "True", message: "too often" }] },
        };
        const server = createServer((request, response) => {
            request.resume();
            const isObject = request.url?.includes("/jobs/j") === true;
            response.statusCode = isObject && request.method === "GET" ? 404 : 200;
            response.end(
                JSON.stringify(isObject ? job : { resources: [{ name: "jobs", kind: "Job", namespaced: true }] }),
            );
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            const address = server.address();
            const port = typeof address === "object" && address !== null ? address.port : 0;
            await client.configure({ kubeconfig: kubeconfig(`http://127.0.0.1:${port.toString()}`) });
            const inputs = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j", namespace: "n" } };
            const error = await client
                .create("kubernetes:batch/v1:Job", inputs)
                .catch((reason: unknown) => reason as ServiceError);
            const [bytes] = (error as ServiceError).metadata.get("grpc-status-details-bin");
            const [detail] = Status.deserializeBinary(bytes as Buffer).getDetailsList();
            const failed = ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
            expect(failed.getId()).toBe("n/j");
            expect(failed.getReasonsList()).toEqual(["Job j is not ready: the job failed: too often"]);
            expect(decode(failed.getProperties())).toMatchObject({ metadata: { uid: "1" } });
        } finally {
            server.close();
        }
    });
});
