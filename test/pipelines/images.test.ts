import { chmodSync, existsSync } from "node:fs";

import { imagesPipeline, type ImagesPipelineArgs } from "../../pipelines/images";
import { pipelineRun } from "../../pipelines/run";
import { HOSTILE, Shell } from "./shell";
import { KO_ARGS, scripted, stepOf, taskIn } from "./values";

const ARGS: ImagesPipelineArgs = {
    ...KO_ARGS,
    images: { ...KO_ARGS.images, script: scripted("tools.test/script") },
    script: "build-images",
    subsection: "//java/...",
    built: [
        { layout: "java/base", image: "registry.test/java/base" },
        { layout: "java/debug", image: "registry.test/java/debug", platforms: ["linux/amd64", "linux/arm64"] },
    ],
};
const built = imagesPipeline(ARGS);

describe("pipeline images", () => {
    test("gives every run its subsection as a param, beside url and commit", () => {
        expect(built.runTemplate.params).toEqual(["url", "commit"]);
        const { spec } = pipelineRun(built.runTemplate, { url: "https://git.test/app.git", commit: "0".repeat(40) });
        expect(spec.params).toEqual([
            { name: "url", value: "https://git.test/app.git" },
            { name: "commit", value: "0".repeat(40) },
            { name: "subsection", value: "//java/..." },
        ]);
        expect(built.pipeline.spec.tasks[1]?.params).toEqual([{ name: "subsection", value: "$(params.subsection)" }]);
    });

    test("runs the script without a Secret, and neither of its steps with privileges", () => {
        const { spec } = taskIn(built, "build");
        expect((spec.volumes ?? []).filter((volume) => "secret" in volume)).toEqual([]);
        expect(spec.steps.map(({ name, securityContext }) => [name, securityContext.runAsNonRoot])).toEqual([
            ["build", true],
            ["collect", true],
        ]);
    });

    test("shares no volume but the workspace between the script and the look at what it left", () => {
        const [build, collect] = taskIn(built, "build").spec.steps;
        const mounted = (build?.volumeMounts ?? []).map(({ name }) => name);
        expect((collect?.volumeMounts ?? []).filter(({ name }) => mounted.includes(name))).toEqual([]);
    });

    test("pushes what is declared, an index for several platforms", () => {
        expect(built.images).toEqual([
            { repository: "registry.test/java/base", platforms: ["linux/amd64"] },
            { repository: "registry.test/java/debug", platforms: ["linux/amd64", "linux/arm64"] },
        ]);
    });

    test.each(["", "-x", "a b", "a\n", "$(params.url)", ...HOSTILE])("refuses the subsection %j", (subsection) => {
        expect(() => imagesPipeline({ ...ARGS, subsection })).toThrow("is no subsection");
    });

    test.each(["", ".", "..", "/a", "a/", "a//b", "../a", "a/../b", "-a", "a/-b", ".git", "a b", "a\nb", "$(id)"])(
        "refuses %j as a path",
        (path) => {
            expect(() => imagesPipeline({ ...ARGS, script: path })).toThrow("is no path below a directory");
            expect(() =>
                imagesPipeline({ ...ARGS, built: [{ layout: path, image: "registry.test/java/base" }] }),
            ).toThrow("is no path below a directory");
        },
    );

    test.each([
        ["java", "java/base"],
        ["java/base", "java"],
        ["java", "java"],
    ])("refuses the layouts %s and %s, one of which lies in the other", (...layouts) => {
        const lying = layouts.map((layout, index) => ({ layout, image: `registry.test/${String(index)}` }));
        expect(() => imagesPipeline({ ...ARGS, built: lying })).toThrow("give each image a directory of its own");
        const beside = [
            { layout: "java", image: "registry.test/1" },
            { layout: "java-base", image: "registry.test/2" },
        ];
        expect(() => imagesPipeline({ ...ARGS, built: beside })).not.toThrow();
    });
});

describe("the build script", () => {
    let shell: Shell;
    beforeEach(() => {
        shell = new Shell({});
        shell.write("images/9/left-over", "");
        shell.write("output/left-over", "");
    });
    afterEach(() => {
        shell.remove();
    });

    test("takes nothing from a directory that it cannot search, for a link may be hidden there", () => {
        shell.remove();
        shell = new Shell({ find: "exit 1" });
        const outcome = build(BOTH);
        expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining("cannot be searched") as unknown]);
    });

    /** Shell text that leaves a layout. */
    const layout = (path: string): string =>
        `mkdir -p "$OUTPUT/${path}"; echo "${path}" > "$OUTPUT/${path}/oci-layout"`;
    const BOTH = `${layout("java/base")}; ${layout("java/debug")}`;

    /** Runs the Task as Tekton does: the second step when the first has succeeded. */
    function build(script: string | undefined, mode = 0o755) {
        if (script !== undefined) {
            shell.write("source/build-images", `#!/bin/sh\n${script}\n`);
            chmodSync(shell.path("source/build-images"), mode);
        } else {
            shell.write("source/other", "");
        }
        shell.write("tmp/empty", "");
        const outcomes = ["build", "collect"].map((name) => {
            const values = { "workspaces.workspace.path": shell.directory, "params.subsection": ARGS.subsection };
            return stepOf(taskIn(built, "build"), values, name);
        });
        let outcome = { code: 0 as number | null, stdout: "", stderr: "" };
        for (const step of outcomes) {
            outcome = shell.run(step.script, { ...step.env, TMPDIR: shell.path("tmp") });
            if (outcome.code !== 0) {
                break;
            }
        }
        return outcome;
    }

    test("is run in the source with OUTPUT and SUBSECTION, and its layouts are taken over in their order", () => {
        expect(build(`pwd > "$TMPDIR/pwd"; echo "$SUBSECTION" > "$TMPDIR/subsection"; ${BOTH}`)).toMatchObject({
            code: 0,
            stderr: "",
        });
        expect(shell.read("tmp/pwd")).toBe(`${shell.path("source")}\n`);
        expect(shell.read("tmp/subsection")).toBe("//java/...\n");
        expect(shell.read("images/0/oci-layout")).toBe("java/base\n");
        expect(shell.read("images/1/oci-layout")).toBe("java/debug\n");
        expect(shell.has("images/9")).toBe(false);
    });

    test("may leave other files beside the layouts", () => {
        expect(build(`${BOTH}; echo log > "$OUTPUT/log"`).code).toBe(0);
    });

    test.each([
        ["makes nothing", "true", "java/base is missing; java/debug is missing"],
        ["makes one too few", layout("java/base"), "java/debug is missing"],
        ["makes one too many", `${BOTH}; ${layout("java/other")}`, "java/other is not declared"],
        ["makes one in another", `${BOTH}; ${layout("java/base/in")}`, "java/base/in is not declared"],
        ["makes one of OUTPUT itself", `${BOTH}; echo > "$OUTPUT/oci-layout"`, "OUTPUT itself is not declared"],
        ["makes one under a name of two lines", `${BOTH}; ${layout("a\nb")}`, "is not declared"],
        ["leaves a link", `${BOTH}; ln -s /etc "$OUTPUT/etc"`, "neither file nor directory"],
        ["leaves a pipe", `${BOTH}; mkfifo "$OUTPUT/pipe"`, "neither file nor directory"],
        ["puts a link in OUTPUT's place", 'rm -r "$OUTPUT"; ln -s . "$OUTPUT"', "no directory at OUTPUT"],
        ["takes OUTPUT away", 'rm -r "$OUTPUT"', "no directory at OUTPUT"],
        ["fails", `${BOTH}; exit 3`, "./build-images failed"],
    ])("is refused when it %s", (_what, script, says) => {
        const outcome = build(script);
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(existsSync(shell.path("images/0"))).toBe(false);
    });

    test("must be there and be executable", () => {
        expect(build(undefined).stderr).toContain("no executable file ./build-images");
        expect(build("true", 0o644).stderr).toContain("no executable file ./build-images");
    });

    test("cannot have images put elsewhere", () => {
        shell.write("elsewhere/kept", "");
        const link = `rm -rf "$WORKSPACE/images"; ln -s "$WORKSPACE/elsewhere" "$WORKSPACE/images"; ${BOTH}`;
        expect(build(link).code).toBe(0);
        expect(shell.has("elsewhere/0")).toBe(false);
        expect(shell.has("elsewhere/kept")).toBe(true);
    });
});
