import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";

import { Shell } from "./shell";
import { DOCKERFILE_ARGS, dockerfileTaskOf, stepOf } from "./values";

/** Leaves what kaniko would, as root would: readable by itself alone. */
const KANIKO = `while [ "$1" != --oci-layout-path ]; do shift; done
umask 077; mkdir -p "$2/blobs/sha256"; echo "{}" > "$2/index.json"`;

const ONE = { dockerfile: "Dockerfile", context: ".", image: "registry.test/one" };

let shell: Shell;
afterEach(() => {
    shell.remove();
});

describe("a build step", () => {
    /** @param change - to the workspace, before the step runs */
    function build(options: { readonly kaniko?: string; readonly step?: number; readonly change?: () => void } = {}) {
        shell = new Shell({});
        shell.write(
            "kaniko/executor",
            `#!/bin/sh\nprintf '%s\\n' "$*" >> "${shell.path("calls")}"\n${options.kaniko ?? KANIKO}\n`,
        );
        execFileSync("chmod", ["755", shell.path("kaniko/executor")]);
        shell.write("workspace/source/Dockerfile", "FROM scratch\n");
        shell.write("workspace/source/two/Dockerfile", "FROM scratch\n");
        shell.write("workspace/source/.git/index", "now\n");
        mkdirSync(shell.path("layout"));
        options.change?.();
        return run(`build-${String(options.step ?? 0)}`);
    }

    function run(name: string, args = DOCKERFILE_ARGS) {
        const { script, env } = stepOf(
            dockerfileTaskOf("build", args),
            { "workspaces.source.path": shell.path("workspace") },
            name,
        );
        return shell.run(script, { ...env, KANIKO_DIR: shell.path("kaniko"), LAYOUT: shell.path("layout") });
    }

    test("has kaniko build its own Dockerfile into its own layout, reproducibly, pushing nothing", () => {
        expect(build({ step: 1 })).toMatchObject({ code: 0, stderr: "" });
        const source = shell.path("kaniko/source");
        expect(shell.calls()).toEqual([
            `--dockerfile ${source}/two/Dockerfile --context dir://${source}/two --custom-platform linux/amd64 ` +
                `--no-push --oci-layout-path ${shell.path("layout")} --reproducible --force ` +
                "--ignore-path /busybox --ignore-var-run=false --log-format text",
        ]);
    });

    test("leaves a layout that a user who is not root can read", () => {
        build();
        expect(statSync(shell.path("layout/index.json")).mode & 0o044).toBe(0o044);
        expect(statSync(shell.path("layout/blobs")).mode & 0o055).toBe(0o055);
    });

    test("gives kaniko a copy of the source without git's own files, whose modes are always the same", () => {
        const change = (): void => {
            for (const [file, mode] of [
                ["Dockerfile", 0o660],
                ["run.sh", 0o771],
            ] as const) {
                writeFileSync(shell.path(`workspace/source/${file}`), "");
                execFileSync("chmod", [mode.toString(8), shell.path(`workspace/source/${file}`)]);
            }
            execFileSync("chmod", ["2770", shell.path("workspace/source/two")]);
            symlinkSync("run.sh", shell.path("workspace/source/link"));
        };
        expect(build({ change })).toMatchObject({ code: 0 });
        const copy = shell.path("kaniko/source");
        expect(readdirSync(copy).sort()).toEqual(["Dockerfile", "link", "run.sh", "two"]);
        expect(readlinkSync(`${copy}/link`)).toBe("run.sh");
        const modeOf = (name: string): number => statSync(`${copy}/${name}`).mode & 0o7777;
        expect(["Dockerfile", "run.sh", "two"].map(modeOf)).toEqual([0o644, 0o755, 0o755]);
        expect(shell.has("workspace/source/.git/index")).toBe(true);
    });

    test("asks mirrors alone for what they mirror", () => {
        build();
        const mirrors = { "docker.io": "mirror.test:5000/hub", "quay.io": "mirror.test" };
        run("build-0", { ...DOCKERFILE_ARGS, dockerfiles: [{ ...ONE, mirrors }] });
        expect(shell.calls()[1]).toContain(
            "--registry-map index.docker.io=mirror.test:5000/hub;quay.io=mirror.test --skip-default-registry-fallback",
        );
        expect(shell.calls()[0]).not.toContain("--registry-map");
    });

    test.each([
        [
            "kaniko fails",
            "exit 1",
            0,
            "Dockerfile cannot be built. If it says that something is read only: choose a directory outside SOURCE",
        ],
        ["there is no such Dockerfile", KANIKO, 2, "the source has no file three/Dockerfile"],
        ["there is no such context", KANIKO, 3, "the source has no directory three"],
    ])("fails when %s", (_what, kaniko, step, says) => {
        build();
        shell.write("kaniko/executor", `#!/bin/sh\n${kaniko}\n`);
        const dockerfiles = [
            ...DOCKERFILE_ARGS.dockerfiles,
            { ...ONE, dockerfile: "three/Dockerfile", image: "registry.test/three" },
            { ...ONE, context: "three", image: "registry.test/four" },
        ];
        const outcome = run(`build-${String(step)}`, { ...DOCKERFILE_ARGS, dockerfiles });
        const said = says.replace("SOURCE", shell.path("workspace"));
        expect(outcome).toMatchObject({ code: 1, stderr: `dockerfile-image: ${said}\n` });
    });
});

describe("the collecting step", () => {
    /** @param index - of the layout to which `change` is made before it is collected */
    function collect(change: (directory: string) => void = () => undefined, programs: Record<string, string> = {}) {
        shell = new Shell(programs);
        for (const index of [0, 1]) {
            shell.write(`layouts/${String(index)}/index.json`, String(index));
        }
        shell.write("images/9/left-over", "");
        change(shell.path("layouts/1"));
        const task = dockerfileTaskOf("build");
        const { script, env } = stepOf(task, { "workspaces.workspace.path": shell.directory }, "collect");
        const there = (env["LAYOUTS"] ?? "").replaceAll("/layouts/", `${shell.path("layouts")}/`);
        return shell.run(script, { ...env, LAYOUTS: there });
    }

    test("takes every layout to its place, and nothing else stays there", () => {
        expect(collect()).toMatchObject({ code: 0, stderr: "" });
        expect(readdirSync(shell.path("images")).sort()).toEqual(["0", "1"]);
        expect([shell.read("images/0/index.json"), shell.read("images/1/index.json")]).toEqual(["0", "1"]);
    });

    test("refuses a layout that it cannot search, for a link may be hidden there", () => {
        const outcome = collect(undefined, { find: "exit 1" });
        expect([outcome.code, outcome.stderr]).toEqual([1, "dockerfile-image: images/0 cannot be searched\n"]);
    });

    test.each<{ what: string; change: (directory: string) => void }>([
        {
            what: "a link",
            change: (directory) => {
                symlinkSync("/etc/passwd", `${directory}/link`);
            },
        },
        {
            what: "a pipe",
            change: (directory) => {
                execFileSync("mkfifo", [`${directory}/pipe`]);
            },
        },
    ])("refuses a layout with $what in it", ({ change }) => {
        expect(collect(change)).toMatchObject({
            code: 1,
            stderr: "dockerfile-image: images/1 holds something that is neither file nor directory\n",
        });
    });
});
