import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { engine, EngineError } from "../../lab/engine/engine";
import type { Engine, Operation } from "../../lab/engine/engine";
import { labProgram, startControlPlane } from "./engine-control-plane";
import type { ControlPlane } from "./engine-control-plane";

/**
 * The real Pulumi CLI and language host with the stand-in providers on a real API server, etcd and controllers. There is no
 * node, so what would run is not waited for: the tests of the lab show that.
 */
const program = `
const pulumi = require("@pulumi/pulumi");
const k8s = require("@pulumi/kubernetes");
const tls = require("@pulumi/tls");
const random = require("@pulumi/random");

const config = new pulumi.Config();
const provider = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig"), enableConfigMapMutable: true });
const options = { provider };
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "engine" } }, options);
const metadata = (name, more) => ({ namespace: namespace.metadata.name, name, ...more });
const skip = { annotations: { "pulumi.com/skipAwait": "true" } };

const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const password = new random.RandomPassword("password", { length: 20, special: false });
new k8s.core.v1.Secret("secret", {
    metadata: metadata("secret"),
    stringData: { key: key.privateKeyPem, password: password.result },
}, options);
new k8s.core.v1.ConfigMap("settings", {
    metadata: metadata("settings"),
    data: { colour: config.require("colour"), ...config.getObject("data") },
}, options);
const service = new k8s.core.v1.Service("service", {
    metadata: metadata("service", skip),
    spec: { clusterIP: config.get("address"), selector: { app: "web" }, ports: [{ port: 80 }] },
}, options);
new k8s.apps.v1.Deployment("web", {
    metadata: metadata("web", config.getBoolean("await") ? {} : skip),
    spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "web", resources: { requests: { cpu: "1000m" } } }] },
        },
    },
}, { ...options, customTimeouts: { create: "3s", update: "3s" } });
const definition = new k8s.apiextensions.v1.CustomResourceDefinition("definition", {
    metadata: { name: "things.engine.test" },
    spec: {
        group: "engine.test", scope: "Namespaced", names: { kind: "Thing", plural: "things", singular: "thing" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: {
            type: "object", properties: { spec: { type: "object", x_kubernetes_preserve_unknown_fields: true } } } } }],
    },
}, options);
new k8s.apiextensions.CustomResource("thing", {
    apiVersion: "engine.test/v1", kind: "Thing", metadata: metadata("thing"),
    // Nothing but the provider knows that this is a secret in what the server answers.
    spec: { colour: config.require("colour"), token: password.result },
}, { ...options, dependsOn: [definition] });

exports.publicKey = key.publicKeyPem;
exports.password = password.result;
exports.address = service.spec.clusterIP;
`;

const resources = 11;
/** A machine that is busy with other labs takes its time. */
const limit = 240_000;

let directory: string;
let project: string;
let plane: ControlPlane;

beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "engine-"));
    project = path.join(directory, "project");
    mkdirSync(project);
    writeFileSync(path.join(project, "Pulumi.yaml"), "name: engine-test\nruntime: nodejs\n");
    writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "engine-test", version: "0.0.0" }));
    writeFileSync(path.join(project, "index.js"), program);
    symlinkSync(path.resolve(__dirname, "../../node_modules"), path.join(project, "node_modules"));
    plane = await startControlPlane(path.join(directory, "control-plane"));
}, limit);

afterAll(async () => {
    await plane.stop();
    rmSync(directory, { recursive: true });
}, limit);

function stack(config: Record<string, unknown> = {}, name = "test"): Engine {
    return engine({
        projectDirectory: project,
        stack: name,
        stateDirectory: path.join(directory, "state"),
        config: { kubeconfig: plane.kubeconfig, colour: "green", ...config },
        programs: { pulumi: labProgram("pulumi"), languageHost: labProgram("pulumi-language-nodejs") },
    });
}

function kubectl(...args: string[]): string {
    return execFileSync(labProgram("kubectl"), ["--kubeconfig", plane.kubeconfig, ...args], { encoding: "utf8" });
}

function inNamespace(...args: string[]): string {
    return kubectl("--namespace", "engine", ...args);
}

/** What an operation did, by the names of the resources. */
function steps({ steps: all }: Operation): string[] {
    return all.map(({ op, urn }) => `${op} ${urn.split("::").pop() ?? ""}`);
}

async function refusal(operation: Promise<Operation>): Promise<EngineError> {
    const outcome: unknown = await operation.catch((error: unknown) => error);
    if (outcome instanceof EngineError) {
        return outcome;
    }
    throw new Error(`This was to fail: ${JSON.stringify(outcome)}`);
}

/** The files in a directory in which a text stands. */
function filesWith(text: string, within: string): string[] {
    return readdirSync(within, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .filter((file) => readFileSync(file, "utf8").includes(text));
}

const colour = (): string => inNamespace("get", "configmap", "settings", "--output", "jsonpath={.data.colour}");
const uid = (kind: string, name: string): string =>
    inNamespace("get", kind, name, "--output", "jsonpath={.metadata.uid}");

describe("the engine with the stand-in providers on a real API server", () => {
    test(
        "previews everything before anything is there",
        async () => {
            const { changes } = await stack().preview();
            expect(changes).toEqual({ create: resources });
            expect(kubectl("get", "namespaces", "--output", "name")).not.toContain("engine");
        },
        limit,
    );

    test(
        "creates everything, each object under a field manager of its own",
        async () => {
            const { changes } = await stack().up();
            expect(changes).toEqual({ create: resources });
            expect(colour()).toBe("green");
            expect(inNamespace("get", "things", "thing", "--output", "jsonpath={.spec.colour}")).toBe("green");
            const owner = "jsonpath={.metadata.managedFields[0].manager} {.metadata.managedFields[0].operation}";
            expect(inNamespace("get", "configmap", "settings", "--output", owner)).toMatch(
                /^pulumi-kubernetes-\w+ Apply$/,
            );
        },
        limit,
    );

    test(
        "changes nothing the second time, and a refresh finds nothing changed",
        async () => {
            expect((await stack().up()).changes).toEqual({ same: resources });
            expect((await stack().refresh()).changes).toEqual({ same: resources });
        },
        limit,
    );

    test(
        "hands out what the server and the other providers made",
        async () => {
            const outputs = await stack().outputs();
            expect(outputs["address"]).toBe(
                inNamespace("get", "service", "service", "--output", "jsonpath={.spec.clusterIP}"),
            );
            const stored = inNamespace("get", "secret", "secret", "--output", "jsonpath={.data.password}");
            expect(Buffer.from(stored, "base64").toString()).toBe(outputs["password"]);
            expect(outputs["publicKey"]).toContain("BEGIN PUBLIC KEY");
        },
        limit,
    );

    test(
        "keeps no secret in plain text in its state, its configuration or its output",
        async () => {
            const { password } = await stack().outputs();
            const stored = JSON.parse(inNamespace("get", "secret", "secret", "--output", "json")) as {
                data: Record<string, string>;
            };
            const state = path.join(directory, "state");
            for (const secret of [String(password), "PRIVATE KEY", ...Object.values(stored.data)]) {
                expect(filesWith(secret, state)).toEqual([]);
            }
            // The same search finds what may be found.
            expect(filesWith("publicKeyPem", state)).not.toEqual([]);
        },
        limit,
    );

    test(
        "sees an object that was edited by hand, and puts it back",
        async () => {
            inNamespace("patch", "configmap", "settings", "--type=merge", "--patch", '{"data":{"colour":"red"}}');
            expect(steps(await stack().preview())).toEqual(["update settings"]);
            expect((await stack().refresh()).changes).toEqual({ same: resources - 1, update: 1 });
            expect(steps(await stack().preview())).toEqual(["update settings"]);
            const { changes } = await stack().up();
            expect(changes).toEqual({ same: resources - 1, update: 1 });
            expect(colour()).toBe("green");
            expect((await stack().up()).changes).toEqual({ same: resources });
        },
        limit,
    );

    test(
        "leaves a field that a controller took to the controller, and says who has it",
        async () => {
            const taken = {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "settings", namespace: "engine" },
                data: { colour: "blue" },
            };
            const file = path.join(directory, "taken.json");
            writeFileSync(file, JSON.stringify(taken));
            kubectl(
                "apply",
                "--server-side",
                "--force-conflicts",
                "--field-manager=some-controller",
                "--filename",
                file,
            );
            const error = await refusal(stack().up());
            expect(error.message).toContain('conflict with "some-controller"');
            expect(colour()).toBe("blue");
            writeFileSync(file, JSON.stringify({ ...taken, data: undefined }));
            kubectl("apply", "--server-side", "--field-manager=some-controller", "--filename", file);
            expect(steps(await stack().up())).toEqual(["update settings"]);
        },
        limit,
    );

    test(
        "changes an object in place, and takes away what is not declared any more",
        async () => {
            const before = uid("configmap", "settings");
            await stack({ data: { more: "yes" } }).up();
            expect(inNamespace("get", "configmap", "settings", "--output", "jsonpath={.data.more}")).toBe("yes");
            expect(steps(await stack().up())).toEqual(["update settings"]);
            expect(inNamespace("get", "configmap", "settings", "--output", "jsonpath={.data.more}")).toBe("");
            expect(uid("configmap", "settings")).toBe(before);
        },
        limit,
    );

    test(
        "makes an object anew when the server says that a field is immutable",
        async () => {
            const before = uid("service", "service");
            const address = "10.0.0.77";
            expect((await stack({ address }).preview()).changes).toMatchObject({ replace: 1, same: resources - 1 });
            expect((await stack({ address }).up()).changes).toEqual({ replace: 1, same: resources - 1 });
            expect(uid("service", "service")).not.toBe(before);
            expect(await stack({ address }).outputs()).toMatchObject({ address });
            expect((await stack({ address }).up()).changes).toEqual({ same: resources });
        },
        limit,
    );

    test(
        "fails a bad object with the server's own message, in the preview already",
        async () => {
            const bad = stack({ address: "10.0.0.77", data: { "not a key": "x" } });
            for (const operation of ["preview", "up"] as const) {
                const { message } = await refusal(bad[operation]());
                expect(message).toContain(
                    'ConfigMap "settings" is invalid: data[not a key]: Invalid value: "not a key"',
                );
            }
            expect(colour()).toBe("green");
        },
        limit,
    );

    test(
        "does not wait for ever, and keeps an object that does not get ready in its state",
        async () => {
            const waiting = { address: "10.0.0.77", await: true };
            const { message } = await refusal(stack(waiting).up());
            expect(message).toContain("Deployment web is not ready after 3 s: its controller to see the change");
            expect((await stack(waiting).exportState()).deployment.resources.map(({ urn }) => urn)).toContainEqual(
                expect.stringMatching(/::web$/),
            );
            // The annotation is back: the object is there already, and nobody asks whether it works.
            await stack({ address: "10.0.0.77" }).up();
        },
        limit,
    );

    test(
        "does not take over an object that somebody else made",
        async () => {
            const { message } = await refusal(stack({}, "other").up());
            expect(message).toContain('namespaces "engine" already exists');
            await stack({}, "other").destroy();
            expect(colour()).toBe("green");
        },
        limit,
    );

    test(
        "says at which address it finds no cluster",
        async () => {
            const elsewhere = path.join(directory, "elsewhere");
            const content = readFileSync(plane.kubeconfig, "utf8").replace(plane.server, "https://127.0.0.1:1");
            writeFileSync(elsewhere, content);
            const { message } = await refusal(stack({ kubeconfig: elsewhere }, "third").preview());
            expect(message).toContain("The Kubernetes API server https://127.0.0.1:1 cannot be reached");
            expect(message).toContain("ECONNREFUSED");
        },
        limit,
    );

    test(
        "leaves nothing when it is destroyed",
        async () => {
            expect((await stack({ address: "10.0.0.77" }).destroy()).changes).toEqual({ delete: resources });
            expect(kubectl("get", "namespaces,customresourcedefinitions", "--output", "name")).not.toContain("engine");
            expect((await stack().exportState()).deployment.resources).toEqual([]);
        },
        limit,
    );
});
