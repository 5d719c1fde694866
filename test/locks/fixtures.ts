import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { UNRESOLVED } from "../../locks/image-reference";
import { IMAGE_NAMES, writeImagesLock, type ImagesLock } from "../../locks/images";
import { inventoryOf } from "../../locks/inventory";
import type { KubernetesObject } from "../../locks/kubernetes-object";
import { writeReleasesLock, type FileRelease, type ManifestRelease, type ReleasesLock } from "../../locks/release";

/** A digest-shaped text that is the hash of a word: whoever compares digests needs some that differ. */
export function digestOf(word: string): string {
    return `sha256:${createHash("sha256").update(word).digest("hex")}`;
}

export const CONTROLLER = "registry.example/release/controller";
export const HELPER = "registry.example/release/helper";

/** A small release with one object of every kind that the lock reads into. */
export function smallRelease(version = "v1.0.0"): KubernetesObject[] {
    const labels = { "app.kubernetes.io/version": version, "app.kubernetes.io/part-of": "release" };
    return [
        {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "release", labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: "reader", labels },
            rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "reader" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
            subjects: [{ kind: "ServiceAccount", name: "controller", namespace: "release" }],
        },
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "controller", namespace: "release" } },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "feature-flags", namespace: "release" },
            data: { _example: "for people", "enable-api-fields": "stable" },
        },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "pipelines-info", namespace: "release" },
            data: { version },
        },
        {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingWebhookConfiguration",
            metadata: { name: "validation" },
            webhooks: [
                {
                    name: "validation.release.example",
                    failurePolicy: "Fail",
                    clientConfig: { service: { name: "webhook", namespace: "release" }, caBundle: "" },
                },
            ],
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "controller", namespace: "release", labels },
            spec: {
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: "controller",
                        containers: [
                            {
                                name: "controller",
                                image: `${CONTROLLER}:${version}@${digestOf(`controller ${version}`)}`,
                                args: ["-helper-image", `${HELPER}:${version}@${digestOf(`helper ${version}`)}`],
                                securityContext: { allowPrivilegeEscalation: false },
                            },
                        ],
                        volumes: [{ name: "key", secret: { secretName: "signing-secrets" } }],
                    },
                },
            },
        },
    ];
}

export function manifestOf(objects: readonly KubernetesObject[]): string {
    return objects.map((object) => stringify(object)).join("---\n");
}

export function sha256Of(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** A lock entry for the small release as its file is. */
export function lockedRelease(objects = smallRelease()): ManifestRelease {
    const text = manifestOf(objects);
    return {
        kind: "manifest",
        version: "v1.0.0",
        url: "https://releases.example/release.yaml",
        sha256: sha256Of(text),
        size: Buffer.byteLength(text),
        hashKnownFrom: "computed in a test",
        endOfSupport: "2027-07-31",
        source: {
            module: "example.com/release",
            path: "config",
            images: { repository: "registry.example/release", naming: "import-path" },
        },
        inventoryKnownFrom: "made in a test",
        imageRepositories: [CONTROLLER, HELPER],
        inventory: inventoryOf(objects),
    };
}

/** The same entry before anybody saw the file: neither hash nor image digests. */
export function unresolvedRelease(): ManifestRelease {
    const release = lockedRelease();
    const inventory = release.inventory.map((object) => ({
        ...object,
        images: object.images.map((image) => `${image.slice(0, image.indexOf("@"))}@${UNRESOLVED}`),
    }));
    return { ...release, sha256: UNRESOLVED, size: UNRESOLVED, inventory };
}

export const SCHEMA = "CREATE TABLE trees();\n";

export function lockedFile(): FileRelease {
    return {
        kind: "file",
        version: "v1.7.3",
        url: "https://releases.example/storage.sql",
        sha256: sha256Of(SCHEMA),
        size: Buffer.byteLength(SCHEMA),
        hashKnownFrom: "computed in a test",
        endOfSupport: "not announced",
        source: { module: "example.com/schema", path: "storage.sql" },
    };
}

export function releasesLock(changes: Partial<ReleasesLock["releases"]> = {}): ReleasesLock {
    return {
        releases: {
            "tekton-pipelines": lockedRelease(),
            "tekton-chains": lockedRelease(),
            "trillian-schema": lockedFile(),
            ...changes,
        },
    };
}

/** A lock in which every image is known, each from a registry of its own name. */
export function imagesLock(changes: Partial<ImagesLock["images"]> = {}): ImagesLock {
    const images = Object.fromEntries(
        IMAGE_NAMES.map((name) => [
            name,
            {
                repository: `registry.example/images/${name}`,
                tag: "1.0",
                digest: digestOf(name),
                digestKnownFrom: "a test",
                use: "a test",
            },
        ]),
    ) as ImagesLock["images"];
    return { images: { ...images, ...changes } };
}

const folders: string[] = [];
afterAll(() => {
    for (const folder of folders) {
        rmSync(folder, { recursive: true });
    }
});

/** A project folder of its own for the length of a test file, with lock files and whatever else is given. */
export function projectFolder(
    { releases = releasesLock(), images = imagesLock() } = {},
    files: Readonly<Record<string, string>> = {},
): string {
    const folder = mkdtempSync(join(tmpdir(), "locks-"));
    folders.push(folder);
    writeReleasesLock(folder, releases);
    writeImagesLock(folder, images);
    mkdirSync(join(folder, ".releases"));
    for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(folder, name, ".."), { recursive: true });
        writeFileSync(join(folder, name), text);
    }
    return folder;
}

/** A server on the loopback address for the length of a test. */
export async function serve(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ host: string; close: () => Promise<void> }> {
    const server: Server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        host: `127.0.0.1:${String(port)}`,
        close: () =>
            new Promise((resolve, reject) => {
                server.closeAllConnections();
                server.close((error) => {
                    if (error === undefined) {
                        resolve();
                    } else {
                        reject(error);
                    }
                });
            }),
    };
}

/** A deep copy with one change made to the object of a kind and name. */
export function changed(
    objects: readonly KubernetesObject[],
    kind: string,
    change: (object: KubernetesObject) => void,
    name?: string,
): KubernetesObject[] {
    const copy = structuredClone([...objects]);
    const object = copy.find((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
    if (object === undefined) {
        throw new Error(`the release has no ${kind}`);
    }
    change(object);
    return copy;
}
