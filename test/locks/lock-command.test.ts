import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lock } from "../../cli/lock";
import { UNRESOLVED } from "../../locks/image-reference";
import { readImagesLock } from "../../locks/images";
import { readReleasesLock, RELEASES_LOCK } from "../../locks/release";
import {
    changed,
    digestOf,
    imagesLock,
    lockedFile,
    lockedRelease,
    manifestOf,
    projectFolder,
    releasesLock,
    SCHEMA,
    serve,
    smallRelease,
    unresolvedRelease,
} from "./fixtures";

async function run(folder: string, ...argv: string[]): Promise<{ code: number; text: string }> {
    const said: string[] = [];
    const code = await lock(argv, {
        folder,
        print: (line) => said.push(line),
        complain: (line) => said.push(line),
        today: "2026-11-23",
        request: { allowLoopbackHttp: true, timeoutMs: 2000 },
    });
    return { code, text: said.join("\n") };
}

function withOpenImage(name: "ko" | "crane", repository: string) {
    const image = imagesLock().images[name];
    return imagesLock({ [name]: { ...image, repository, digest: UNRESOLVED, digestKnownFrom: "not seen" } });
}

describe("slsa lock", () => {
    test("says what is unresolved, and ends with 0 only when nothing is", async () => {
        expect(await run(projectFolder())).toEqual({ code: 0, text: "every release and image is known by hash" });
        const folder = projectFolder({
            releases: releasesLock({ "tekton-pipelines": unresolvedRelease() }),
            images: withOpenImage("ko", "registry.example/ko"),
        });
        const { code, text } = await run(folder);
        expect(code).toBe(1);
        expect(text).toContain("tekton-pipelines v1.0.0 has no known hash (slsa lock --fetch)");
        expect(text).toContain("registry.example/ko:1.0@unresolved (slsa lock --resolve)");
    });

    test.each([
        [["--bogus"]],
        [["--fetch", "--resolve"]],
        [["--fetch", "--release", "tekton"]],
        [["--check", "file.yaml"]],
        [["--check", "no-such-file.yaml", "--release", "tekton-chains"]],
        [["--write"]],
        [["--derive", "--source", "/tmp"]],
        [["extra"]],
    ])("ends with 2 and says how it is used for %j", async (argv) => {
        const { code, text } = await run(projectFolder(), ...argv);
        expect(code).toBe(2);
        expect(text).not.toBe("");
    });

    test("ends with 2 when a lock file is wrong", async () => {
        const folder = projectFolder();
        writeFileSync(join(folder, RELEASES_LOCK), "{}");
        const { code, text } = await run(folder);
        expect(code).toBe(2);
        expect(text).toContain("cannot be used");
    });

    test("explains itself", async () => {
        const { code, text } = await run(projectFolder(), "--help");
        expect(code).toBe(0);
        expect(text).toContain("--derive");
    });
});

describe("slsa lock --resolve", () => {
    test("fills in what the registries tell, keeps it when another fails, and can be repeated", async () => {
        let crane = false;
        const server = await serve(({ url = "" }, response) => {
            const known = url === "/v2/images/ko/manifests/1.0" || (crane && url === "/v2/images/crane/manifests/1.0");
            response.writeHead(known ? 200 : 503, known ? { "docker-content-digest": digestOf(url) } : {}).end();
        });
        const images = withOpenImage("ko", `${server.host}/images/ko`);
        images.images.crane = withOpenImage("crane", `${server.host}/images/crane`).images.crane;
        const folder = projectFolder({ images });

        const first = await run(folder, "--resolve");
        expect(first.code).toBe(1);
        expect(first.text).toContain("answers 503");
        expect(readImagesLock(folder).images.ko).toMatchObject({
            digest: digestOf("/v2/images/ko/manifests/1.0"),
            digestKnownFrom: "its own registry on 2026-11-23, by `slsa lock --resolve`",
        });
        expect(readImagesLock(folder).images.crane.digest).toBe(UNRESOLVED);

        crane = true;
        expect((await run(folder, "--resolve")).code).toBe(0);
        expect(readImagesLock(folder).images.crane.digest).toBe(digestOf("/v2/images/crane/manifests/1.0"));
        await server.close();
    });
});

describe("slsa lock --check", () => {
    const check = (folder: string) =>
        run(folder, "--check", join(folder, "download.yaml"), "--release", "tekton-chains");

    test("ends with 0 for the release itself and with 1 for a changed one, told for a reviewer", async () => {
        const same = await check(projectFolder({}, { "download.yaml": manifestOf(smallRelease()) }));
        expect(same.code).toBe(0);
        expect(same.text).toContain("0 difference(s)");
        const flipped = changed(
            smallRelease(),
            "ConfigMap",
            (object) => (object["data"] = { "enable-api-fields": "alpha" }),
        );
        const { code, text } = await check(projectFolder({}, { "download.yaml": manifestOf(flipped) }));
        expect(code).toBe(1);
        expect(text).toContain('~ ConfigMap release/feature-flags data.enable-api-fields\n    expected: "stable"');
    });

    test("ends with 1 for other bytes that hold, and with 2 for what is no manifest", async () => {
        const text = `# a comment\n${manifestOf(smallRelease())}`;
        expect((await check(projectFolder({}, { "download.yaml": text }))).code).toBe(1);
        const open = { releases: releasesLock({ "tekton-chains": unresolvedRelease() }) };
        expect((await check(projectFolder(open, { "download.yaml": text }))).code).toBe(0);
        expect((await check(projectFolder({}, { "download.yaml": "a: 1" }))).code).toBe(2);
    });

    test("compares a plain file by its hash", async () => {
        const folder = projectFolder({}, { "a.sql": SCHEMA, "b.sql": "DROP TABLE trees;" });
        expect((await run(folder, "--check", join(folder, "a.sql"), "--release", "trillian-schema")).code).toBe(0);
        expect((await run(folder, "--check", join(folder, "b.sql"), "--release", "trillian-schema")).code).toBe(1);
    });
});

describe("slsa lock --derive", () => {
    /** The small release as a tagged source has it: version labels `devel`, images as ko import paths, two files. */
    function sourceFiles(flag = "stable"): Record<string, string> {
        const source = JSON.parse(
            JSON.stringify(
                changed(
                    smallRelease("devel"),
                    "ConfigMap",
                    (o) => (o["data"] = { "enable-api-fields": flag, _example: "for people" }),
                ),
            ).replace(/registry\.example\/release\/([a-z]+):devel@sha256:[0-9a-f]{64}/g, "ko://$1"),
        ) as ReturnType<typeof smallRelease>;
        return {
            // No final newline: the next file's first document must not be lost.
            "source/config/100-first.yaml": manifestOf(source.slice(0, 3)).trimEnd(),
            "source/config/more/200-second.yaml": manifestOf(source.slice(3)),
            "source/config/README.md": "no: manifest",
            "source/storage.sql": SCHEMA,
        };
    }
    const derive = (folder: string, ...more: string[]) =>
        run(folder, "--derive", "--release", "tekton-chains", "--source", join(folder, "source"), ...more);

    test("finds the lock to be what the source makes", async () => {
        expect(await derive(projectFolder({}, sourceFiles()))).toEqual({
            code: 0,
            text: "tekton-chains v1.0.0: the lock is what the tagged source makes",
        });
    });

    test("shows how the lock differs, and writes nothing unless told to", async () => {
        const folder = projectFolder({}, sourceFiles("alpha"));
        const before = readFileSync(join(folder, RELEASES_LOCK), "utf8");
        const { code, text } = await derive(folder);
        expect(code).toBe(1);
        expect(text).toContain("data.enable-api-fields");
        expect(readFileSync(join(folder, RELEASES_LOCK), "utf8")).toBe(before);
    });

    test("writes what the source makes, with hash and image digests open", async () => {
        const folder = projectFolder({}, sourceFiles("alpha"));
        expect((await derive(folder, "--write")).code).toBe(0);
        const release = readReleasesLock(folder).releases["tekton-chains"];
        expect(release).toMatchObject({ sha256: UNRESOLVED, size: UNRESOLVED });
        expect(release.imageRepositories).toEqual(lockedRelease().imageRepositories);
        expect(release.inventory.find(({ kind }) => kind === "Deployment")?.images).toEqual([
            "registry.example/release/helper@unresolved",
            "registry.example/release/controller@unresolved",
        ]);
        expect((await derive(folder)).code).toBe(0);
    });

    test("writes the repositories of the images that the source names now", async () => {
        const files = sourceFiles();
        const renamed = Object.entries(files).map(([name, text]) => [
            name,
            text.replace("ko://helper", "ko://renamed"),
        ]);
        const folder = projectFolder({}, Object.fromEntries(renamed) as Record<string, string>);
        expect((await derive(folder)).text).toContain("registry.example/release/renamed@unresolved");
        expect((await derive(folder, "--write")).code).toBe(0);
        expect(readReleasesLock(folder).releases["tekton-chains"].imageRepositories).toEqual([
            "registry.example/release/controller",
            "registry.example/release/renamed",
        ]);
    });

    test("compares a plain file with the source's", async () => {
        const folder = projectFolder({}, sourceFiles());
        const again = (...more: string[]) =>
            run(folder, "--derive", "--release", "trillian-schema", "--source", join(folder, "source"), ...more);
        expect((await again()).code).toBe(0);
        writeFileSync(join(folder, "source/storage.sql"), "CREATE TABLE other();");
        expect((await again()).code).toBe(1);
        expect((await again("--write")).code).toBe(0);
        expect(readReleasesLock(folder).releases["trillian-schema"].sha256).not.toBe(lockedFile().sha256);
    });
});

describe("slsa lock --fetch", () => {
    test("is content with what is here, and tells what cannot be had without touching the lock", async () => {
        const files = {
            ".releases/tekton-pipelines-v1.0.0.yaml": manifestOf(smallRelease()),
            ".releases/trillian-schema-v1.7.3.sql": SCHEMA,
        };
        // Port 1 of this machine: nothing answers there.
        const nowhere = { ...lockedRelease(), url: "https://127.0.0.1:1/release.yaml" };
        const folder = projectFolder({ releases: releasesLock({ "tekton-chains": nowhere }) }, files);
        const before = readFileSync(join(folder, RELEASES_LOCK), "utf8");
        const { code, text } = await run(folder, "--fetch");
        expect(code).toBe(1);
        expect(text).toContain("tekton-pipelines v1.0.0: already here");
        expect(text).toContain("tekton-chains v1.0.0: https://127.0.0.1:1/release.yaml does not answer");
        expect(text).toContain("trillian-schema v1.7.3: already here");
        expect(readFileSync(join(folder, RELEASES_LOCK), "utf8")).toBe(before);
        expect(existsSync(join(folder, ".releases/tekton-chains-v1.0.0.yaml"))).toBe(false);
    });
});
