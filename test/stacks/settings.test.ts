import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { PIPELINES } from "../../pipelines/catalog";
import { PROJECT_FOLDER } from "../../plan/project";
import { readStackFile } from "../../plan/stack";
import { buildOf } from "../../stacks/build";
import { loadContent } from "../../stacks/content";
import { entryOf } from "../../stacks/repositories";
import { parseSettings, SettingsError, settingsSchema, type Settings } from "../../stacks/settings";

const good = readStackFile("local", PROJECT_FOLDER);
const NAME_SERVERS = ["10.244.0.0/16"];
const [entry = {}] = good["repositories"] as Record<string, unknown>[];

/** The committed settings with another first repository, and no second. */
function withEntry(changed: Record<string, unknown>): Record<string, unknown> {
    return { ...good, repositories: [{ ...entry, ...changed }] };
}

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
        expect(parseSettings("local", good)).toMatchObject({
            repositories: [
                { name: "crane", branch: "main", workspaceSize: "2Gi" },
                { name: "hello", branch: "main", images: [{ name: "hello", test: ["."] }] },
                { name: "page", branch: "main", images: [{ name: "page", dockerfile: "Dockerfile", context: "." }] },
            ],
            registrySize: "10Gi",
            imageMirrors: {},
        });
    });

    it("finds no address in the committed stack that kubeadm, kind and minikube give to API or name server", () => {
        const { registryAddress, transparencyLogAddress } = parseSettings("local", good);
        for (const address of [registryAddress, transparencyLogAddress]) {
            expect(address).not.toMatch(/^10\.96\.0\.(?:1|10):/);
        }
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

    it("says of a missing key what it must be", () => {
        const { builderId: _builderId, repositories: _repositories, ...rest } = good;
        expect(problemsOf(rest).problems).toEqual([
            expect.objectContaining({
                key: "repositories",
                given: "nothing",
                allowed: "must name at least one source repository",
            }),
            expect.objectContaining({
                key: "builderId",
                given: "nothing",
                allowed: expect.stringContaining("must be an https URL") as unknown,
            }),
        ]);
    });

    it("takes an empty text for a setting that is left out", () => {
        expect(parseSettings("local", { ...good, storageClass: "" }).storageClass).toBeUndefined();
        expect(parseSettings("local", { ...good, storageClass: "fast" }).storageClass).toBe("fast");
    });

    it("names every wrong key at once, with what was given, what is allowed and how to mend it", () => {
        const { kubeconfig: _kubeconfig, ...rest } = good;
        const error = problemsOf({
            ...rest,
            registryAddress: "registry",
            repositories: [
                { ...entry, branch: "release/*", images: [{ importPath: "/etc", name: "Crane" }], imagse: [] },
                { ...entry, pipeline: "make" },
            ],
            registrySise: "1Gi",
        });
        expect(error.problems.map(({ key }) => key).sort()).toEqual([
            "kubeconfig",
            "registryAddress",
            "registrySise",
            "repositories.0.branch",
            "repositories.0.images.0.importPath",
            "repositories.0.images.0.name",
            "repositories.0.imagse",
            "repositories.1.pipeline",
        ]);
        const branch = error.problems.find(({ key }) => key === "repositories.0.branch");
        expect(branch).toEqual({
            key: "repositories.0.branch",
            given: '"release/*"',
            allowed: "must be one branch name, without wildcards",
            cure: "pulumi config set --stack local --path 'slsa-build-platform:repositories[0].branch' VALUE (see docs/settings.md#repositories)",
        });
        expect(error.problems.find(({ key }) => key === "repositories.1.pipeline")?.allowed).toBe(
            `must be the name of a pipeline of pipelines/catalog.ts: ${Object.keys(PIPELINES).join(", ")}`,
        );
        expect(error.message).toContain("8 wrong setting(s) in stack local");
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
        ["a text in one line of JSON", '{"users":[{"user":{"token":"hush"}}]}', "an object"],
        ["a text that is nearly JSON", "{users:[{user:{token:hush}}]} ", "a text with {"],
        ["a text of several lines", "users:\n- token: hush", "a text of several lines"],
        ["a text as long as a file", "hush".repeat(100), "a text of 400 characters"],
        ["an object", { token: "hush" }, "an object"],
        ["a list of objects", [{ token: "hush" }], "a list of 1 value(s), not all of them plain"],
        ["a list of texts", ["{token: hush}"], "[a text with {]"],
        ["a URL with a password", "https://me:hush@example.com/", '"https://[credential]@example.com/"'],
    ])("does not repeat what may hold a credential: %s", (_what, value, given) => {
        const error = problemsOf({ ...good, registrySize: value });
        expect(error.problems.map((problem) => problem.given)).toEqual([given]);
        expect(error.message).not.toContain("hush");
    });

    it.each(["toString", "constructor", "__proto__"])("names the key %s, which no setting has, as any other", (key) => {
        const settings = Object.fromEntries([...Object.entries(good), [key, "text"]]);
        expect(problemsOf(settings).problems).toMatchObject([{ key, given: "a key that nothing reads" }]);
    });

    it.each([
        ["a builder id that names no platform", { builderId: "https://tekton.dev/chains/v2" }],
        ["a builder id of Tekton's in capitals", { builderId: "https://TEKTON.dev/chains/v2" }],
        ["a builder id of Tekton's without path", { builderId: "https://tekton.dev" }],
        ["a builder id of Tekton's with port", { builderId: "https://tekton.dev:443/v2" }],
        ["a builder id of Tekton's with the root's dot", { builderId: "https://tekton.dev./v2" }],
        ["a builder id of Tekton's with a user", { builderId: "https://example.com@tekton.dev/v2" }],
        ["a builder id of Tekton's, encoded", { builderId: "https://tekton%2Edev/v2" }],
        ["a builder id of Tekton's with a third slash", { builderId: "https:///tekton.dev/v2" }],
        ["a builder id below Tekton's name", { builderId: "https://builds.tekton.dev/v2" }],
        ["a mirror without digest", { imageMirrors: { "example.com/a:1@unresolved": "example.com/b:1" } }],
        ["a size without unit", { registrySize: "10" }],
        ["runs that are kept for no time", { keepVerifiedRuns: "0h" }],
        ["runs that are kept for seconds", { keepVerifiedRuns: "3600s" }],
        ["runs that are kept for less than a merge needs", { keepVerifiedRuns: "29m" }],
        ["runs that are kept without unit", { keepFailedRuns: "7" }],
        ["a size of five digits", { registrySize: "10000Gi" }],
        ["no repository", { repositories: [] }],
        ["the same repository twice", { repositories: [entry, entry] }],
        ["a storage class in capitals", { storageClass: "Fast" }],
        ["a storage class with a path", { storageClass: "a/b" }],
        ["a storage class that ends in a dot", { storageClass: "fast." }],
    ])("refuses %s", (_what, wrong) => {
        expect(problemsOf({ ...good, ...wrong }).problems).toHaveLength(1);
    });

    it.each([
        ["a name in capitals", { name: "App" }],
        ["a name with a dot", { name: "a.b" }],
        ["a name of 31 characters", { name: "a".repeat(31) }],
        ["a URL with a credential", { url: "https://user:word@example.com/app.git" }],
        ["a URL that no program reads", { url: "https://example.com:port/app.git" }],
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
        ["no egress to clone by", { cloneEgress: [] }],
        ["a size without unit", { workspaceSize: "10" }],
        ["no time to build", { timeout: "0m" }],
        ["a time without unit", { timeout: "30" }],
        ["an import path above the repository", { images: [{ importPath: "./a/../../b", name: "a" }] }],
        ["an import path that is its parent", { images: [{ importPath: "./..", name: "a" }] }],
        ["an import path with Go's wildcard", { images: [{ importPath: "./...", name: "a" }] }],
        ["an import path with Go's wildcard in a name", { images: [{ importPath: "./cmd/a...", name: "a" }] }],
    ])("refuses a repository with %s", (_what, wrong) => {
        expect(problemsOf(withEntry({ url: "http://10.0.0.1/app.git", ...wrong })).problems).toHaveLength(1);
    });

    it.each([
        "10.96.0.256:5000",
        "10.96.0:5000",
        "10.96.0.0.80:5000",
        "10.96.0.080:5000",
        "1234:5000",
        "registry.10:5000",
        "0x7f:5000",
        "10.96.0.80",
        "10.96.0.80:",
        "10.96.0.80:0",
        "10.96.0.80:05000",
        "10.96.0.80:65536",
        "registry..example.com:5000",
        "-registry.example.com:5000",
        ":5000",
    ])("refuses the address %s", (address) => {
        for (const key of ["registryAddress", "transparencyLogAddress"]) {
            expect(problemsOf({ ...good, [key]: address }).problems).toMatchObject([{ key, given: `"${address}"` }]);
        }
    });

    it.each(["10.96.0.80:1", "255.255.255.255:65535", "registry.example.com:5000", "a-1.b2:443", "localhost:5000"])(
        "accepts the address %s",
        (address) => {
            const settings = { ...good, registryAddress: address, nameServers: NAME_SERVERS };
            expect(parseSettings("local", settings).registryAddress).toBe(address);
        },
    );

    it("refuses one host for registry and log, whatever else is wrong", () => {
        const shared = { registryAddress: "10.96.0.80:5000", transparencyLogAddress: "10.96.0.80:3000" };
        const error = problemsOf({ ...withEntry({ branch: "*" }), ...shared, registrySise: "1Gi" });
        expect(error.problems.map(({ key }) => key).sort()).toEqual([
            "registrySise",
            "repositories.0.branch",
            "transparencyLogAddress",
        ]);
        expect(error.message).toContain("must have another host than registryAddress");
    });

    it.each([
        ["a repository", withEntry({ url: "https://example.com/app.git" })],
        ["the registry", { ...good, registryAddress: "registry.example.com:5000" }],
    ])("wants name servers where %s has a name for a host, whatever else is wrong", (_what, settings) => {
        const { problems } = problemsOf({ ...settings, storageClass: "*" });
        expect(problems.map((problem) => problem.key).sort()).toEqual(["nameServers", "storageClass"]);
        expect(parseSettings("local", { ...settings, nameServers: NAME_SERVERS }).nameServers).toEqual(NAME_SERVERS);
    });

    it.each(["10.244.0.0", "10.244.0.0/7", "10.244.0/16", "10.244.0.256/32", "10.244.0.0/16:53"])(
        "refuses the name servers %s",
        (range) => {
            expect(problemsOf({ ...good, nameServers: [range] }).problems).toMatchObject([{ key: "nameServers.0" }]);
        },
    );

    it.each([
        "10.88.0.256/32:443",
        "10.88.0/24:443",
        "10.88.0.1/33:443",
        "10.88.0.1/08:443",
        "10.0.0.0/7:443",
        "0.0.0.0/0:443",
        "128.0.0.0/1:443",
        "10.88.0.1/32:0",
        "10.88.0.1/32:65536",
        "10.88.0.1/32",
        "example.com/32:443",
    ])("refuses the egress %s", (egress) => {
        for (const key of ["cloneEgress", "buildEgress"]) {
            expect(problemsOf(withEntry({ [key]: [egress] })).problems).toMatchObject([
                { key: `repositories.0.${key}.0`, given: `"${egress}"` },
            ]);
        }
    });

    it("accepts an egress to one address and to a large operator's range", () => {
        const buildEgress = ["10.88.0.1/32:443", "10.0.0.0/8:65535"];
        expect(parseSettings("local", withEntry({ buildEgress })).repositories[0]?.buildEgress).toEqual(buildEgress);
    });

    // One character at a time, so that what the pipeline refuses is refused here, together with all else that is wrong.
    it.each<[string, (url: string) => Record<string, unknown>]>([
        ["repository's URL", (url) => withEntry({ url })],
        ["builder id", (builderId) => ({ ...good, builderId })],
    ])("accepts no %s that the pipeline refuses", (_what, given) => {
        const content = loadContent(parseSettings("local", good), PROJECT_FOLDER, "plan");
        const printable = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));
        const accepted = printable.filter((character) => {
            const raw = { ...given(`https://example.com/a${character}b`), nameServers: NAME_SERVERS };
            let settings: Settings;
            try {
                settings = parseSettings("local", raw);
            } catch {
                return false;
            }
            for (const repository of settings.repositories) {
                expect(() => buildOf(repository, settings, content, "http://log")).not.toThrow();
            }
            return true;
        });
        expect(accepted.join("")).toMatch(/^[@A-Za-z0-9._~:/%+-]{70,71}$/);
    });
});

describe("an entry of a kind of pipeline", () => {
    const image = z.strictObject({ name: z.string() });
    const common = { name: "a", url: "https://example.com/a.git", cloneEgress: ["10.0.0.1/32:443"] };
    const given = { ...common, pipeline: "own", images: [{ name: "b" }] };

    it("has the kind's own settings, and those of no other", () => {
        const own = entryOf("own", { image, settings: { depth: z.int() } });
        expect(own.safeParse({ ...given, depth: 1 }).data).toMatchObject({ depth: 1, branch: "main" });
        expect(own.safeParse({ ...given, depth: "1" }).success).toBe(false);
        expect(own.safeParse({ ...given, depth: 1, platforms: ["linux/amd64"] }).success).toBe(false);
        expect(own.safeParse({ ...given, depth: 1, pipeline: "ko" }).success).toBe(false);
    });

    it.each(["tags", "images", "pipeline"])("cannot have %s as a setting of the kind's own", (key) => {
        expect(() => entryOf("own", { image, settings: { [key]: z.string() } })).toThrow(
            `The pipeline own has a setting "${key}", which every entry has: give its own another name.`,
        );
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
