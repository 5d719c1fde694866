import { rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { workingFolder } from "../../../lab/platform/working-copy";
import { CRANE, HELLO, merged, writes, type Platform } from "./platform";

/** Merges whose builds must fail: the build is red, and the registry got nothing. */
export function failingSuite(the: () => Platform): void {
    /** Builds a merge that adds these files, and takes them away again. */
    async function refused(files: Record<string, string>, says: string, repository = HELLO): Promise<void> {
        const { lab } = the();
        const folder = workingFolder(lab, repository);
        const before = await writes(lab);
        for (const [file, text] of Object.entries(files)) {
            writeFileSync(path.join(folder, file), text);
        }
        const { record, log } = await merged(the(), `Break ${Object.keys(files).join(", ")}`, repository);
        for (const file of Object.keys(files)) {
            rmSync(path.join(folder, file));
        }
        expect([record.status, record.step]).toEqual(["red", "wait-run"]);
        expect(log).toContain(says);
        expect(await writes(lab)).toEqual(before);
    }

    it("because a test of the source does not pass", async () => {
        const test = 'package main\n\nimport "testing"\n\nfunc TestThis(t *testing.T) { t.Fatal("does not hold") }\n';
        await refused({ "fails_test.go": test }, "the tests of . do not pass");
    });

    it("because the code does not compile, with the reason in its log", async () => {
        await refused({ "broken.go": "package main\n\nfunc broken( {\n" }, "broken.go");
    });

    it("because the second image fails after the first was built", async () => {
        await refused(
            {
                "cmd/crane/different.go": "package main\n\nvar Different = true\n",
                "cmd/registry/broken.go": "package main\n\nfunc broken( {\n",
            },
            "building ./cmd/registry",
            CRANE,
        );
    });
}
