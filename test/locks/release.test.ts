import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseImageReference } from "../../locks/image-reference";
import { objectId } from "../../locks/kubernetes-object";
import { lockText } from "../../locks/lock-file";
import { readReleasesLock, RELEASES_LOCK, type ReleasesLock } from "../../locks/release";
import { lockedRelease, projectFolder, releasesLock } from "./fixtures";

function problemsAfter(change: (lock: ReleasesLock) => void): string {
    const lock = structuredClone(releasesLock());
    change(lock);
    const folder = projectFolder();
    writeFileSync(join(folder, RELEASES_LOCK), lockText(lock));
    try {
        readReleasesLock(folder);
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
    return "";
}

describe("releases.lock.json", () => {
    test("reads back as it was written", () => {
        expect(readReleasesLock(projectFolder())).toEqual(releasesLock());
    });

    test("is refused with every wrong key at once", () => {
        const message = problemsAfter((lock) => {
            const release = lock.releases["tekton-chains"];
            release.version = "latest";
            release.url = "http://releases.example/release.yaml";
            release.sha256 = "abc";
            release.imageRepositories = ["registry.example/controller:v1"];
            Object.assign(release, { sha265: "unresolved" });
            Object.assign(lock.releases["trillian-schema"], { endOfSupport: "soon" });
        });
        for (const expected of [
            'releases.tekton-chains.version: must be a version like v1.15.0; given: "latest"',
            "releases.tekton-chains.url: must be an https URL",
            "releases.tekton-chains.sha256: must be a sha256",
            "releases.tekton-chains.imageRepositories.0: must be a repository",
            'releases.tekton-chains: nothing reads "sha265"',
            "releases.trillian-schema.endOfSupport: must be a day",
        ]) {
            expect(message).toContain(expected);
        }
    });

    test("is refused when it lists an object twice", () => {
        const message = problemsAfter(({ releases }) => {
            releases["tekton-chains"].inventory.push(...lockedRelease().inventory.slice(0, 1));
        });
        expect(message).toContain("must not repeat Namespace release");
    });

    test("is refused when a hash is known without a size", () => {
        expect(problemsAfter(({ releases }) => (releases["trillian-schema"].size = "unresolved"))).toContain(
            "known together",
        );
    });

    test("is refused when a release is missing or the file is no JSON", () => {
        expect(problemsAfter(({ releases }) => Reflect.deleteProperty(releases, "tekton-chains"))).toContain(
            "releases.tekton-chains",
        );
        const folder = projectFolder();
        writeFileSync(join(folder, RELEASES_LOCK), "{");
        expect(() => readReleasesLock(folder)).toThrow("not readable as JSON");
    });
});

describe("the committed releases.lock.json", () => {
    const root = join(__dirname, "../..");
    const { releases } = readReleasesLock(root);
    const manifests = [releases["tekton-pipelines"], releases["tekton-chains"]];

    test("is formatted as slsa lock writes it", () => {
        expect(readFileSync(join(root, RELEASES_LOCK), "utf8")).toBe(lockText({ releases }));
    });

    test("pins Pipelines v1.15.0 with 76 objects and Chains v0.27.1 with 18", () => {
        expect(manifests.map(({ version, inventory }) => [version, inventory.length])).toEqual([
            ["v1.15.0", 76],
            ["v0.27.1", 18],
        ]);
    });

    test("holds the ServiceAccount that a careless joining of the source files loses", () => {
        expect(releases["tekton-pipelines"].inventory.map(objectId)).toContain(
            "ServiceAccount tekton-pipelines/tekton-events-controller",
        );
    });

    test("lists images of the releases' own repositories alone, each repository used", () => {
        for (const { inventory, imageRepositories } of manifests) {
            const used = inventory
                .flatMap(({ images }) => images)
                .map((image) => parseImageReference(image)?.repository);
            expect([...new Set(used)].sort()).toEqual([...imageRepositories].sort());
        }
    });

    test("knows which objects decide who reads secrets and what Chains signs with", () => {
        const chains = releases["tekton-chains"].inventory;
        const tenant = chains.find(({ kind, name }) => kind === "ClusterRole" && name.endsWith("tenant-access"));
        expect(JSON.stringify(tenant?.fields.rules)).toContain('"secrets"');
        const controller = chains.find(({ kind }) => kind === "Deployment");
        expect(JSON.stringify(controller?.fields.spec)).toContain('"secretName":"signing-secrets"');
        expect(controller?.images).toHaveLength(1);
        const flags = releases["tekton-pipelines"].inventory.find(({ name }) => name === "feature-flags");
        expect(flags?.fields.data).toMatchObject({ "enable-provenance-in-status": "true", "disable-inline-spec": "" });
    });

    test("says of every hash how it is known, and of an unknown one that it is", () => {
        for (const { sha256, hashKnownFrom } of Object.values(releases)) {
            expect(hashKnownFrom.startsWith("not known")).toBe(sha256 === "unresolved");
        }
    });
});
