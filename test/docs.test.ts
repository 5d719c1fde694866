import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";
import { readImagesLock, uselessMirrors } from "../locks/images";
import { readReleasesLock } from "../locks/release";
import { PROJECT } from "../names";
import { PIPELINES } from "../pipelines/catalog";
import { PROJECT_FOLDER } from "../plan/project";
import { readStackFile } from "../plan/stack";
import { parseSettings } from "../stacks/settings";

const files = ["README.md", "CHANGELOG.md", "docs", "lab"]
    .flatMap((name) =>
        name.endsWith(".md")
            ? [name]
            : readdirSync(join(PROJECT_FOLDER, name), { recursive: true }).map((file) => join(name, String(file))),
    )
    .filter((file) => file.endsWith(".md"));

const text = (file: string): string => readFileSync(join(PROJECT_FOLDER, file), "utf8");
const blocks = (file: string, language: string): string[] =>
    [...text(file).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
        ([, block]) => block ?? "",
    );

/** Its settings name a pipeline that the catalog does not have: test/docs/your-own-pipeline.test.ts plans them. */
const OWN_PIPELINE = join("docs", "your-own-pipeline.md");

describe.each(files)("%s", (file) => {
    it("links to files that are there", () => {
        const missing = [...text(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
            .map(([, target]) => join(dirname(join(PROJECT_FOLDER, file)), target ?? ""))
            .filter((target) => !existsSync(target));
        expect(missing.map((target) => relative(PROJECT_FOLDER, target))).toEqual([]);
    });

    it("names npm scripts that there are", () => {
        const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
        const named = blocks(file, "sh").flatMap((block) =>
            [...block.matchAll(/npm (?:run )?([a-z:0-9]+)/g)].map(([, name]) => name ?? ""),
        );
        expect(named.filter((name) => name !== "ci" && !(name in scripts))).toEqual([]);
    });

    it("shows settings that are accepted", () => {
        for (const block of file === OWN_PIPELINE ? [] : blocks(file, "yaml")) {
            const { config } = parse(block) as { config: Record<string, unknown> };
            const shown = Object.fromEntries(
                Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), value]),
            );
            const settings = parseSettings("local", { ...readStackFile("local", PROJECT_FOLDER), ...shown });
            expect(uselessMirrors(readImagesLock(PROJECT_FOLDER), settings.imageMirrors)).toEqual([]);
            const { releases } = readReleasesLock(PROJECT_FOLDER);
            for (const { name, version, sha256 } of settings.mappedReleases) {
                expect([releases[name].version, releases[name].sha256]).toEqual([version, sha256]);
            }
        }
    });
});

it("docs/settings.md shows an entry of each kind of pipeline", () => {
    const shown = blocks("docs/settings.md", "yaml").flatMap((block) => {
        const { config } = parse(block) as { config: Record<string, { pipeline: string }[] | undefined> };
        return (config[`${PROJECT}:repositories`] ?? []).map(({ pipeline }) => pipeline);
    });
    expect([...new Set(shown)].sort()).toEqual(Object.keys(PIPELINES).sort());
});

it("README and .ci/run know the same commands", () => {
    const run = text(".ci/run");
    for (const command of [
        "npm ci",
        "npm start",
        "npm run format",
        "npm run lint",
        "npm run typecheck",
        "npm test",
        "npm run e2e",
    ]) {
        expect([command, run.includes(command), blocks("README.md", "sh").join().includes(command)]).toEqual([
            command,
            true,
            true,
        ]);
    }
});
