import { contentHash, imagesOf, inventoryOf } from "../../locks/inventory";
import type { KubernetesObject } from "../../locks/kubernetes-object";
import { CONTROLLER, digestOf, HELPER, smallRelease } from "./fixtures";

function only(kind: string, objects = inventoryOf(smallRelease())) {
    const found = objects.filter((object) => object.kind === kind);
    expect(found).toHaveLength(1);
    return found[0];
}

describe("the inventory of a release", () => {
    test("keeps the rules of a role, the subjects of a binding and the service of a webhook at their own paths", () => {
        expect(only("ClusterRole")?.fields.rules).toEqual([
            { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        ]);
        expect(only("ClusterRoleBinding")?.fields).toEqual({
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
            subjects: [{ kind: "ServiceAccount", name: "controller", namespace: "release" }],
        });
        expect(only("ValidatingWebhookConfiguration")?.fields.webhooks).toEqual([
            {
                name: "validation.release.example",
                failurePolicy: "Fail",
                clientConfig: { service: { name: "webhook", namespace: "release" } },
            },
        ]);
    });

    test("keeps who a Deployment runs as and which secrets it mounts", () => {
        expect(only("Deployment")?.fields.spec).toEqual({
            template: {
                spec: {
                    serviceAccountName: "controller",
                    containers: [{ name: "controller" }],
                    volumes: [{ name: "key", secret: { secretName: "signing-secrets" } }],
                },
            },
        });
    });

    test("keeps the secrets that a container reads into its environment", () => {
        const [object] = inventoryOf([
            {
                apiVersion: "batch/v1",
                kind: "CronJob",
                metadata: { name: "job" },
                spec: {
                    jobTemplate: {
                        spec: {
                            template: {
                                spec: {
                                    containers: [
                                        {
                                            name: "job",
                                            env: [
                                                { name: "PLAIN", value: "1" },
                                                { name: "KEY", valueFrom: { secretKeyRef: { name: "key", key: "k" } } },
                                            ],
                                            envFrom: [{ secretRef: { name: "all" } }],
                                        },
                                    ],
                                },
                            },
                        },
                    },
                },
            },
        ]);
        expect(JSON.stringify(object?.fields)).toContain('"secretKeyRef":{"name":"key","key":"k"}');
        expect(JSON.stringify(object?.fields)).toContain('"envFrom":[{"secretRef":{"name":"all"}}]');
        expect(JSON.stringify(object?.fields)).not.toContain("PLAIN");
    });

    test("keeps keys and values of feature flags, of other ConfigMaps and of Secrets the keys alone", () => {
        const [flags, other, secret] = inventoryOf([
            {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "feature-flags" },
                data: { _example: "x", "enable-api-fields": "beta" },
            },
            {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "other" },
                data: { _example: "x", b: "1", a: "2" },
            },
            { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { password: "hunter2" } },
        ]);
        expect(flags?.fields).toEqual({ data: { "enable-api-fields": "beta" } });
        expect(other?.fields).toEqual({ dataKeys: ["a", "b"] });
        expect(secret?.fields).toEqual({ dataKeys: ["password"] });
    });

    test("keeps the names, scope and versions of a custom resource and nothing of its schema", () => {
        const [crd] = inventoryOf([
            {
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                metadata: { name: "tasks.tekton.dev" },
                spec: {
                    group: "tekton.dev",
                    scope: "Namespaced",
                    names: { kind: "Task", plural: "tasks", shortNames: ["t"] },
                    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: {} } }],
                },
            },
        ]);
        expect(crd?.fields.spec).toEqual({
            group: "tekton.dev",
            scope: "Namespaced",
            names: { kind: "Task", plural: "tasks" },
            versions: [{ name: "v1", served: true, storage: true }],
        });
    });

    test("drops labels that only describe, keeps those that Kubernetes acts on", () => {
        expect(only("Namespace")?.fields.metadata?.labels).toEqual({
            "pod-security.kubernetes.io/enforce": "restricted",
        });
    });

    test("lists images by repository and digest in the order of their places, arguments included", () => {
        expect(only("Deployment")?.images).toEqual([
            `${HELPER}@${digestOf("helper v1.0.0")}`,
            `${CONTROLLER}@${digestOf("controller v1.0.0")}`,
        ]);
    });

    test("knows an image that an argument names by tag alone", () => {
        const pod: KubernetesObject = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "pod" },
            spec: {
                containers: [{ name: "c", image: "busybox:1", args: ["-shell-image", "alpine:3", "-v", "alpine:3"] }],
            },
        };
        expect(imagesOf(pod)).toEqual(["alpine:3", "busybox:1"]);
    });
});

describe("the content hash", () => {
    const object: KubernetesObject = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s", labels: { version: "devel", app: "s" } },
        spec: { selector: { version: "devel" }, ports: [1, 2] },
    };

    test("is the documented hash of canonical JSON", () => {
        const text =
            '{"apiVersion":"v1","kind":"Service","metadata":{"labels":{"app":"s","version":"<version>"},"name":"s"},' +
            '"spec":{"ports":[1,2],"selector":{"version":"devel"}}}';
        expect(contentHash(object)).toBe(digestOf(text));
    });

    test("depends on a version outside labels, on the order of lists and on other labels", () => {
        const others: KubernetesObject[] = [
            { ...object, spec: { selector: { version: "v1" }, ports: [1, 2] } },
            { ...object, spec: { selector: { version: "devel" }, ports: [2, 1] } },
            { ...object, metadata: { name: "s", labels: { version: "devel", app: "t" } } },
            { ...object, metadata: { name: "s", labels: { app: "s" } } },
        ];
        const hashes = [object, ...others].map(contentHash);
        expect(new Set(hashes).size).toBe(hashes.length);
    });

    test("leaves data.version out of the info ConfigMaps alone", () => {
        const info = (name: string, version: string) =>
            contentHash({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { version } });
        expect(info("chains-info", "devel")).toBe(info("chains-info", "v0.27.1"));
        expect(info("feature-flags", "devel")).not.toBe(info("feature-flags", "v0.27.1"));
    });
});
