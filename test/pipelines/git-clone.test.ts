import { spawnSync } from "node:child_process";
import { koPipeline } from "../../pipelines/ko";
import { HOSTILE, Shell } from "./shell";
import { KO_ARGS, stepOf, taskOf } from "./values";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const URL = "https://git.test/team/app.git";

/** A git that checks out HEAD as it is told, and remembers the URL of its remote. */
function git(head: string): Record<string, string> {
    return {
        git: `case "$*" in
            "init "*) for directory; do :; done; mkdir -p "$directory" ;;
            "remote add origin "*) printf %s "$4" > "$WORKSPACE/origin" ;;
            "remote get-url origin") cat "$WORKSPACE/origin" ;;
            "rev-parse HEAD") echo ${head} ;;
        esac`,
    };
}

describe("the clone step", () => {
    let shell: Shell;
    afterEach(() => {
        shell.remove();
    });

    function clone(url: string, commit: string, head = COMMIT, credential?: Record<string, string>) {
        shell = new Shell(git(head));
        for (const [key, value] of Object.entries(credential ?? {})) {
            shell.write(`credential/${key}`, value);
        }
        const { script, env } = stepOf(taskOf("clone"), {
            "params.url": url,
            "params.commit": commit,
            "workspaces.workspace.path": shell.directory,
            "results.CHAINS-GIT_URL.path": shell.path("url"),
            "results.CHAINS-GIT_COMMIT.path": shell.path("commit"),
        });
        const given = credential === undefined ? {} : { CREDENTIAL: shell.path("credential") };
        return shell.run(script, { ...env, TMPDIR: shell.directory, STEP_SHELL: "/bin/sh", ...given });
    }

    test("lets git ask for the credential of a private repository, and hands it over in no other way", () => {
        const outcome = clone(URL, COMMIT, COMMIT, { username: "robot", password: `word $(touch hacked)'"` });
        expect(outcome).toMatchObject({ code: 0, stderr: "" });
        const ask = (prompt: string): string =>
            spawnSync(shell.path("askpass"), [prompt], { encoding: "utf8", cwd: shell.directory }).stdout;
        expect(ask("Username for 'https://git.test': ")).toBe("robot");
        expect(ask("Password for 'https://robot@git.test': ")).toBe(`word $(touch hacked)'"`);
        expect(ask("Passphrase for key: ")).toBe("");
        expect(shell.has("hacked")).toBe(false);
        expect(shell.read("askpass")).not.toMatch(/robot|word \$/);
        expect(shell.calls().join() + outcome.stdout).not.toMatch(/robot|word \$/);
    });

    test("has nothing to ask for a public repository", () => {
        expect(clone(URL, COMMIT).code).toBe(0);
        expect(shell.has("askpass")).toBe(false);
    });

    test.each([{ username: "robot" }, { password: "word" }, {}])("refuses a credential of %j", (credential) => {
        const outcome = clone(URL, COMMIT, COMMIT, credential);
        expect([outcome.code, outcome.stderr]).toEqual([
            1,
            expect.stringContaining("lacks username or password") as unknown,
        ]);
        expect(shell.calls()).toEqual([]);
    });

    test("mounts the credential in the clone alone", () => {
        const { tasks } = koPipeline({ ...KO_ARGS, credentialSecret: "source-credential" });
        const holders = tasks.filter(({ spec }) => JSON.stringify(spec).includes("source-credential"));
        expect(holders.map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^git-clone-/)]);
        expect(holders[0]?.spec.volumes).toContainEqual({
            name: "source-credential",
            secret: {
                secretName: "source-credential",
                items: ["username", "password"].map((key) => ({ key, path: key })),
            },
        });
    });

    test("fetches the commit by its SHA and writes what it checked out", () => {
        const outcome = clone(URL, COMMIT);
        expect(outcome).toMatchObject({ code: 0, stderr: "" });
        expect(shell.read("url")).toBe(URL);
        expect(shell.read("commit")).toBe(COMMIT);
        expect(shell.calls()).toContain(
            `git -c http.followRedirects=false fetch --quiet --depth 1 --no-tags --no-recurse-submodules origin ${COMMIT}`,
        );
    });

    test("fails and writes nothing when another commit was checked out", () => {
        const other = COMMIT.replaceAll("0", "9");
        expect(clone(URL, COMMIT, other)).toMatchObject({ code: 1 });
        expect(shell.has("url") || shell.has("commit")).toBe(false);
    });

    test.each(["main", "v1.0", COMMIT.slice(1), `${COMMIT}0`, COMMIT.toUpperCase(), `${COMMIT}\n`, "", ...HOSTILE])(
        "refuses %j as a commit before git is called",
        (commit) => {
            const outcome = clone(URL, commit);
            expect(outcome.code).toBe(1);
            expect(outcome.stderr).toMatch(/^git-clone: the commit/);
            expect(shell.calls()).toEqual([]);
            expect(shell.has("hacked")).toBe(false);
        },
    );

    test.each([
        "git@git.test:app.git",
        "file:///etc/passwd",
        "ext::sh -c touch% hacked",
        "https://name:password@git.test/app.git",
        "-u https://git.test/app.git",
        ...HOSTILE.map((text) => URL + text),
    ])("refuses %j as a URL before git is called", (url) => {
        const outcome = clone(url, COMMIT);
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toMatch(/^git-clone: the URL/);
        expect(shell.calls()).toEqual([]);
        expect(shell.has("hacked")).toBe(false);
    });

    test("takes an @ that is no credential", () => {
        expect(clone("https://git.test/@team/app", COMMIT)).toMatchObject({ code: 0 });
    });
});
