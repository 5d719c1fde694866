import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { handleMerge, type BuildRecord } from "../../lab/stand-ins/forge/merge-runner";

const { PATH } = process.env;
const commit = "0123456789".repeat(4);
let folder: string;

beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "merge-"));
    mkdirSync(path.join(folder, "bin"));
    process.env["PATH"] = `${path.join(folder, "bin")}:${PATH ?? ""}`;
});

afterEach(() => {
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true });
});

/** A kubectl that does as the given script. */
function kubectl(script: string): void {
    writeFileSync(path.join(folder, "bin", "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

interface Step {
    name: string;
    env: Record<string, string>;
    inputs: string[];
    script: string;
}

/** A kubectl that answers the trigger with its ConfigMap, the promoter with its Secret, and nobody with anything else. */
function declare(steps: readonly Step[] | string): void {
    const data = {
        branch: "main",
        "steps.json": typeof steps === "string" ? steps : JSON.stringify(steps),
        "signing.pub": "signing key",
        "log.pub": "log key",
        "registry-ca.crt": "authority",
        promotion: "registry/promote-app",
    };
    writeFileSync(path.join(folder, "trigger.json"), JSON.stringify({ data }));
    writeFileSync(
        path.join(folder, "secret.json"),
        JSON.stringify({ data: { ".dockerconfigjson": Buffer.from("password").toString("base64") } }),
    );
    kubectl(`case "$*, $KUBECONFIG" in
        "get configmap merge-trigger --namespace builds-app --output json, ${folder}/accounts/app/merge-trigger.kubeconfig") cat ${folder}/trigger.json ;;
        "get secret promote-app --namespace registry --output json, ${folder}/accounts/app/promoter.kubeconfig") cat ${folder}/secret.json ;;
        *) exit 2 ;;
    esac`);
}

const step = (name: string, script: string, inputs: string[] = []): Step => ({
    name,
    env: { NAME: name },
    inputs,
    script,
});

/** What a merge leaves. */
async function merged(ref = "refs/heads/main"): Promise<{ record: BuildRecord | undefined; log: string }> {
    const event = path.join(folder, "event.json");
    writeFileSync(event, JSON.stringify({ repository: "app", ref, commit }));
    await handleMerge(event, path.join(folder, "builds"), path.join(folder, "accounts"));
    const [record, log] = ["record.json", "log"].map((name) => {
        const file = path.join(folder, "builds", "app", commit, name);
        return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    });
    return { record: record === undefined ? undefined : (JSON.parse(record) as BuildRecord), log: log ?? "" };
}

describe("a merge on the declared branch", () => {
    test("is green when every step is, each with what was declared for it", async () => {
        declare([
            step("create-run", 'echo "$COMMIT" > "$SHARED/run"; echo "$NAME: $SIGNING_PUBLIC_KEY, $LOG_PUBLIC_KEY"', [
                "COMMIT",
                "SHARED",
                "SIGNING_PUBLIC_KEY",
                "LOG_PUBLIC_KEY",
            ]),
            step("verify", 'echo "$NAME: $(cat "$SHARED/run"), $REGISTRY_CA"', ["SHARED", "REGISTRY_CA"]),
        ]);
        expect(await merged()).toEqual({
            record: { commit, status: "green", step: "verify" },
            log: `== create-run\ncreate-run: signing key, log key\n== verify\nverify: ${commit}, authority\n`,
        });
    });

    test("hands a step the trigger's token, the merge and the keys where it names them, and nowhere else", async () => {
        const say = 'for input in COMMIT SHARED KUBECONFIG LOG_PUBLIC_KEY; do env | grep "^$input=" || :; done';
        declare([step("promote", say), step("find-newer", say, ["KUBECONFIG", "LOG_PUBLIC_KEY"])]);
        const { log } = await merged();
        expect(log).toBe(
            `== promote\n== find-newer\nKUBECONFIG=${folder}/accounts/app/merge-trigger.kubeconfig\nLOG_PUBLIC_KEY=log key\n`,
        );
    });

    test("is red at the step that failed, and none runs after it", async () => {
        declare([
            step("create-run", "true"),
            step("wait-run", "echo it failed >&2; exit 3"),
            step("verify", "echo no"),
        ]);
        expect(await merged()).toEqual({
            record: { commit, status: "red", step: "wait-run" },
            log: "== create-run\n== wait-run\nit failed\n",
        });
    });
});

describe("the credential that moves tags", () => {
    const say = 'echo "$NAME: ${PROMOTE_CONFIG-nothing}"';

    test("reaches the step that names it and no other", async () => {
        declare([step("verify", say), step("promote", say, ["PROMOTE_CONFIG"])]);
        expect(await merged()).toEqual({
            record: { commit, status: "green", step: "promote" },
            log: "== verify\nverify: nothing\n== promote\npromote: password\n",
        });
    });

    test("is a red build when it cannot be read, and the step does not run", async () => {
        declare([step("promote", "echo ran", ["PROMOTE_CONFIG"])]);
        rmSync(path.join(folder, "secret.json"));
        const { record, log } = await merged();
        expect(record).toEqual({ commit, status: "red", step: "promote" });
        expect(log).toMatch(/^== promote\ncannot read PROMOTE_CONFIG: /);
        expect(log).not.toContain("ran");
    });
});

test("a merge on another branch is left alone", async () => {
    declare([step("create-run", "true")]);
    expect(await merged("refs/heads/other")).toEqual({ record: undefined, log: "" });
    expect(await merged("refs/tags/main")).toEqual({ record: undefined, log: "" });
});

describe("a merge whose declared steps cannot be read", () => {
    const red = { commit, status: "red", step: "read-trigger" };

    test("is red when kubectl fails, and says why", async () => {
        kubectl("echo 'error: You must be logged in to the server' >&2; exit 1");
        const { record, log } = await merged();
        expect(record).toEqual(red);
        expect(log).toBe(
            "== read-trigger\ncannot read what to run: kubectl ended with 1: error: You must be logged in to the server\n",
        );
    });

    test("is red when there is no kubectl", async () => {
        process.env["PATH"] = path.join(folder, "bin");
        const { record, log } = await merged();
        expect(record).toEqual(red);
        expect(log).toContain("spawn kubectl ENOENT");
    });

    test.each([
        [
            "not JSON",
            () => {
                kubectl("echo nothing");
            },
        ],
        [
            "no trigger",
            () => {
                kubectl("echo '{}'");
            },
        ],
        [
            "no steps",
            () => {
                declare("[{");
            },
        ],
        [
            "steps of another shape",
            () => {
                declare('[{"name": "create-run"}]');
            },
        ],
    ])("is red when the answer is %s", async (_what, answer) => {
        answer();
        const { record, log } = await merged();
        expect(record).toEqual(red);
        expect(log).toMatch(/^== read-trigger\ncannot read what to run: ./);
    });
});

test.each([
    "{",
    '{"repository":"app","ref":"refs/heads/main","commit":"../../elsewhere"}',
    `{"repository":"../app","ref":"refs/heads/main","commit":"${commit}"}`,
])("an event that says nothing (%s) is an error: nobody knows whose build it was", async (text) => {
    declare([]);
    const event = path.join(folder, "event.json");
    writeFileSync(event, text);
    await expect(handleMerge(event, path.join(folder, "builds"), folder)).rejects.toThrow();
    expect(existsSync(path.join(folder, "builds"))).toBe(false);
});
