import { describe as line, hold, holdDerived } from "../../locks/hold";
import { inventoryOf } from "../../locks/inventory";
import type { KubernetesObject } from "../../locks/kubernetes-object";
import { changed, CONTROLLER, digestOf, HELPER, smallRelease, unresolvedRelease } from "./fixtures";

const REPOSITORIES = [CONTROLLER, HELPER];
const ACCOUNT: KubernetesObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "spy", namespace: "release" },
};

function heldLines(found: readonly KubernetesObject[], expected = inventoryOf(smallRelease())): string[] {
    return hold(expected, found, REPOSITORIES).map(({ object, what, path }) =>
        [what, object, path].filter(Boolean).join(" "),
    );
}

function container(object: KubernetesObject): {
    image: string;
    args: string[];
    securityContext: Record<string, unknown>;
} {
    const { spec } = object as unknown as {
        spec: { template: { spec: { containers: [ReturnType<typeof container>] } } };
    };
    return spec.template.spec.containers[0];
}

describe("holding a release against the lock", () => {
    test("finds no difference in the very same objects", () => {
        expect(heldLines(smallRelease())).toEqual([]);
    });

    test("allows another order of objects and of keys", () => {
        const turned = smallRelease()
            .reverse()
            .map((object) => Object.fromEntries(Object.entries(object).reverse()) as KubernetesObject);
        expect(heldLines(turned)).toEqual([]);
    });

    test("allows another version in version labels and in the info ConfigMap", () => {
        const renamed = structuredClone(smallRelease());
        for (const { metadata } of renamed) {
            if (metadata.labels?.["app.kubernetes.io/version"] !== undefined) {
                metadata.labels["app.kubernetes.io/version"] = "devel";
            }
        }
        const info = changed(
            renamed,
            "ConfigMap",
            (object) => (object["data"] = { version: "devel" }),
            "pipelines-info",
        );
        expect(heldLines(info)).toEqual([]);
    });

    test("allows another tag beside the same digest", () => {
        const retagged = changed(smallRelease(), "Deployment", (object) => {
            container(object).image = container(object).image.replace(":v1.0.0@", ":latest@");
        });
        expect(heldLines(retagged)).toEqual([]);
    });

    test("takes any digest for an image whose digest the lock does not know", () => {
        expect(heldLines(smallRelease(), unresolvedRelease().inventory)).toEqual([]);
    });

    const refused: [string, KubernetesObject[], string[]][] = [
        ["an added object", [...smallRelease(), ACCOUNT], ["added ServiceAccount release/spy"]],
        ["a missing object", smallRelease().filter(({ kind }) => kind !== "Namespace"), ["missing Namespace release"]],
        ["a repeated object", [...smallRelease(), ...smallRelease().slice(0, 1)], ["repeated Namespace release"]],
        [
            "a widened rule",
            changed(smallRelease(), "ClusterRole", (object) => {
                object["rules"] = [{ apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get", "list"] }];
            }),
            ["changed ClusterRole.rbac.authorization.k8s.io reader rules"],
        ],
        [
            "another subject of a binding",
            changed(smallRelease(), "ClusterRoleBinding", (object) => {
                object["subjects"] = [{ kind: "Group", name: "system:authenticated" }];
            }),
            ["changed ClusterRoleBinding.rbac.authorization.k8s.io reader subjects"],
        ],
        [
            "a flipped flag",
            changed(smallRelease(), "ConfigMap", (object) => {
                object["data"] = { _example: "for people", "enable-api-fields": "alpha" };
            }),
            ["changed ConfigMap release/feature-flags data.enable-api-fields"],
        ],
        [
            "an object in another namespace",
            changed(smallRelease(), "ServiceAccount", ({ metadata }) => (metadata.namespace = "kube-system")),
            ["added ServiceAccount kube-system/controller", "missing ServiceAccount release/controller"],
        ],
        [
            "a lower Pod Security level",
            changed(smallRelease(), "Namespace", ({ metadata }) => {
                metadata.labels = { ...metadata.labels, "pod-security.kubernetes.io/enforce": "privileged" };
            }),
            ["changed Namespace release metadata.labels.pod-security.kubernetes.io/enforce"],
        ],
        [
            "a webhook that lets everything through when it is down",
            changed(smallRelease(), "ValidatingWebhookConfiguration", (object) => {
                const [webhook] = object["webhooks"] as Record<string, unknown>[];
                Object.assign(webhook ?? {}, { failurePolicy: "Ignore" });
            }),
            ["changed ValidatingWebhookConfiguration.admissionregistration.k8s.io validation webhooks"],
        ],
        [
            "a field that the lock keeps as a hash alone",
            changed(smallRelease(), "Deployment", (object) => {
                container(object).securityContext = { allowPrivilegeEscalation: true };
            }),
            ["changed Deployment.apps release/controller (a field of which the lock keeps the hash alone)"],
        ],
        [
            "an image from another repository",
            changed(smallRelease(), "Deployment", (object) => {
                container(object).image = `registry.example/elsewhere/controller@${digestOf("controller v1.0.0")}`;
            }),
            ["image Deployment.apps release/controller image 2"],
        ],
        [
            "two of the release's own images exchanged",
            changed(smallRelease(), "Deployment", (object) => {
                const { image, args } = container(object);
                container(object).image = args[1] ?? "";
                args[1] = image;
            }),
            ["image Deployment.apps release/controller image 1", "image Deployment.apps release/controller image 2"],
        ],
        [
            "another digest than the lock's",
            changed(smallRelease(), "Deployment", (object) => {
                container(object).image = `${CONTROLLER}:v1.0.0@${digestOf("another build")}`;
            }),
            ["image Deployment.apps release/controller image 2"],
        ],
        [
            "an image without digest",
            changed(smallRelease(), "Deployment", (object) => (container(object).image = `${CONTROLLER}:v1.0.0`)),
            ["image Deployment.apps release/controller image 2"],
        ],
        [
            "an image in a place that had none",
            changed(smallRelease(), "Deployment", (object) => {
                container(object).args.push("-shell-image", `${HELPER}@${digestOf("helper v1.0.0")}`);
            }),
            [
                "changed Deployment.apps release/controller (a field of which the lock keeps the hash alone)",
                "image Deployment.apps release/controller image 2",
                "image Deployment.apps release/controller image 3",
            ],
        ],
    ];
    test.each(refused)("reports %s and nothing else", (_, objects, expected) => {
        expect(heldLines(objects)).toEqual(expected);
    });

    test.each([
        ["another repository", (image: string) => image.replace("release/controller", "elsewhere/controller")],
        ["another of the release's own repositories", (image: string) => image.replace("/controller", "/helper")],
        ["no digest", (image: string) => image.slice(0, image.indexOf("@"))],
    ])("reports an image with %s even where the lock knows no digest", (_, change) => {
        const pulled = changed(smallRelease(), "Deployment", (object) => {
            container(object).image = change(container(object).image);
        });
        expect(heldLines(pulled, unresolvedRelease().inventory)).toEqual([
            "image Deployment.apps release/controller image 2",
        ]);
    });

    test("refuses a repository that the lock expects but does not list as the release's own", () => {
        expect(hold(inventoryOf(smallRelease()), smallRelease(), [CONTROLLER])).toHaveLength(1);
    });
});

describe("holding a derived inventory", () => {
    test("takes an unknown digest on either side, but no other repository", () => {
        const known = inventoryOf(smallRelease());
        const derived = unresolvedRelease().inventory;
        expect(holdDerived(known, derived, REPOSITORIES)).toEqual([]);
        expect(holdDerived(derived, known, REPOSITORIES)).toEqual([]);
        const elsewhere = derived.map((object) => ({
            ...object,
            images: object.images.map((image) => image.replace("release/controller", "release/other")),
        }));
        expect(holdDerived(known, elsewhere, REPOSITORIES)).toHaveLength(1);
    });
});

describe("a difference, told to a reviewer", () => {
    test("says what was expected and what was found", () => {
        const [difference] = hold(
            inventoryOf(smallRelease()),
            changed(smallRelease(), "ConfigMap", (object) => (object["data"] = { "enable-api-fields": "alpha" })),
            REPOSITORIES,
        );
        expect(difference && line(difference)).toBe(
            '~ ConfigMap release/feature-flags data.enable-api-fields\n    expected: "stable"\n    found:    "alpha"',
        );
    });

    test("names the images of an added object that are not the release's", () => {
        const pod: KubernetesObject = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "spy" },
            spec: { containers: [{ name: "spy", image: "registry.example/spy:1" }] },
        };
        const [difference] = hold(inventoryOf(smallRelease()), [...smallRelease(), pod], REPOSITORIES);
        expect(difference && line(difference)).toBe(
            "+ Pod spy: the lock does not list it; its images: registry.example/spy:1 (not of this release)",
        );
    });
});
