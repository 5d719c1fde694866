import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, truncateSync } from "node:fs";

import { Shell } from "./shell";
import { KO_ARGS, stepOf, taskOf } from "./values";

/** A crane that pushes: it answers with the reference or its digest, as the real one does. */
const CRANE = `case "$1" in push) echo "$3" ;; digest) echo "\${2#*@}" ;; esac`;

function digestOf(content: string): string {
    return createHash("sha256").update(content).digest("hex");
}

/** An OCI image layout as ko writes it, with one manifest of the given content. */
function layout(shell: Shell, index: number, content: string): string {
    const digest = digestOf(content);
    shell.write(`images/${String(index)}/blobs/sha256/${digest}`, content);
    shell.write(
        `images/${String(index)}/index.json`,
        JSON.stringify(
            { schemaVersion: 2, manifests: [{ size: content.length, digest: `sha256:${digest}` }] },
            null,
            3,
        ),
    );
    return digest;
}

const PLATFORMS = ["linux/amd64", "linux/arm64"];

/** A layout with an index of manifests of these contents. */
function indexLayout(shell: Shell, index: number, contents: readonly string[], more: object = {}): string[] {
    const children = contents.map((content) => layout(shell, index, content));
    const manifests = children.map((digest) => ({ digest: `sha256:${digest}`, platform: { os: "linux" } }));
    return [layout(shell, index, JSON.stringify({ manifests, ...more })), ...children];
}

describe("the push step", () => {
    let shell: Shell;
    let one: string;
    let two: string;
    beforeEach(() => {
        shell = new Shell({ crane: CRANE });
        one = layout(shell, 0, '{"first":1}');
        two = layout(shell, 1, '{"second":2}');
    });
    afterEach(() => {
        shell.remove();
    });

    function push(env: Readonly<Record<string, string>> = {}, platforms = ["linux/amd64"]) {
        const step = stepOf(taskOf("push", { ...KO_ARGS, platforms }), {
            "workspaces.workspace.path": shell.directory,
            "results.IMAGES.path": shell.path("result"),
        });
        shell.write("tmp/empty", "");
        return shell.run(step.script, { ...step.env, TMPDIR: shell.path("tmp"), ...env });
    }

    test("pushes nothing of a layout that it cannot search, for a link may be hidden there", () => {
        shell.remove();
        shell = new Shell({ crane: CRANE, find: "exit 1" });
        layout(shell, 0, '{"first":1}');
        layout(shell, 1, '{"second":2}');
        const outcome = push();
        expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining("cannot be searched") as unknown]);
        expect(shell.calls().filter((call) => call.startsWith("crane"))).toEqual([]);
    });

    test("pushes no more than the workspace holds, whatever room it takes there", () => {
        shell.write("images/1/blobs/sha256/huge", "");
        truncateSync(shell.path("images/1/blobs/sha256/huge"), 2 ** 30);
        const outcome = push();
        expect(outcome).toMatchObject({
            code: 1,
            stderr: "push-images: the images have more than the 1073741824 bytes that their workspace holds\n",
        });
        expect(shell.calls()).toEqual([]);
    });

    test("pushes as much as the workspace holds", () => {
        const files = ["images/0", "images/1"].flatMap((place) =>
            ["index.json", `blobs/sha256/${place.endsWith("0") ? one : two}`].map((name) => `${place}/${name}`),
        );
        const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(shell.read(file)), 0);
        expect(push({ MAX_BYTES: String(bytes) }).code).toBe(0);
        expect(push({ MAX_BYTES: String(bytes - 1) }).code).toBe(1);
    });

    test.each(["a b", "a\n-1000 b", "ü"])("pushes nothing of a layout with the name %j, which none has", (name) => {
        shell.write(`images/1/${name}`, "");
        const outcome = push();
        expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining("a name that no image layout has")]);
        expect(shell.calls()).toEqual([]);
    });

    test("pushes every layout by the digest of its manifest and names each image on a line", () => {
        expect(push()).toMatchObject({ code: 0, stderr: "" });
        expect(shell.calls()).toEqual([
            `crane push ${shell.path("images/0")} registry.test/one@sha256:${one}`,
            `crane push ${shell.path("images/1")} registry.test/two@sha256:${two}`,
            `crane digest registry.test/one@sha256:${one}`,
            `crane digest registry.test/two@sha256:${two}`,
        ]);
        expect(shell.read("result")).toBe(`registry.test/one@sha256:${one}\nregistry.test/two@sha256:${two}\n`);
    });

    test("has the registry credential where crane reads it", () => {
        const { volumes, steps } = taskOf("push").spec;
        const secret = {
            secretName: KO_ARGS.pushSecret,
            items: [{ key: ".dockerconfigjson", path: "config.json" }],
        };
        const volume = volumes?.find((one) => "secret" in one);
        expect(volume).toEqual({ name: volume?.name, secret });
        const mount = steps[0]?.volumeMounts?.find(({ name }) => name === volume?.name);
        expect(mount?.readOnly).toBe(true);
        expect(steps[0]?.env).toContainEqual({ name: "DOCKER_CONFIG", value: mount?.mountPath });
    });

    test("takes a manifest whose annotations say anything", () => {
        const annotations = {
            author: 'M\u00fcller <a@b.test>, "x": \\',
            json: '{"\\u0061":1}',
            path: "C:\\",
            "a:": ":",
        };
        const escaped = JSON.stringify({ layers: [], annotations }).replace("<", "\\u003c");
        two = layout(shell, 1, escaped);
        expect(push()).toMatchObject({ code: 0, stderr: "" });
        expect(shell.read("result")).toContain(`registry.test/two@sha256:${two}\n`);
    });

    test.each<{ what: string; change: () => void; says: string }>([
        {
            what: "a layout is missing",
            change: () => {
                shell = new Shell({ crane: CRANE });
                layout(shell, 0, "{}");
            },
            says: "images/1 is missing",
        },
        {
            what: "a manifest was changed after it was built",
            change: () => {
                shell.write(`images/1/blobs/sha256/${two}`, '{"second":3}');
            },
            says: "does not have its digest",
        },
        {
            what: "a layout holds two images",
            change: () => {
                const entry = { digest: `sha256:${one}` };
                shell.write("images/1/index.json", JSON.stringify({ manifests: [entry, entry] }));
            },
            says: "does not hold exactly 1 image(s)",
        },
        {
            what: "a layout holds no image",
            change: () => {
                shell.write("images/1/index.json", "{}");
            },
            says: "does not hold exactly 1 image(s)",
        },
        {
            what: "a digest leads out of the layout",
            change: () => {
                shell.write("images/1/index.json", '{"digest":"sha256:../../../../result"}');
            },
            says: "does not hold exactly 1 image(s)",
        },
        {
            what: "a second digest is named in other letters",
            change: () => {
                const both = { digest: `sha256:${two}`, DIGEST: `sha256:${one}` };
                shell.write("images/1/index.json", JSON.stringify({ manifests: [both] }));
            },
            says: "does not hold exactly 1 image(s)",
        },
        {
            what: "a second digest is named with an escape",
            change: () => {
                shell.write("images/1/index.json", `{"digest":"sha256:${two}","d\\u0069gest":"sha256:${one}"}`);
            },
            says: "is not listed in plain ASCII",
        },
        {
            what: "a second digest is named with a letter that Go takes for an s",
            change: () => {
                shell.write("images/1/index.json", `{"digest":"sha256:${two}","dige\u017ft":"sha256:${one}"}`);
            },
            says: "is not listed in plain ASCII",
        },
        {
            what: "a layout holds an index that is not declared",
            change: () => {
                indexLayout(shell, 1, ['{"layers":[]}', '{"layers":[1]}']);
            },
            says: "holds an index: declare its platforms",
        },
        {
            what: "a layout holds an index that is named with an escape",
            change: () => {
                layout(shell, 1, `{"m\\u0061nifests" \n: [{"digest":"sha256:${one}"}]}`);
            },
            says: "does not name its fields in plain ASCII",
        },
        {
            what: "a layout holds an index that is named with a letter that Go takes for an s",
            change: () => {
                layout(shell, 1, `{"annotations":{"a":"b"},"manife\u017fts":[{"digest":"sha256:${one}"}]}`);
            },
            says: "does not name its fields in plain ASCII",
        },
        {
            what: "a layout holds a link",
            change: () => {
                mkdirSync(shell.path("images/1/blobs"), { recursive: true });
                symlinkSync("/etc/passwd", shell.path("images/1/blobs/link"));
            },
            says: "neither file nor directory",
        },
    ])("pushes nothing at all when $what", ({ change, says }) => {
        change();
        const outcome = push();
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(shell.calls()).toEqual([]);
        expect(shell.has("result")).toBe(false);
    });

    test.each<{ what: string; crane: string; says: string }>([
        {
            what: "the registry refuses the second image",
            crane: `case "$3" in *two*) exit 1 ;; esac; echo "$3"`,
            says: "cannot be pushed",
        },
        {
            what: "something else was pushed",
            crane: `echo "registry.test/x@sha256:${"0".repeat(64)}"`,
            says: "instead of",
        },
    ])("names no image when $what", ({ crane, says }) => {
        shell = new Shell({ crane });
        layout(shell, 0, '{"first":1}');
        layout(shell, 1, '{"second":2}');
        const outcome = push();
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(shell.has("result")).toBe(false);
    });

    describe("of images for two platforms", () => {
        const [AMD, ARM] = ['{"layers":["amd64"]}', '{"layers":["arm64"]}'] as const;

        test("pushes each index and names it and its images", () => {
            const [first, second] = [indexLayout(shell, 0, [AMD, ARM]), indexLayout(shell, 1, [ARM, AMD])];
            const named = [
                ...first.map((digest) => `registry.test/one@sha256:${digest}`),
                ...second.map((digest) => `registry.test/two@sha256:${digest}`),
            ];
            expect(push({}, PLATFORMS)).toMatchObject({ code: 0, stderr: "" });
            expect(shell.calls().filter((call) => call.startsWith("crane push"))).toEqual([
                `crane push ${shell.path("images/0")} ${named[0] ?? ""}`,
                `crane push ${shell.path("images/1")} ${named[3] ?? ""}`,
            ]);
            expect(new Set(shell.read("result").trimEnd().split("\n"))).toEqual(new Set(named));
            expect(shell.read("result")).toMatch(new RegExp(`^${named[0] ?? ""}\n`));
        });

        test.each<{ what: string; contents: readonly string[]; more?: object; change?: () => void; says: string }>([
            { what: "an image is missing in it", contents: [AMD], says: "does not hold exactly 2 image(s)" },
            { what: "it holds one more", contents: [AMD, ARM, "{}"], says: "does not hold exactly 2 image(s)" },
            { what: "it holds one twice", contents: [AMD, AMD], says: "does not hold exactly 2 image(s)" },
            {
                what: "it hides one",
                contents: [AMD, ARM],
                more: { Manifests: [{ Digest: `sha256:${digestOf("{}")}` }] },
                says: "does not hold exactly 2 image(s)",
            },
            { what: "it holds an index", contents: [AMD, '{"manifests":[]}'], says: "an index in an index" },
            {
                what: "it holds an index that is named with an escape",
                contents: [AMD, '{"manifest\\u0073":[]}'],
                says: "does not name its fields in plain ASCII",
            },
            {
                what: "an image of it was changed",
                contents: [AMD, ARM],
                change: () => {
                    shell.write(`images/1/blobs/sha256/${digestOf(ARM)}`, AMD);
                },
                says: "does not have its digest",
            },
        ])("pushes nothing when $what", ({ contents, more, change, says }) => {
            indexLayout(shell, 0, [AMD, ARM]);
            indexLayout(shell, 1, contents, more);
            change?.();
            const outcome = push({}, PLATFORMS);
            expect(outcome.code).toBe(1);
            expect(outcome.stderr).toContain(says);
            expect(shell.calls()).toEqual([]);
            expect(shell.has("result")).toBe(false);
        });

        test("pushes nothing when one image is there in place of an index", () => {
            expect(push({}, PLATFORMS).stderr).toContain("holds one image instead of an index of 2");
            expect(shell.calls()).toEqual([]);
        });

        test("names nothing when the registry lacks an image of the index", () => {
            shell = new Shell({ crane: `[ "$1" = push ] || case "$2" in *${digestOf(ARM)}) exit 1 ;; esac; ${CRANE}` });
            indexLayout(shell, 0, [AMD, ARM]);
            indexLayout(shell, 1, [AMD, ARM]);
            const outcome = push({}, PLATFORMS);
            expect(outcome.code).toBe(1);
            expect(outcome.stderr).toContain(`${digestOf(ARM)} is not in the registry`);
            expect(shell.has("result")).toBe(false);
        });
    });

    test("names no image when the result would be cut off", () => {
        const outcome = push({ MAX_RESULT_BYTES: "100" });
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("more than the 100 that fit");
        expect(shell.has("result")).toBe(false);
    });
});
