import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { directory, executable, link, text } from "../../lab/images/files";
import { complete, header, writeTar } from "../../lab/images/tar";

describe("the archive of an image layer", () => {
    let folder = "";
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "layer-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });
    const at = (name: string): string => path.join(folder, name);

    test("is read back by tar(1) with every kind of entry, mode and owner", () => {
        writeFileSync(at("program"), "x".repeat(513));
        const long = `${"a".repeat(90)}/${"b".repeat(60)}`;
        writeTar(at("layer.tar"), [
            executable(at("program"), "bin/program"),
            text(long, "content\n"),
            link("bin/other", "program"),
            directory("home", 0o700, 65532),
        ]);
        const listed = execFileSync("tar", ["--numeric-owner", "-tvf", at("layer.tar")], { encoding: "utf8" });
        const lines = listed.trim().split("\n");
        expect(lines.map((line) => line.split(/\s+/).slice(0, 3).join(" "))).toEqual([
            "drwxr-xr-x 0/0 0",
            "-rw-r--r-- 0/0 8",
            "drwxr-xr-x 0/0 0",
            "lrwxrwxrwx 0/0 0",
            "-rwxr-xr-x 0/0 513",
            "drwx------ 65532/65532 0",
        ]);
        expect(listed).toContain(long);
        expect(listed).toContain("bin/other -> program");
        const content = execFileSync("tar", ["-xOf", at("layer.tar"), "bin/program"], { encoding: "utf8" });
        expect(content).toBe("x".repeat(513));
    });

    test("has the same digest whenever and in whatever order the same files are added", () => {
        writeFileSync(at("program"), "same");
        const first = writeTar(at("first.tar"), [executable(at("program"), "bin/program"), text("etc/a", "a")]);
        utimesSync(at("program"), 1, 1);
        const second = writeTar(at("second.tar"), [text("etc/a", "a"), executable(at("program"), "bin/program")]);
        expect(second).toEqual(first);
        expect(statSync(at("first.tar")).size).toBe(first.size);
    });

    test("refuses a path and a link that the format cannot hold", () => {
        expect(() => header(text("a".repeat(101), ""))).toThrow("too long for a ustar archive");
        expect(() => header(link("a", "b".repeat(101)))).toThrow("ustar allows 100 bytes");
    });

    test("refuses a file that changed its size between listing and reading", () => {
        writeFileSync(at("program"), "short");
        const entry = executable(at("program"), "bin/program");
        writeFileSync(at("program"), "longer than before");
        expect(() => writeTar(at("layer.tar"), [entry])).toThrow("changed while it was read");
    });

    test("has every parent folder once, before what is in it, with the mode somebody gave it", () => {
        const paths = complete([text("a/b/c", ""), text("a/b/d", ""), directory("a", 0o700)]);
        expect(paths.map((entry) => [entry.path, entry.mode.toString(8)])).toEqual([
            ["a", "700"],
            ["a/b", "755"],
            ["a/b/c", "644"],
            ["a/b/d", "644"],
        ]);
    });
});
