import { Shell } from "./shell";
import { KO_ARGS, stepOf, taskOf } from "./values";

describe("the build step", () => {
    let shell: Shell;
    afterEach(() => {
        shell.remove();
    });

    function build(programs: { readonly go?: string; readonly ko?: string }) {
        shell = new Shell({ go: "true", ko: "true", ...programs });
        shell.write("source/go.mod", "module test\n");
        shell.write("images/9/left-over", "");
        const { script, env } = stepOf(taskOf("build"), { "workspaces.workspace.path": shell.directory });
        return shell.run(script, env);
    }

    test("tests first, then builds every package into a layout of its own, pushing nothing", () => {
        expect(build({})).toMatchObject({ code: 0 });
        const options = `--platform linux/amd64 --sbom none`;
        expect(shell.calls()).toEqual([
            "go test ./...",
            `ko build --push=false --oci-layout-path ${shell.path("images/0")} ${options} ./cmd/one`,
            `ko build --push=false --oci-layout-path ${shell.path("images/1")} ${options} ./cmd/two`,
        ]);
        expect(shell.has("images/9")).toBe(false);
    });

    test("builds nothing when a test fails", () => {
        const outcome = build({ go: "exit 1" });
        expect(outcome).toMatchObject({ code: 1, stderr: "ko-image: the tests of ./... do not pass\n" });
        expect(shell.calls()).toEqual(["go test ./..."]);
    });

    test("fails when the second package cannot be built, and goes through the whole list although ko reads its input", () => {
        const outcome = build({ ko: 'cat > /dev/null; case "$*" in *two) exit 1 ;; esac' });
        expect(outcome).toMatchObject({ code: 1, stderr: "ko-image: ./cmd/two cannot be built\n" });
        expect(shell.calls()).toHaveLength(3);
    });

    test("hands ko settings of its own, which are empty, whatever the source brings", () => {
        const ko = `[ "$KO_CONFIG_PATH" = "$WORKSPACE/ko.yaml" ] && [ -f "$KO_CONFIG_PATH" ] && [ ! -s "$KO_CONFIG_PATH" ]`;
        // A test of the source may have written there before.
        expect(build({ go: `echo "defaultBaseImage: evil.test/base" > "$WORKSPACE/ko.yaml"`, ko })).toMatchObject({
            code: 0,
        });
    });

    test("needs no test to be named", () => {
        shell = new Shell({ go: "true", ko: "true" });
        shell.write("source/go.mod", "module test\n");
        const packages = [{ importPath: "./cmd/one", image: "registry.test/one" }];
        const { script, env } = stepOf(taskOf("build", { ...KO_ARGS, packages }), {
            "workspaces.workspace.path": shell.directory,
        });
        expect(shell.run(script, env)).toMatchObject({ code: 0 });
        expect(shell.calls()).toHaveLength(1);
    });

    test("is told to leave out what differs from build to build, and to fetch nothing", () => {
        const { env } = stepOf(taskOf("build"), { "workspaces.workspace.path": "/w" });
        expect(env).toMatchObject({
            KO_DEFAULTBASEIMAGE: KO_ARGS.baseImage,
            SOURCE_DATE_EPOCH: "0",
            GOFLAGS: "-mod=vendor -trimpath -buildvcs=false",
            GOPROXY: "off",
        });
        expect(Object.keys(env)).not.toContain("DOCKER_CONFIG");
    });
});
