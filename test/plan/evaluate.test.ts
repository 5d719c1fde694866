import { spawnSync } from "node:child_process";
import * as core from "@pulumi/kubernetes/core/v1";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { secret } from "../../components/kubernetes-resource";
import { evaluate } from "../../plan/evaluate";
import { PROJECT_FOLDER } from "../../plan/project";
import { resource } from "../snapshot-edit";

class Room extends pulumi.ComponentResource {
    constructor(name: string, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:Room", name, {}, options);
        const child = { parent: this };
        const key = new tls.PrivateKey("key", { algorithm: "ECDSA" }, child);
        const namespace = new core.Namespace("namespace", { metadata: { name: "room" } }, { ...child, protect: true });
        new core.ConfigMap(
            "values",
            {
                metadata: { name: "values", namespace: namespace.metadata.name },
                data: {
                    known: "here",
                    public: key.publicKeyPem,
                    derived: key.publicKeyPem.apply((pem) => Buffer.from(pem).toString("base64")),
                    both: pulumi.interpolate`${key.publicKeyPem} ${key.privateKeyPem}`,
                    id: key.id,
                    hidden: pulumi.secret("hush"),
                },
            },
            { ...child, dependsOn: [key] },
        );
        secret("keys", { namespace: "room", name: "keys", values: { key: key.privateKeyPem, word: "hush" } }, child);
        this.registerOutputs({});
    }
}

function program(): Record<string, unknown> {
    const provider = new kubernetes.Provider("cluster", { kubeconfig: "/nowhere" });
    new Room("room", { providers: { kubernetes: provider } });
    return { answer: 42 };
}

const PREFIX = "urn:pulumi:test::slsa-build-platform::";
const KEY = `${PREFIX}slsa:index:Room$tls:index/privateKey:PrivateKey::key`;

describe("evaluate", () => {
    it("keeps parents, dependencies, provider and protection", async () => {
        const plan = await evaluate("test", program);
        const values = resource(plan, "values");
        expect(values.urn).toBe(`${PREFIX}slsa:index:Room$kubernetes:core/v1:ConfigMap::values`);
        expect(values.parent).toBe(`${PREFIX}slsa:index:Room::room`);
        expect(values.provider).toBe(`${PREFIX}pulumi:providers:kubernetes::cluster`);
        expect(values.dependencies).toEqual([resource(plan, "namespace").urn, KEY]);
        expect(values.propertyDependencies).toEqual({ data: [KEY], metadata: [resource(plan, "namespace").urn] });
        expect(resource(plan, "namespace").protect).toBe(true);
        expect(values.protect).toBe(false);
        expect(plan.outputs).toEqual(["answer"]);
    });

    it("shows for an unknown value the resource and property it will come from, through any derivation", async () => {
        const data = resource(await evaluate("test", program), "values").inputs["data"];
        expect(data).toEqual({
            known: "here",
            public: `[unknown: ${KEY}#publicKeyPem]`,
            derived: `[unknown: ${KEY}#publicKeyPem]`,
            both: `[unknown: ${KEY}#privateKeyPem][unknown: ${KEY}#publicKeyPem]`,
            id: `[unknown: ${KEY}#id]`,
            hidden: "[secret]",
        });
    });

    it("shows which keys a secret has, and no value", async () => {
        const keys = resource(await evaluate("test", program), "keys");
        expect(keys.inputs["stringData"]).toEqual({ key: `[unknown: ${KEY}#privateKeyPem]`, word: "[secret]" });
        expect(JSON.stringify(await evaluate("test", program))).not.toContain("hush");
    });

    it("tells namesakes in different components apart", async () => {
        class Holder extends pulumi.ComponentResource {
            constructor(name: string, key: tls.PrivateKey) {
                super("slsa:index:Holder", name, {});
                new core.ConfigMap("same", { metadata: { name }, data: { key: key.publicKeyPem } }, { parent: this });
            }
        }
        class Other extends pulumi.ComponentResource {
            constructor(name: string, key: tls.PrivateKey) {
                super("slsa:index:Other", name, {});
                new core.ConfigMap("same", { metadata: { name }, data: { key: key.publicKeyPem } }, { parent: this });
            }
        }
        const plan = await evaluate("test", () => {
            new Holder("a", new tls.PrivateKey("evil", { algorithm: "ECDSA" }));
            new Other("b", new tls.PrivateKey("good", { algorithm: "ECDSA" }));
            return {};
        });
        const sources = plan.resources
            .filter(({ name }) => name === "same")
            .map(({ parent, inputs }) => [parent?.split("::").pop(), JSON.stringify(inputs["data"])]);
        expect(sources).toEqual([
            ["a", expect.stringContaining("::evil#publicKeyPem") as unknown],
            ["b", expect.stringContaining("::good#publicKeyPem") as unknown],
        ]);
    });

    it("gives the same plan twice", async () => {
        expect(await evaluate("test", program)).toEqual(await evaluate("test", program));
    });

    // In a process of its own: the SDK reports such failures as unhandled rejections too, which jest takes for its own.
    it.each([
        [
            "refuses two resources with one URN",
            `new tls.PrivateKey("twin", { algorithm: "ECDSA" }); new tls.PrivateKey("twin", { algorithm: "RSA" }); return {}`,
            "two resources have the URN",
        ],
        ["fails when the program does", `throw new Error("no such setting")`, "no such setting"],
        [
            "asks nothing of a provider, and says so",
            `return { key: tls.getPublicKeyOutput({ privateKeyPem: "none" }).publicKeyPem }`,
            "a plan asks nothing of a provider; make the value a setting instead",
        ],
    ])("%s", (_title, body, message) => {
        const script = `
            const tls = require("@pulumi/tls");
            const { evaluate } = require("./plan/evaluate");
            const program = () => { ${body}; };
            evaluate("test", program).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(3); });
        `;
        const run = spawnSync(process.execPath, ["-r", "ts-node/register", "-e", script], {
            cwd: PROJECT_FOLDER,
            encoding: "utf8",
        });
        expect(run.stderr).toContain(message);
        expect(run.status).toBe(3);
    });
});
