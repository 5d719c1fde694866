import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockText } from "../../locks/lock-file";
import { IMAGES_LOCK, readImagesLock } from "../../locks/images";
import { writeReleasesLock } from "../../locks/release";
import { PROJECT_FOLDER } from "../../plan/project";
import { planSettings, readStackFile } from "../../plan/stack";
import { parseSettings } from "../../stacks/settings";
import { changed, manifestOf, releasesLock, sha256Of, smallRelease } from "../locks/fixtures";

let folder: string;

beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stack-"));
    mkdirSync(join(folder, "stacks"));
});

afterAll(() => {
    rmSync(folder, { recursive: true });
});

function stackFile(text: string): Record<string, unknown> {
    writeFileSync(join(folder, "stacks", "Pulumi.mine.yaml"), text);
    return readStackFile("mine", folder);
}

describe("a stack file", () => {
    it("gives the project's own settings", () => {
        const text = "config:\n  slsa-build-platform:sourceBranch: main\n  other:token: hush\n";
        expect(stackFile(text)).toEqual({ sourceBranch: "main" });
    });

    it.each(["", "config:\n", "encryptionsalt: v1\n"])("without settings gives none: %j", (text) => {
        expect(stackFile(text)).toEqual({});
    });

    it("that is broken is named with line and column, and nothing of it is repeated", () => {
        const text = "config:\n  other:token: hush\n  other:password: hush hush\n sourceBranch: main\n";
        expect(() => stackFile(text)).toThrow(
            /^stacks\/Pulumi\.mine\.yaml is not YAML: line 4, column 1: All mapping items must start at the same column$/,
        );
    });
});

describe("the remarks of a plan", () => {
    /** What is remarked on a mapped Chains, where the lock knows the small release. */
    async function remark(text: string, version = "v1.0.0"): Promise<string | undefined> {
        writeReleasesLock(folder, releasesLock());
        writeFileSync(join(folder, IMAGES_LOCK), lockText(readImagesLock(PROJECT_FOLDER)));
        writeFileSync(join(folder, "own.yaml"), text);
        const mappedReleases = [{ name: "tekton-chains", version, file: "own.yaml", sha256: sha256Of(text) }];
        const settings = parseSettings("local", { ...readStackFile("local", PROJECT_FOLDER), mappedReleases });
        const { remarks } = await planSettings("local", settings, folder);
        return remarks.find((line) => line.includes("tekton-chains"))?.replace(/ \(sha256 [0-9a-f]{64}\)/, "");
    }

    const mapped = "release tekton-chains v1.0.0: mapped to own.yaml; ";

    it("say that a mapped release is the lock's", async () => {
        expect(await remark(manifestOf(smallRelease()))).toBe(`${mapped}no difference from the lock's inventory`);
    });

    it("say how a mapped release differs from the lock's, by object", async () => {
        const own = changed(smallRelease(), "ClusterRole", (object) => (object["rules"] = []));
        expect(await remark(manifestOf(own))).toMatch(
            /; 1 difference\(s\) from the lock's inventory: ClusterRole\S+ \S+$/,
        );
    });

    it("name the first five objects that differ, and how many more", async () => {
        const all = smallRelease().length;
        const told = await remark(manifestOf(smallRelease().slice(0, 1)));
        expect(told).toContain(`${mapped}${String(all - 1)} difference(s) from the lock's inventory: `);
        expect(told).toMatch(new RegExp(`: (?:[^,]+, ){4}[^,]+ and ${String(all - 6)} more object\\(s\\)$`));
    });

    it("say that a mapped release of another version is not held against the lock", async () => {
        expect(await remark(manifestOf(smallRelease()), "v0.9.0")).toBe(
            "release tekton-chains v0.9.0: mapped to own.yaml; another version than the lock's, so not held against its inventory",
        );
    });
});
