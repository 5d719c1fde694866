import { rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { merged, writes, type Platform } from "./platform";

/** Merges whose builds must fail: the build is red, and the registry got nothing. */
export function failingSuite(the: () => Platform): void {
    /** Builds a merge that adds these files, and takes them away again. */
    async function refused(files: Record<string, string>, says: string): Promise<void> {
        const { lab, source } = the();
        const before = await writes(lab);
        for (const [file, text] of Object.entries(files)) {
            writeFileSync(path.join(source.folder, file), text);
        }
        const { record, log } = await merged(the(), `Break ${Object.keys(files).join(", ")}`);
        for (const file of Object.keys(files)) {
            rmSync(path.join(source.folder, file));
        }
        expect([record.status, record.step]).toEqual(["red", "wait-run"]);
        expect(log).toContain(says);
        expect(await writes(lab)).toEqual(before);
    }

    it("because a test of the source does not pass", async () => {
        const test = 'package name\n\nimport "testing"\n\nfunc TestThis(t *testing.T) { t.Fatal("does not hold") }\n';
        await refused({ "pkg/name/fails_test.go": test }, "the tests of ./pkg/name/... do not pass");
    });

    it("because the code does not compile, with the reason in its log", async () => {
        await refused({ "cmd/crane/broken.go": "package main\n\nfunc broken( {\n" }, "broken.go");
    });

    it("because the second image fails after the first was built", async () => {
        await refused(
            {
                "cmd/crane/different.go": "package main\n\nvar Different = true\n",
                "cmd/registry/broken.go": "package main\n\nfunc broken( {\n",
            },
            "building ./cmd/registry",
        );
    });
}
