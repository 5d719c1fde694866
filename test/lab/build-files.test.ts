import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { BuildFiles, TIMES_FILE } from "../../lab/stand-ins/forge/build-files";

const commit = "0123456789abcdef0123456789abcdef01234567";
let builds: string;

beforeEach(() => {
    builds = mkdtempSync(path.join(tmpdir(), "builds-"));
});

afterEach(() => {
    rmSync(builds, { recursive: true });
});

test("a build says how it stands, and when each step began and it ended", () => {
    const read = (name: string): string => readFileSync(path.join(builds, "app", commit, name), "utf8");
    const before = Date.now();
    const files = new BuildFiles(builds, "app", commit);
    files.note("running", "create-run");
    files.note("running", "verify");
    files.note("red", "verify");
    expect(JSON.parse(read("record.json"))).toEqual({ commit, status: "red", step: "verify" });
    const times = read(TIMES_FILE).trimEnd().split("\n");
    expect(times.map((line) => line.replace(/^\d+ /, ""))).toEqual([
        "running create-run",
        "running verify",
        "red verify",
    ]);
    const at = times.map((line) => Number(line.split(" ")[0]));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at[0]).toBeGreaterThanOrEqual(before);
    expect(at[2]).toBeLessThanOrEqual(Date.now());
});
