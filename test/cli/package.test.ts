import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../../plan/project";
import { ended } from "./run-slsa";

describe("the npm package", () => {
    let folder: string;

    beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), "slsa-package-"));
    });

    afterAll(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("holds a slsa that plans from the package alone", () => {
        const packed = ended("npm", ["pack", "--pack-destination", folder, "--json"]);
        expect([packed.status, packed.stderr.includes("ERR")]).toEqual([0, false]);
        const [tarball = ""] = /slsa-build-platform-[0-9.]+\.tgz/.exec(packed.stdout) ?? [];
        expect(ended("tar", ["-xzf", join(folder, tarball), "-C", folder]).status).toBe(0);
        // The package's dependencies, without asking a registry for them again.
        symlinkSync(join(PROJECT_FOLDER, "node_modules"), join(folder, "package", "node_modules"));
        const planned = ended(process.execPath, ["dist/cli/slsa.js", "plan"], join(folder, "package"));
        expect(planned.stderr).toBe("");
        expect(planned.stdout).toContain("6 of 6 requirements of SLSA 2 met");
        expect(planned.status).toBe(0);
    });
});
