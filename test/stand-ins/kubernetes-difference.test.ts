import {
    declared,
    difference,
    formatPath,
    ignoring,
    isWithin,
    parsePath,
    prune,
} from "../../lab/stand-ins/kubernetes/difference";
import { ApiError } from "../../lab/stand-ins/kubernetes/api-server";
import { immutableFields } from "../../lab/stand-ins/kubernetes/immutable";

describe("the difference of two objects", () => {
    test("is told leaf by leaf, with what happens to each", () => {
        const before = { spec: { replicas: 1, old: true, ports: [{ port: 80 }, { port: 81 }] } };
        const after = { spec: { replicas: 2, new: true, ports: [{ port: 80 }, { port: 82 }] } };
        expect(difference(before, after).map(({ path, change }) => [formatPath(path), change])).toEqual([
            ["spec.replicas", "update"],
            ["spec.old", "delete"],
            ["spec.ports[1].port", "update"],
            ["spec.new", "add"],
        ]);
    });

    test("names a list of another length as a whole", () => {
        expect(difference({ list: [1, 2] }, { list: [2] })).toEqual([{ path: ["list"], change: "update" }]);
    });

    test("is none for equal objects, in whatever order their fields are", () => {
        expect(difference({ a: [{ b: 1, c: null }], d: {} }, { d: {}, a: [{ c: null, b: 1 }] })).toEqual([]);
    });

    test("leaves out what the server writes by itself", () => {
        const object = {
            metadata: { name: "a", uid: "1", resourceVersion: "2", managedFields: [] },
            status: { x: 1 },
            data: {},
        };
        expect(declared(object)).toEqual({ metadata: { name: "a" }, data: {} });
    });
});

describe("a property path", () => {
    test.each([
        ["spec.ports[0].port", ["spec", "ports", 0, "port"]],
        ['metadata.annotations["pulumi.com/skipAwait"]', ["metadata", "annotations", "pulumi.com/skipAwait"]],
        ['data["tls.crt"]', ["data", "tls.crt"]],
    ])("%s is written as it is read", (text, path) => {
        expect(parsePath(text)).toEqual(path);
        expect(formatPath(path)).toBe(text);
    });

    test("of the server's own writing is understood", () => {
        expect(formatPath(parsePath("data[tls.crt]"))).toBe('data["tls.crt"]');
    });

    test("with a star covers every place of a list, and what lies below", () => {
        const ignored = parsePath("webhooks[*].clientConfig");
        expect(isWithin(parsePath("webhooks[3].clientConfig.caBundle"), ignored)).toBe(true);
        expect(isWithin(parsePath("webhooks[3].name"), ignored)).toBe(false);
        expect(isWithin(parsePath("webhooks"), ignored)).toBe(false);
    });
});

test("pruning keeps of a live object what the inputs name", () => {
    const live = { data: { a: "live", extra: "b" }, status: {}, list: [{ x: 1, defaulted: 2 }] };
    expect(prune(live, { data: { a: "input", gone: "c" }, list: [{ x: 0 }] })).toEqual({
        data: { a: "live" },
        list: [{ x: 1 }],
    });
});

describe("ignored changes", () => {
    const inputs = { webhooks: [{ name: "a", clientConfig: { caBundle: "mine" } }], spec: { replicas: 1 } };

    test("keep the live value where there is one", () => {
        const live = { webhooks: [{ name: "b", clientConfig: { caBundle: "theirs" } }], spec: {} };
        expect(ignoring(inputs, live, ["webhooks[*].clientConfig.caBundle", "spec.replicas"])).toEqual({
            webhooks: [{ name: "a", clientConfig: { caBundle: "theirs" } }],
            spec: { replicas: 1 },
        });
    });

    test("change nothing when none are named", () => {
        expect(ignoring(inputs, { spec: { replicas: 7 } }, [])).toEqual(inputs);
    });
});

describe("the server's refusal to change an object", () => {
    const refusal = (code: number, ...causes: [field: string, message: string][]) =>
        new ApiError(
            code,
            "no",
            "Invalid",
            causes.map(([field, message]) => ({ field, message })),
            "",
        );

    test.each([
        ["spec.selector", 'Invalid value: {"a":"b"}: field is immutable'],
        ["spec.clusterIPs[0]", 'Invalid value: ["10.0.0.1"]: may not change once set'],
        ["roleRef", 'Invalid value: {"kind":"Role"}: cannot change roleRef'],
        ["spec", "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"],
        ["spec", "Forbidden: pod updates may not change fields other than `spec.containers[*].image`"],
        ["parameters", "Forbidden: updates to parameters are forbidden."],
    ])("because of %s means that it has to be made anew", (field, message) => {
        expect(immutableFields(refusal(422, [field, message]))).toEqual([field]);
    });

    test("for another reason too does not: a new object would be refused as well", () => {
        const both = refusal(422, ["spec.selector", "field is immutable"], ["spec.replicas", "must be positive"]);
        expect(immutableFields(both)).toBeUndefined();
    });

    test("by an admission rule does not, whatever words it uses", () => {
        expect(immutableFields(refusal(403, ["spec", "field is immutable"]))).toBeUndefined();
    });

    test("without a reason does not", () => {
        expect(immutableFields(refusal(422))).toBeUndefined();
    });
});
