import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    loadFile,
    loadRelease,
    NOT_FETCHED,
    objectsToDeploy,
    textToDeploy,
    type MappedRelease,
} from "../../locks/content";
import { UNRESOLVED } from "../../locks/image-reference";
import {
    changed,
    lockedFile,
    manifestOf,
    projectFolder,
    releasesLock,
    SCHEMA,
    sha256Of,
    smallRelease,
    unresolvedRelease,
} from "./fixtures";

const FILE = ".releases/tekton-chains-v1.0.0.yaml";
const TEXT = manifestOf(smallRelease());

function mapping(text: string, change: Partial<MappedRelease> = {}): MappedRelease {
    return { name: "tekton-chains", version: "v1.0.0", file: "own.yaml", sha256: sha256Of(text), ...change };
}

describe("a release that was fetched", () => {
    const folder = projectFolder({}, { [FILE]: TEXT });
    const loaded = loadRelease(releasesLock(), "tekton-chains", { folder });

    test("is loaded whole when its hash is the lock's", () => {
        expect(loaded.state).toBe("fetched");
        expect(objectsToDeploy(loaded)).toEqual(smallRelease());
    });

    test("gives requirements the very facts that the lock gives without it", () => {
        const without = loadRelease(releasesLock(), "tekton-chains", { folder: projectFolder() });
        expect(without.state).toBe(NOT_FETCHED);
        expect(loaded.inventory).toEqual(without.inventory);
    });

    test("is refused, in a plan too, when one byte of it differs", () => {
        const tampered = projectFolder({}, { [FILE]: `${TEXT}#` });
        expect(() => loadRelease(releasesLock(), "tekton-chains", { folder: tampered })).toThrow(
            /is not the file that releases\.lock\.json names: its hash is sha256:[0-9a-f]{64}, allowed is sha256:[0-9a-f]{64}/,
        );
    });

    test("is not used while the lock knows no hash for it", () => {
        const lock = releasesLock({ "tekton-chains": unresolvedRelease() });
        expect(loadRelease(lock, "tekton-chains", { folder })).toMatchObject({
            state: NOT_FETCHED,
            reason: "its sha256 is unresolved",
        });
    });
});

describe("a release that was not fetched", () => {
    test("is planned from the inventory and not deployed, with the cure", () => {
        const loaded = loadRelease(releasesLock(), "tekton-chains", { folder: projectFolder() });
        expect(loaded).toMatchObject({ state: NOT_FETCHED, reason: "its file is not in .releases/" });
        expect(loaded.inventory).toHaveLength(smallRelease().length);
        expect(() => objectsToDeploy(loaded)).toThrow(/tekton-chains v1\.0\.0 cannot be deployed[^]*slsa lock --fetch/);
    });
});

describe("a mapped release", () => {
    test("is loaded by path and hash, and held against the lock when the version is the lock's", () => {
        const own = manifestOf(changed(smallRelease(), "ClusterRole", (object) => (object["rules"] = [])));
        const folder = projectFolder({}, { "own.yaml": own });
        const loaded = loadRelease(releasesLock(), "tekton-chains", { folder, mapped: [mapping(own)] });
        expect(loaded).toMatchObject({
            state: "mapped",
            file: "own.yaml",
            sha256: sha256Of(own),
            differences: [{ what: "changed", path: "rules" }],
        });
        expect(loaded.inventory.find(({ kind }) => kind === "ClusterRole")?.fields.rules).toEqual([]);
        expect(objectsToDeploy(loaded)).toHaveLength(smallRelease().length);
    });

    test("holds without a difference when it is the release itself", () => {
        const folder = projectFolder({}, { "own.yaml": TEXT });
        const loaded = loadRelease(releasesLock(), "tekton-chains", { folder, mapped: [mapping(TEXT)] });
        expect(loaded).toMatchObject({ state: "mapped", differences: [] });
    });

    test("of another version is not held against the lock, and keeps its own version", () => {
        const folder = projectFolder({}, { "own.yaml": TEXT });
        const loaded = loadRelease(releasesLock(), "tekton-chains", {
            folder,
            mapped: [mapping(TEXT, { version: "v0.9.0" })],
        });
        expect(loaded).toMatchObject({ state: "mapped", version: "v0.9.0", differences: undefined });
    });

    test("goes before a fetched file and leaves other releases alone", () => {
        const own = manifestOf(smallRelease().slice(0, 2));
        const folder = projectFolder({}, { [FILE]: TEXT, "own.yaml": own });
        const options = { folder, mapped: [mapping(own)] };
        expect(loadRelease(releasesLock(), "tekton-chains", options).inventory).toHaveLength(2);
        expect(loadRelease(releasesLock(), "tekton-pipelines", options).state).toBe(NOT_FETCHED);
    });

    test("is refused when its hash is not the one in the settings, or when it is not there", () => {
        const folder = projectFolder({}, { "own.yaml": TEXT });
        expect(() => loadRelease(releasesLock(), "tekton-chains", { folder, mapped: [mapping(`${TEXT} `)] })).toThrow(
            "`mappedReleases` in the stack settings names",
        );
        expect(() =>
            loadRelease(releasesLock(), "tekton-chains", { folder, mapped: [mapping(TEXT, { file: "no.yaml" })] }),
        ).toThrow("there is no file no.yaml");
    });
});

describe("a release that is a plain file", () => {
    test("is fetched, mapped or not there by the same rules", () => {
        const lock = releasesLock();
        const name = ".releases/trillian-schema-v1.7.3.sql";
        const fetched = loadFile(lock, "trillian-schema", { folder: projectFolder({}, { [name]: SCHEMA }) });
        expect(textToDeploy(fetched)).toBe(SCHEMA);

        const folder = projectFolder({}, { "own.sql": "SELECT 1;" });
        const mapped = [
            { name: "trillian-schema" as const, version: "v1.7.3", file: "own.sql", sha256: sha256Of("SELECT 1;") },
        ];
        expect(loadFile(lock, "trillian-schema", { folder, mapped })).toMatchObject({
            state: "mapped",
            text: "SELECT 1;",
        });

        const absent = loadFile(lock, "trillian-schema", { folder });
        expect(absent.state).toBe(NOT_FETCHED);
        expect(() => textToDeploy(absent)).toThrow("trillian-schema v1.7.3 cannot be deployed");

        writeFileSync(join(folder, name), "DROP TABLE trees;");
        expect(() => loadFile(lock, "trillian-schema", { folder })).toThrow(
            "is not the file that releases.lock.json names",
        );
        const open = { ...lockedFile(), sha256: UNRESOLVED, size: UNRESOLVED } as const;
        expect(loadFile(releasesLock({ "trillian-schema": open }), "trillian-schema", { folder }).state).toBe(
            NOT_FETCHED,
        );
    });
});
