import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT_FOLDER } from "../../plan/project";
import { readStackFile } from "../../plan/stack";
import { parseSettings, SettingsError, settingsSchema } from "../../stacks/settings";

const good = readStackFile("local", PROJECT_FOLDER);

function problemsOf(settings: Record<string, unknown>): SettingsError {
    try {
        parseSettings("local", settings);
    } catch (error) {
        if (error instanceof SettingsError) {
            return error;
        }
        throw error;
    }
    throw new Error("the settings were accepted");
}

describe("parseSettings", () => {
    it("accepts the committed stack and fills in defaults", () => {
        const { sourceBranch: _branch, ...rest } = good;
        expect(parseSettings("local", rest)).toMatchObject({
            sourceBranch: "main",
            registrySize: "10Gi",
            imageMirrors: {},
        });
    });

    it("reads structured values as the Pulumi engine hands them over, as JSON text", () => {
        const asText = Object.fromEntries(
            Object.entries(good).map(([key, value]) => [
                key,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        );
        expect(parseSettings("local", asText)).toEqual(parseSettings("local", good));
    });

    it("takes an empty text for a setting that is left out", () => {
        expect(parseSettings("local", { ...good, storageClass: "" }).storageClass).toBeUndefined();
        expect(parseSettings("local", { ...good, storageClass: "fast" }).storageClass).toBe("fast");
    });

    it("names every wrong key at once, with what was given, what is allowed and how to mend it", () => {
        const { kubeconfig: _kubeconfig, ...rest } = good;
        const error = problemsOf({
            ...rest,
            sourceBranch: "release/*",
            registryAddress: "registry",
            images: [{ importPath: "/etc", name: "Crane" }],
            registrySise: "1Gi",
        });
        expect(error.problems.map(({ key }) => key).sort()).toEqual([
            "images.0.importPath",
            "images.0.name",
            "kubeconfig",
            "registryAddress",
            "registrySise",
            "sourceBranch",
        ]);
        const branch = error.problems.find(({ key }) => key === "sourceBranch");
        expect(branch).toEqual({
            key: "sourceBranch",
            given: '"release/*"',
            allowed: "must be one branch name, without wildcards",
            cure: "pulumi config set --stack local 'slsa-build-platform:sourceBranch' VALUE (see docs/settings.md#sourcebranch)",
        });
        expect(error.message).toContain("6 wrong setting(s) in stack local");
    });

    it.each([
        ["YAML", "apiVersion: v1\nkind: Config\nusers: [{name: a, user: {token: hush}}]\n"],
        ["YAML without brackets", "apiVersion: v1\nusers:\n- name: a\n  user:\n    token: hush\n"],
        ["YAML in one line", "{users: [{name: a, user: {token: hush}}]}"],
        ["JSON in one line", JSON.stringify({ users: [{ name: "a", user: { token: "hush" } }] })],
        ["an object", { users: [{ name: "a", user: { token: "hush" } }] }],
        ["a text that is too long for a path", `hush${"x".repeat(4093)}`],
    ])("refuses a kubeconfig's content (%s), and does not repeat it", (_form, content) => {
        const error = problemsOf({ ...good, kubeconfig: content });
        expect(error.message).toContain("must be the path of a kubeconfig file");
        expect(error.message).toContain("given:   a text that is no path");
        expect(error.message).not.toContain("hush");
    });

    it.each([
        ["a URL with a credential", { sourceRepository: "https://user:word@example.com/app.git" }],
        ["a builder id that names no platform", { builderId: "https://tekton.dev/chains/v2" }],
        ["a mirror without digest", { imageMirrors: { "example.com/a:1@unresolved": "example.com/b:1" } }],
        [
            "the same image twice",
            {
                images: [
                    { importPath: ".", name: "a" },
                    { importPath: "./b", name: "a" },
                ],
            },
        ],
        ["no image", { images: [] }],
        ["an egress to everywhere", { cloneEgress: ["*"] }],
        ["a size without unit", { workspaceSize: "10" }],
    ])("refuses %s", (_what, wrong) => {
        expect(problemsOf({ ...good, ...wrong }).problems).toHaveLength(1);
    });
});

describe("the schema's three places", () => {
    const project = parse(readFileSync(join(PROJECT_FOLDER, "Pulumi.yaml"), "utf8")) as {
        config: Record<string, { type: string; default?: unknown }>;
    };
    const documented = [
        ...readFileSync(join(PROJECT_FOLDER, "docs/settings.md"), "utf8").matchAll(
            /^\| <a id="([^"]+)"><\/a>`([A-Za-z]+)` *\| ([a-z]+) /gm,
        ),
    ];
    const keys = Object.keys(settingsSchema.shape);

    it("know the same keys", () => {
        expect(Object.keys(project.config)).toEqual(keys);
        expect(documented.map(([, , key]) => key)).toEqual(keys);
        expect(documented.map(([, anchor]) => anchor)).toEqual(keys.map((key) => key.toLowerCase()));
    });

    it("know the same types", () => {
        expect(documented.map(([, , , type]) => type)).toEqual(keys.map((key) => project.config[key]?.type));
    });

    it("know the same defaults and required keys", () => {
        const required = Object.fromEntries(
            Object.entries(good).filter(([key]) => !("default" in (project.config[key] ?? {}))),
        );
        const fromSchema = parseSettings("local", required);
        const fromProject = parseSettings("local", {
            ...Object.fromEntries(
                Object.entries(project.config).flatMap(([key, { default: value }]) =>
                    value === undefined ? [] : [[key, value]],
                ),
            ),
            ...required,
        });
        expect(fromProject).toEqual(fromSchema);
        for (const key of Object.keys(required)) {
            const { [key]: _left, ...rest } = required;
            expect([key, problemsOf(rest).problems.map((problem) => problem.key)]).toEqual([key, [key]]);
        }
    });
});
