import { koPipeline } from "../../pipelines/ko";
import { pipelineRun } from "../../pipelines/run";
import { KO_ARGS, scripted, stepOf, taskIn, taskOf } from "./values";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const built = koPipeline(KO_ARGS);
const { pipeline, tasks, runTemplate } = built;
const run = pipelineRun(runTemplate, { url: "https://git.test/app.git", commit: COMMIT });

/** Names of the Secrets that the pods of a pipeline task mount. */
function secretsOf(name: string): string[] {
    return (taskOf(name).spec.volumes ?? []).flatMap((volume) =>
        "secret" in volume ? [volume.secret.secretName] : [],
    );
}

describe("pipeline ko", () => {
    test("clones, then builds, then pushes", () => {
        expect(pipeline.spec.tasks.map(({ name, runAfter }) => [name, runAfter])).toEqual([
            ["clone", undefined],
            ["build", ["clone"]],
            ["push", ["build"]],
        ]);
    });

    test("names its Tasks through the cluster resolver, by kind, name and namespace", () => {
        expect(pipeline.spec.tasks.map(({ taskRef }) => taskRef)).toEqual(
            tasks.map(({ metadata }) => ({
                resolver: "cluster",
                params: [
                    { name: "kind", value: "task" },
                    { name: "name", value: metadata.name },
                    { name: "namespace", value: "builds" },
                ],
            })),
        );
    });

    test("takes its type hints from the tasks that know them", () => {
        expect(pipeline.spec.results?.map(({ name, value }) => [name, value])).toEqual([
            ["CHAINS-GIT_URL", "$(tasks.clone.results.CHAINS-GIT_URL)"],
            ["CHAINS-GIT_COMMIT", "$(tasks.clone.results.CHAINS-GIT_COMMIT)"],
            ["IMAGES", "$(tasks.push.results.IMAGES)"],
        ]);
    });

    test("mounts the registry credential in the push alone", () => {
        expect(secretsOf("clone")).toEqual([]);
        expect(secretsOf("build")).toEqual([]);
        expect(secretsOf("push")).toEqual(["registry-credentials"]);
    });

    test("runs every step without privileges", () => {
        const steps = tasks.flatMap(({ spec }) => spec.steps);
        expect(steps).toHaveLength(3);
        for (const step of steps) {
            expect(step.securityContext).toEqual({
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
                runAsGroup: 65532,
                runAsNonRoot: true,
                runAsUser: 65532,
                seccompProfile: { type: "RuntimeDefault" },
            });
        }
    });

    test("survives a JSON round trip, byte for byte, and is the same when made again", () => {
        const text = JSON.stringify(koPipeline(KO_ARGS));
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
        expect(JSON.stringify(built)).toBe(text);
    });

    test("runs each script by the shell that its image has", () => {
        const { image } = KO_ARGS.images.crane;
        const args = { ...KO_ARGS, images: { ...KO_ARGS.images, crane: { image, shell: "/busybox/sh" as const } } };
        const shells = ["clone", "build", "push"].map((name) => taskOf(name, args).spec.steps[0]?.command.slice(0, 2));
        expect(shells).toEqual(["/bin/sh", "/bin/sh", "/busybox/sh"].map((shell) => [shell, "-c"]));
    });

    test("gets another name when an image changes", () => {
        const other = koPipeline({ ...KO_ARGS, images: { ...KO_ARGS.images, crane: scripted("tools.test/other") } });
        expect(other.pipeline.metadata.name).not.toBe(pipeline.metadata.name);
        expect(other.tasks[0]?.metadata.name).toBe(tasks[0]?.metadata.name);
    });

    test("can be planned with an image whose digest is not known", () => {
        const planned = koPipeline({
            ...KO_ARGS,
            images: { ...KO_ARGS.images, git: { image: "tools.test/git@unresolved", shell: "/bin/sh" } },
        });
        expect(planned.tasks[0]?.spec.steps[0]?.image).toBe("tools.test/git@unresolved");
    });

    test.each([
        ["no package", [], "name at least one"],
        [
            "an option in place of a package",
            [{ importPath: "-toolexec=x", image: "registry.test/a" }],
            "is no Go package",
        ],
        ["a package with a shell command", [{ importPath: "./$(id)", image: "registry.test/a" }], "is no Go package"],
        ["a test with a blank", [{ importPath: "./a", image: "registry.test/a", test: ["./a b"] }], "is no Go package"],
        ["a repository with a tag", [{ importPath: "./a", image: "registry.test/a:1" }], "without a tag or digest"],
        ["a repository without a host", [{ importPath: "./a", image: "library/a" }], "<registry host[:port]>"],
        [
            "one repository for two images",
            [
                { importPath: "./a", image: "registry.test/a" },
                { importPath: "./b", image: "registry.test/a" },
            ],
            "a repository of its own",
        ],
    ])("refuses %s", (_what, packages, says) => {
        expect(() => koPipeline({ ...KO_ARGS, packages })).toThrow(says);
    });

    test("builds an index for several platforms, and says so of what it pushes", () => {
        const platforms = ["linux/amd64", "linux/arm64"];
        const many = koPipeline({ ...KO_ARGS, platforms });
        const { env } = stepOf(taskIn(many, "build"), {});
        expect(env["PLATFORMS"]).toBe("linux/amd64,linux/arm64");
        expect(many.images).toEqual(["one", "two"].map((name) => ({ repository: `registry.test/${name}`, platforms })));
        expect(stepOf(taskIn(many, "push"), {}).env["IMAGES"]).toBe(
            "images/0 registry.test/one 2\nimages/1 registry.test/two 2",
        );
    });
});

describe("a run of pipeline ko", () => {
    test("names the Pipeline through the cluster resolver and carries url and commit as params", () => {
        expect(run.spec.pipelineRef).toEqual({
            resolver: "cluster",
            params: [
                { name: "kind", value: "pipeline" },
                { name: "name", value: pipeline.metadata.name },
                { name: "namespace", value: "builds" },
            ],
        });
        expect(run.spec.params).toEqual([
            { name: "url", value: "https://git.test/app.git" },
            { name: "commit", value: COMMIT },
        ]);
    });

    test("builds and pushes under two identities, with no API token", () => {
        expect(run.spec.taskRunSpecs).toEqual([
            { pipelineTaskName: "clone", serviceAccountName: "builder" },
            { pipelineTaskName: "build", serviceAccountName: "builder" },
            { pipelineTaskName: "push", serviceAccountName: "pusher" },
        ]);
        expect(run.spec.taskRunTemplate.serviceAccountName).toBe("builder");
        expect(run.spec.taskRunTemplate.podTemplate.automountServiceAccountToken).toBe(false);
    });

    test("has a volume claim of its own, of the wanted size and class", () => {
        const { runTemplate: fast } = koPipeline({ ...KO_ARGS, storageClass: "fast", workspaceSize: "3Gi" });
        expect(fast.spec.workspaces).toEqual([
            {
                name: "source",
                volumeClaimTemplate: {
                    spec: {
                        accessModes: ["ReadWriteOnce"],
                        storageClassName: "fast",
                        resources: { requests: { storage: "3Gi" } },
                    },
                },
            },
        ]);
        expect(JSON.stringify(run)).not.toContain("storageClassName");
    });

    test("is named by its commit", () => {
        expect(run.metadata).toMatchObject({ name: `ko-${COMMIT}`, namespace: "builds" });
    });

    test("gives its volume back when it has ended", () => {
        expect(run.metadata.annotations).toEqual({ "tekton.dev/auto-cleanup-pvc": "true" });
    });

    test.each(["", "30", "1d", "30 m"])("refuses the timeout %j", (timeout) => {
        expect(() => koPipeline({ ...KO_ARGS, timeout })).toThrow("is no timeout");
    });

    test("takes a timeout in hours, minutes and seconds", () => {
        expect(koPipeline({ ...KO_ARGS, timeout: "1h30m" }).runTemplate.spec.timeouts).toEqual({ pipeline: "1h30m" });
        expect(runTemplate.spec.timeouts).toEqual({ pipeline: "30m" });
    });
});
