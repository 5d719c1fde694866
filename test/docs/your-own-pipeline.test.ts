import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { parse, stringify } from "yaml";
import type { TektonTask } from "../../pipelines/tekton";
import { PROJECT_FOLDER } from "../../plan/project";
import type { Verdict } from "../../requirements/requirement";
import type { Snapshot } from "../../requirements/snapshot";
import { ended } from "../cli/run-slsa";
import { HOSTILE, Shell } from "../pipelines/shell";
import { stepOf } from "../pipelines/values";
import { at, resourceLike } from "../snapshot-edit";

const DOCUMENT = readFileSync(join(PROJECT_FOLDER, "docs/your-own-pipeline.md"), "utf8");

/** The document's only block in a language. */
function block(language: string): string {
    const [found, ...more] = DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"));
    if (found?.[1] === undefined || more.length > 0) {
        throw new Error(`the document has not one block of ${language}`);
    }
    return found[1];
}

const FILE = block("ts");
const ENTRY = block("yaml");

/** A row of "What is refused": a change of the code, and what is said of it. */
interface Refusal {
    readonly from: string;
    readonly to: string;
    readonly by: string;
    readonly says: string;
    /** The kind with that change. */
    readonly kind: string;
}

const REFUSALS: readonly Refusal[] = [
    ...DOCUMENT.matchAll(/^\| `(.+?)` *\| `(.+?)` *\| `npm run (typecheck|slsa -- plan)` *\| `(.+?)` *\|$/gm),
].map(([, from = "", to = "", by = "", says = ""], index) => ({ from, to, by, says, kind: `row${String(index)}` }));
const atTypecheck = REFUSALS.filter(({ by }) => by === "typecheck");
const atPlan = REFUSALS.filter(({ by }) => by !== "typecheck");

/** Makes a row's change in the one block that has the text. */
function changed({ from, to }: Refusal): { readonly file: string; readonly entry: string } {
    if (`${FILE}${ENTRY}`.split(from).length !== 2) {
        throw new Error(`the document's code does not have once what its table replaces: ${from}`);
    }
    return { file: FILE.replace(from, () => to), entry: ENTRY.replace(from, () => to) };
}

/** The catalog with the document's lines, and with a kind for each row that compiles. */
function catalog(): string {
    let text = readFileSync(join(PROJECT_FOLDER, "pipelines/catalog.ts"), "utf8");
    let before = "";
    for (const line of block("diff").trimEnd().split("\n")) {
        if (line.startsWith("+")) {
            const kept = before.startsWith("-") ? "" : `${before.slice(1)}\n`;
            text = text.replace(before.slice(1), () => `${kept}${line.slice(1)}`);
        } else if (!text.split("\n").includes(line.slice(1))) {
            throw new Error(`pipelines/catalog.ts has no such line: ${line.slice(1)}`);
        }
        before = line;
    }
    const kinds = atPlan.map(({ kind }) => kind);
    return [
        ...kinds.map((kind) => `import { site as ${kind} } from "./kinds/${kind}";`),
        text.replace("site } as", `site, ${kinds.join(", ")} } as`),
    ].join("\n");
}

/** A fork of the project: its sources, with what the document adds. */
let fork: string;

beforeAll(() => {
    fork = mkdtempSync(join(tmpdir(), "slsa-fork-"));
    const sources = ["admission", "components", "locks", "pipelines", "plan", "requirements", "stacks"];
    for (const name of [
        ...sources,
        "names.ts",
        "package.json",
        "tsconfig.json",
        "Pulumi.yaml",
        "images.lock.json",
        "releases.lock.json",
    ]) {
        cpSync(join(PROJECT_FOLDER, name), join(fork, name), { recursive: true });
    }
    symlinkSync(join(PROJECT_FOLDER, "node_modules"), join(fork, "node_modules"));
    for (const [kind, text] of [["site", FILE], ...REFUSALS.map((row) => [row.kind, changed(row).file])]) {
        writeFileSync(join(fork, `pipelines/kinds/${kind ?? ""}.ts`), text ?? "");
    }
    writeFileSync(join(fork, "pipelines/catalog.ts"), catalog());
});

afterAll(() => {
    rmSync(fork, { recursive: true, force: true });
});

describe("the document's code, under the project's own compiler settings,", () => {
    let messages: (file: string) => string;

    beforeAll(() => {
        const settings = ts.readConfigFile(join(PROJECT_FOLDER, "tsconfig.json"), (path) => ts.sys.readFile(path));
        const { options } = ts.parseJsonConfigFileContent(
            settings.config,
            { ...ts.sys, readDirectory: () => [] },
            PROJECT_FOLDER,
        );
        const files = [
            ...["site", ...REFUSALS.map(({ kind }) => kind)].map((kind) => `pipelines/kinds/${kind}.ts`),
            "stacks/repositories.ts",
        ];
        const program = ts.createProgram(
            files.map((file) => join(fork, file)),
            { ...options, types: ["node"], typeRoots: [join(PROJECT_FOLDER, "node_modules/@types")] },
        );
        messages = (file) => {
            const source = program.getSourceFile(join(fork, file));
            return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
                .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
                .join("\n");
        };
    });

    it.each(["pipelines/kinds/site.ts", "pipelines/catalog.ts", "stacks/repositories.ts"])("compiles: %s", (file) => {
        expect(messages(file)).toBe("");
    });

    it.each(atTypecheck)("does not compile with $to", ({ kind, says }) => {
        expect(messages(`pipelines/kinds/${kind}.ts`)).toContain(says);
    });

    it.each(atPlan)("compiles with $to", ({ kind }) => {
        expect(messages(`pipelines/kinds/${kind}.ts`)).toBe("");
    });
});

/** crane, as far as the scripts need it: it keeps the layer, and writes a layout whose manifest names that. */
const CRANE = `case "$1" in
    registry) exec /bin/sleep 20 ;;
    append)
        while [ "$1" != --new_layer ]; do shift; done
        cp "$2" "$TMPDIR/pushed.tar"
        ;;
    pull)
        mkdir -p "$5/blobs/sha256"
        sha256sum < "$TMPDIR/pushed.tar" > "$TMPDIR/manifest"
        digest=$(sha256sum < "$TMPDIR/manifest")
        cp "$TMPDIR/manifest" "$5/blobs/sha256/\${digest%% *}"
        printf '{"manifests":[{"digest":"sha256:%s"}]}' "\${digest%% *}" > "$5/index.json"
        ;;
    push) echo "$3" ;;
    digest) echo "\${2#*@}" ;;
esac`;

/** Plans stacks of the fork one after another, as `slsa plan` does, and prints what became of each. */
const PLAN = `
const { planStack } = require("./plan/stack");
const { judge } = require("./requirements/slsa2");
(async () => {
    const outcomes = {};
    for (const stack of process.argv.slice(1)) {
        try {
            const { snapshot } = await planStack(stack, process.cwd());
            outcomes[stack] = { snapshot, verdicts: judge(snapshot).map(({ verdict }) => verdict) };
        } catch (error) {
            outcomes[stack] = { error: error.message };
        }
    }
    require("node:fs").writeFileSync("outcomes.json", JSON.stringify(outcomes));
})();
`;

interface Outcome {
    readonly snapshot?: Snapshot;
    readonly verdicts?: readonly Verdict[];
    readonly error?: string;
}

/** Stack `local` with an entry of the document's. */
function stackWith(entry: string): string {
    const local = parse(readFileSync(join(PROJECT_FOLDER, "stacks/Pulumi.local.yaml"), "utf8")) as { config: object };
    const { config } = parse(entry) as { config: object };
    return stringify({ config: { ...local.config, ...config } });
}

describe("a stack with the document's entry", () => {
    let outcomes: Readonly<Record<string, Outcome>>;
    let snapshot: Snapshot;
    beforeAll(() => {
        const entries = [
            ["site", ENTRY] as const,
            ...atPlan.map((row) => {
                const { entry } = changed(row);
                return [row.kind, entry.replace("pipeline: site", `pipeline: ${row.kind}`)] as const;
            }),
        ];
        for (const [stack, entry] of entries) {
            writeFileSync(join(fork, `stacks/Pulumi.${stack}.yaml`), stackWith(entry));
        }
        const args = ["-r", "ts-node/register", "-e", PLAN, ...entries.map(([stack]) => stack)];
        expect(ended(process.execPath, args, fork)).toEqual({ status: 0, stdout: "", stderr: "" });
        outcomes = JSON.parse(readFileSync(join(fork, "outcomes.json"), "utf8")) as typeof outcomes;
        const planned = outcomes["site"]?.snapshot;
        if (planned === undefined) {
            throw new Error(`the document's entry cannot be planned: ${outcomes["site"]?.error ?? "no outcome"}`);
        }
        snapshot = planned;
    });

    it("meets every requirement", () => {
        expect(outcomes["site"]?.verdicts?.map(({ status }) => status)).toEqual(Array(6).fill("met"));
    });

    it.each(atPlan)("is refused with $to", ({ kind, says }) => {
        const { error, verdicts = [] } = outcomes[kind] ?? {};
        const unmet = verdicts.flatMap((verdict) => (verdict.status === "unmet" ? verdict.reasons : []));
        expect([error, ...unmet].join("\n")).toContain(says);
    });

    it("clones, builds and pushes, and gives each run the base image as a param", () => {
        const spec = at(resourceLike(snapshot, /^Pipeline\/builds-docs\/site-/).inputs, "spec");
        expect((at(spec, "tasks") as { name: string }[]).map(({ name }) => name)).toEqual(["clone", "build", "push"]);
        const steps = at(resourceLike(snapshot, /^merge-trigger-docs-steps$/).inputs, "data", "steps.json");
        const locked = JSON.parse(readFileSync(join(fork, "images.lock.json"), "utf8")) as unknown;
        expect(steps).toContain(`@${String(at(locked, "images", "nginx", "digest"))}`);
    });

    describe("runs a script that", () => {
        let shell: Shell;
        beforeEach(() => {
            shell = new Shell({ crane: CRANE });
            shell.write("source/web/public/index.html", "<p>\n");
            shell.write("source/web/public/css/a b.css", "p {}\n");
            shell.write("source/web/public/.git/index", "now\n");
            shell.write("images/9/left-over", "");
        });
        afterEach(() => {
            shell.remove();
        });

        function run(task: string, env: Readonly<Record<string, string>> = {}) {
            const { inputs } = resourceLike(snapshot, new RegExp(`^Task/builds-docs/${task}-`));
            const step = stepOf(inputs as unknown as TektonTask, {
                "workspaces.workspace.path": shell.directory,
                "params.base": "registry.test/nginx@sha256:0",
                "results.IMAGES.path": shell.path("result"),
            });
            mkdirSync(shell.path("tmp"), { recursive: true });
            return shell.run(step.script, { ...step.env, TMPDIR: shell.path("tmp"), ...env });
        }

        /** The files of the layer, in its order. */
        function layer(): string[] {
            const listed = shell.run('tar -tf "$TMPDIR/pushed.tar"', { TMPDIR: shell.path("tmp") });
            return listed.stdout.trimEnd().split("\n");
        }

        it("puts the directory's files, without git's own, on the base image", () => {
            expect(run("site-images")).toMatchObject({ code: 0, stderr: "" });
            const files = ["css/a b.css", "index.html"].map((file) => `./usr/share/nginx/html/${file}`);
            expect(layer()).toEqual(files);
            expect(shell.calls().find((call) => call.startsWith("crane append"))).toBe(
                "crane append --platform linux/amd64 --base registry.test/nginx@sha256:0 " +
                    `--new_layer ${shell.path("tmp/layer.tar")} --new_tag 127.0.0.1:5000/images/0`,
            );
            expect(shell.has("images/9")).toBe(false);
        });

        it("makes the same layer again, whatever modes and times the volume gives", () => {
            run("site-images");
            const first = readFileSync(shell.path("tmp/pushed.tar"));
            // A tar has whole seconds.
            shell.run("chmod 600 source/web/public/index.html; /bin/sleep 1.1", {});
            run("site-images");
            expect(readFileSync(shell.path("tmp/pushed.tar")).equals(first)).toBe(true);
        });

        it("leaves a layout that the push takes, and names by its digest", () => {
            run("site-images");
            expect(run("push-images")).toMatchObject({ code: 0, stderr: "" });
            const manifest = createHash("sha256")
                .update(readFileSync(shell.path("tmp/manifest")))
                .digest("hex");
            expect(shell.read("result")).toMatch(new RegExp(`^[^/]+/docs/docs/pages@sha256:${manifest}\n$`));
        });

        it.each([
            ["the source has no such directory", "rm -r public", "the source has no directory web/public"],
            ["it is empty", "rm -r public/*", "holds no files that tar takes"],
            ["it leads out of the source", "rm -r public; ln -s / public", "a link that leads out of the source"],
            ["it holds a link", "ln -s /etc/passwd public/link", "neither file nor directory"],
        ])("fails when %s", (_what, change, says) => {
            shell.run(`cd source/web; ${change}`, {});
            const outcome = run("site-images");
            expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining(says) as unknown]);
            expect(shell.has("images/0")).toBe(false);
        });

        it("fails when crane serves no registry, and when it cannot put the files on the base image", () => {
            for (const [command, says] of [
                ["registry", "crane cannot serve a registry at 127.0.0.1:5000"],
                ["append", "cannot be put on registry.test/nginx@sha256:0"],
            ] as const) {
                const broken = `#!/bin/sh\ncase "$1" in ${command} | catalog) exit 1 ;; registry) exec /bin/sleep 20 ;; esac\n`;
                shell.write("bin/crane", command === "append" ? broken.replace(" | catalog", "") : broken);
                const outcome = run("site-images");
                expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining(says) as unknown]);
            }
        });

        it.each(HOSTILE)("runs nothing of a value: %s", (value) => {
            for (const name of ["BASE", "TARGET", "PLATFORM"]) {
                run("site-images", { [name]: value });
            }
            run("site-images", { SITES: `images/0 ${value}` });
            expect(shell.has("hacked") || shell.has("source/hacked")).toBe(false);
        });
    });
});
