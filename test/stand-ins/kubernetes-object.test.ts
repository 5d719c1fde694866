import { takeOver } from "../../lab/stand-ins/kubernetes/field-managers";
import { idOf, kindOf, normalize, parseId, toObject, toOutputs } from "../../lab/stand-ins/kubernetes/object";
import { masked } from "../../lab/stand-ins/kubernetes/mask";
import { Secret, Unknown, unknownSentinels } from "../../lab/stand-ins/property";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test.each([
    ["kubernetes:core/v1:ConfigMap", "v1", "ConfigMap", false],
    ["kubernetes:apps/v1:Deployment", "apps/v1", "Deployment", false],
    ["kubernetes:tekton.dev/v1:Task", "tekton.dev/v1", "Task", false],
    ["kubernetes:core/v1:ConfigMapPatch", "v1", "ConfigMap", true],
])("the type token %s is kind %s %s", (type, apiVersion, kind, isPatch) => {
    expect(kindOf(type)).toEqual({ apiVersion, kind, isPatch });
});

test("an id names the namespace and the object, or the object alone", () => {
    const inNamespace = { metadata: { name: "a", namespace: "b" } };
    expect(parseId(idOf(inNamespace))).toEqual({ namespace: "b", name: "a" });
    expect(parseId(idOf({ metadata: { name: "a" } }))).toEqual({ namespace: undefined, name: "a" });
});

describe("inputs", () => {
    test("lose what only the server writes", () => {
        const metadata = { name: "a", creationTimestamp: null, uid: "1", labels: {} };
        expect(normalize({ kind: "ConfigMap", metadata })).toEqual({
            kind: "ConfigMap",
            metadata: { name: "a", labels: {} },
        });
    });

    test("of a Secret are one secret, its texts in base64 as the server stores them", () => {
        const secret = { apiVersion: "v1", kind: "Secret", data: { a: base64("one"), b: base64("old") } };
        expect(normalize({ ...secret, stringData: { b: new Secret("new") } })).toEqual({
            apiVersion: "v1",
            kind: "Secret",
            data: new Secret({ a: base64("one"), b: base64("new") }),
        });
    });

    test("of a Secret that are not all known yet stay as they are, but secret", () => {
        const later = new Unknown(unknownSentinels.string);
        const normalized = normalize({ apiVersion: "v1", kind: "Secret", stringData: { a: later } });
        expect(normalized["stringData"]).toEqual(new Secret({ a: later }));
    });

    test("are sent with the dashes that the SDK cannot write, and without the engine's own properties", () => {
        const inputs = { __defaults: [], spec: { x_kubernetes_preserve_unknown_fields: true, a: new Secret("s") } };
        expect(toObject(inputs)).toEqual({ spec: { "x-kubernetes-preserve-unknown-fields": true, a: "s" } });
    });
});

describe("outputs", () => {
    test("are secret where the input was", () => {
        const live = { metadata: { name: "a", uid: "1" }, spec: { args: ["--key", "hush"], plain: "x" } };
        const outputs = toOutputs(live, { spec: { args: ["--key", new Secret("hush")], plain: "x" } });
        expect(outputs).toEqual({ ...live, spec: { args: new Secret(["--key", "hush"]), plain: "x" } });
    });

    test("are secret in a Secret that was imported without any input", () => {
        const live = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, data: { key: base64("hush") } };
        expect(toOutputs(live, {})).toEqual({ ...live, data: new Secret({ key: base64("hush") }) });
    });

    test("carry underscores where the SDK needs them", () => {
        expect(toOutputs({ a: [{ "x-kubernetes-list-type": "map" }] }, {})).toEqual({
            a: [{ x_kubernetes_list_type: "map" }],
        });
    });
});

describe("a message", () => {
    const properties = { data: new Secret({ key: base64("hush-hush") }), name: "object" };

    test.each([["hush-hush"], [base64("hush-hush")]])("does not repeat the secret %s", async (text) => {
        const refused = () => Promise.reject(new Error(`object: ${text} is no good`));
        await expect(masked(properties, refused)).rejects.toThrow("object: [secret] is no good");
    });
});

describe("taking over fields", () => {
    const entry = (manager: string, operation: string, fieldsV1: object, more: object = {}) => ({
        manager,
        operation,
        fieldsV1,
        time: "2026-01-01T00:00:00Z",
        ...more,
    });
    const live = (...managedFields: object[]) =>
        JSON.parse(JSON.stringify({ apiVersion: "v1", metadata: { managedFields } })) as Record<string, never>;

    test("makes those that were edited by hand ours, beside our own", () => {
        const own = entry("us", "Apply", { "f:data": { "f:a": {} } });
        const hand = entry("kubectl-edit", "Update", { "f:data": { "f:b": {} } });
        const controller = entry("kube-controller-manager", "Update", { "f:spec": {} });
        const fields = takeOver(live(own, hand, controller), "us");
        expect(fields).toHaveLength(2);
        expect(fields?.[0]).toMatchObject({ manager: "kube-controller-manager" });
        expect(fields?.[1]).toMatchObject({
            manager: "us",
            operation: "Apply",
            fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
        });
    });

    test("leaves a controller's fields and every status alone", () => {
        const controller = entry("kube-controller-manager", "Update", {});
        const status = entry("kubectl-edit", "Update", {}, { subresource: "status" });
        expect(takeOver(live(controller, status), "us")).toBeUndefined();
    });
});
