import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackFile } from "../../plan/stack";

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
