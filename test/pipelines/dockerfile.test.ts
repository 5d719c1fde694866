import { PIPELINES } from "../../pipelines/catalog";
import { dockerfilePipeline } from "../../pipelines/dockerfile";
import { task } from "../../pipelines/tekton";
import { DOCKERFILE_ARGS, dockerfileTaskOf, pinned } from "./values";

const { pipeline, tasks, runTemplate } = dockerfilePipeline(DOCKERFILE_ARGS);
const build = dockerfileTaskOf("build").spec;

/** What a step of the build mounts: volumes, and workspaces of which none is mounted unless it is named. */
function seenBy(name: string): string[] {
    const step = build.steps.find((candidate) => candidate.name === name);
    return [
        ...(step?.volumeMounts ?? []).map((mount) => `${mount.name}${mount.readOnly === true ? " (read only)" : ""}`),
        ...(step?.workspaces ?? []).map((workspace) => workspace.name),
    ];
}

describe("pipeline dockerfile", () => {
    test("clones, then builds, then pushes, and takes its type hints from clone and push", () => {
        expect(pipeline.spec.tasks.map(({ name, runAfter }) => [name, runAfter])).toEqual([
            ["clone", undefined],
            ["build", ["clone"]],
            ["push", ["build"]],
        ]);
        expect(pipeline.spec.results?.map(({ value }) => value)).toEqual([
            "$(tasks.clone.results.CHAINS-GIT_URL)",
            "$(tasks.clone.results.CHAINS-GIT_COMMIT)",
            "$(tasks.push.results.IMAGES)",
        ]);
        expect(runTemplate.namePrefix).toBe("dockerfile-");
    });

    test("lets a build see the source, which it cannot change, its own layout and no credential", () => {
        expect(seenBy("build-0")).toEqual(["layout-0", "registry-ca (read only)", "source"]);
        expect(seenBy("build-1")).toEqual(["layout-1", "registry-ca (read only)", "source"]);
        expect(seenBy("collect")).toEqual(["layout-0 (read only)", "layout-1 (read only)", "workspace"]);
        expect(build.workspaces).toEqual([
            { name: "source", description: expect.any(String) as string, mountPath: "/workspace", readOnly: true },
            { name: "workspace", description: expect.any(String) as string },
        ]);
        expect(build.volumes?.filter((volume) => "secret" in volume)).toEqual([]);
    });

    test("has the source in place of the directory that all steps could write to", () => {
        const placed = build.steps.map(({ name, workspaces = [] }) => [name, workspaces.map((one) => one.mountPath)]);
        expect(placed).toEqual([
            ["build-0", ["/workspace"]],
            ["build-1", ["/workspace"]],
            ["collect", ["/workspace/workspace"]],
        ]);
    });

    test("runs nothing but the builds as root, with no more than they need", () => {
        const steps = tasks.flatMap(({ spec }) => spec.steps);
        const root = steps.filter(({ securityContext }) => securityContext.runAsUser === 0);
        expect(root.map(({ name }) => name)).toEqual(["build-0", "build-1"]);
        for (const { securityContext } of root) {
            expect(securityContext).toEqual({
                allowPrivilegeEscalation: false,
                capabilities: {
                    add: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP", "SETGID", "SETUID"],
                    drop: ["ALL"],
                },
                readOnlyRootFilesystem: false,
                runAsGroup: 0,
                runAsNonRoot: false,
                runAsUser: 0,
                seccompProfile: { type: "RuntimeDefault" },
            });
        }
        for (const { securityContext } of steps.filter((step) => !root.includes(step))) {
            expect(securityContext).toMatchObject({ runAsNonRoot: true, capabilities: { drop: ["ALL"] } });
        }
        expect(runTemplate.spec.taskRunTemplate.podTemplate.securityContext.runAsNonRoot).toBe(true);
    });

    test("says of each kind which Pod Security level it needs", () => {
        expect([PIPELINES.dockerfile.podSecurity, PIPELINES.ko.podSecurity]).toEqual(["baseline", "restricted"]);
    });

    test("asks the scheduler for no more when it builds more images, one after another", () => {
        const memory = (count: number): number => {
            const dockerfiles = Array.from({ length: count }, (_, index) => ({
                dockerfile: "Dockerfile",
                context: ".",
                image: `registry.test/${String(index)}`,
            }));
            return dockerfileTaskOf("build", { ...DOCKERFILE_ARGS, dockerfiles })
                .spec.steps.filter(({ name }) => name.startsWith("build-"))
                .reduce((sum, step) => sum + Number.parseInt(step.computeResources.requests.memory, 10), 0);
        };
        expect([memory(1), memory(4)]).toEqual([1024, 1024]);
    });

    test.each([
        ["no Dockerfile", [], "name at least one"],
        ["a path out of the repository", [{ dockerfile: "a/../../b", context: "." }], "is no path in the repository"],
        ["an absolute path", [{ dockerfile: "Dockerfile", context: "/etc" }], "is no path in the repository"],
        ["an option in place of a path", [{ dockerfile: "--x", context: "." }], "is no path in the repository"],
        ["a path with a shell command", [{ dockerfile: "$(id)", context: "." }], "is no path in the repository"],
        [
            "a mirror that would be two",
            [{ dockerfile: "Dockerfile", context: ".", mirrors: { "docker.io": "a.test;quay.io=b.test" } }],
            "cannot have the mirror",
        ],
        [
            "a mirror of what is no host",
            [{ dockerfile: "Dockerfile", context: ".", mirrors: { "docker.io=x": "a.test" } }],
            "cannot have the mirror",
        ],
    ])("refuses %s", (_what, given, says) => {
        const dockerfiles = given.map((one) => ({ ...one, image: "registry.test/a" }));
        expect(() => dockerfilePipeline({ ...DOCKERFILE_ARGS, dockerfiles })).toThrow(says);
    });

    test("refuses an image whose shell the first base image would overwrite", () => {
        const kaniko = { image: pinned("tools.test/kaniko"), shell: "/bin/sh" as const };
        const images = { ...DOCKERFILE_ARGS.images, kaniko };
        expect(() => dockerfilePipeline({ ...DOCKERFILE_ARGS, images })).toThrow("use one with /busybox/sh");
    });

    test("survives a JSON round trip, byte for byte", () => {
        const text = JSON.stringify(dockerfilePipeline(DOCKERFILE_ARGS));
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
    });
});

describe("an image of the settings", () => {
    const { image } = PIPELINES.dockerfile;

    test("is the Dockerfile at the repository's root unless another is named", () => {
        expect(image.parse({ name: "app" })).toEqual({
            name: "app",
            dockerfile: "Dockerfile",
            context: ".",
            mirrors: {},
        });
    });

    test.each([{ dockerfile: "../Dockerfile" }, { context: "a/.." }, { mirrors: { hub: "a.test" } }, { other: 1 }])(
        "is refused with %j",
        (wrong) => {
            expect(image.safeParse({ name: "app", ...wrong }).success).toBe(false);
        },
    );
});

describe("a workspace that one step names", () => {
    test("is none of another step's", () => {
        const step = {
            image: pinned("tools.test/sh"),
            shell: "/bin/sh",
            script: "true",
            mounts: [],
            requests: { cpu: "1", memory: "1Gi" },
        } as const;
        const made = (workspaces: readonly string[]) => () =>
            task({
                name: "t",
                description: "",
                params: {},
                results: {},
                workspaces: { w: "" },
                steps: (scope) => [
                    { ...step, name: "one", env: { W: scope.workspaces.w.path }, workspaces: ["w"] },
                    { ...step, name: "two", env: { W: scope.workspaces.w.path }, workspaces },
                ],
            });
        expect(made(["w"])).not.toThrow();
        expect(made([])).toThrow("that the Task declares and the step sees");
    });
});
