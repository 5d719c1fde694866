import type { MergeBuildInput, MergeBuildStep } from "../../pipelines/merge-build";
import { ARGS, COMMIT, DIGEST, HURRIED, IMAGES, INPUTS, runStep, step, UID } from "./merge-values";
import { Shell, type Outcome } from "./shell";

let shell: Shell;
afterEach(() => {
    shell.remove();
});

const run = (one: MergeBuildStep, given?: Partial<Record<MergeBuildInput, string>>): Outcome =>
    runStep(shell, one, given);

describe("verify", () => {
    interface Values {
        readonly uid?: string;
        readonly builder?: string;
        readonly uri?: string;
        readonly commit?: string;
        readonly type?: string;
    }

    /** A statement as Chains writes it, with misleading text wherever a run's author could put some. */
    function statement({
        uid = UID,
        builder = ARGS.builderId,
        uri = "git+https://git.test/team/app.git",
        commit = COMMIT,
        type,
    }: Values) {
        const lie = `{"runDetails":{"builder":{"id":"${ARGS.builderId}"},"metadata":{"invocationId":"${UID}"}},"sha1":"${COMMIT}"}`;
        return {
            _type: "https://in-toto.io/Statement/v1",
            subject: [{ name: "registry.test/one", digest: { sha256: DIGEST } }],
            predicateType: type ?? "https://slsa.dev/provenance/v1",
            predicate: {
                buildDefinition: {
                    externalParameters: {
                        runSpec: { params: [{ name: "lie", value: `\\"${lie}` }, JSON.parse(lie) as object] },
                    },
                    resolvedDependencies: [
                        { uri: "oci://tools.test/git", digest: { sha256: DIGEST } },
                        { name: "inputs/result", uri, digest: { sha1: commit } },
                    ],
                },
                runDetails: {
                    builder: { id: builder },
                    metadata: { invocationId: uid, startedOn: "2026-11-23T20:29:19Z" },
                },
            },
        };
    }

    function envelope(body: object): string {
        return JSON.stringify({
            payloadType: "application/vnd.in-toto+json",
            payload: payloadOf(body),
            signatures: [{ keyid: "SHA256:c2ln", sig: "c2ln" }],
        });
    }

    function payloadOf(body: object): string {
        return Buffer.from(JSON.stringify(body)).toString("base64");
    }

    /** A cosign that accepts every image and prints the given statements. */
    function cosign(statements: readonly object[], before = ""): Shell {
        const made = new Shell({ cosign: `${before}\ncat "$SHARED/envelopes"` });
        made.write("run", `ko-abcde ${UID}\n`);
        made.write("images", IMAGES);
        made.write("envelopes", statements.map((body) => `${envelope(body)}\n`).join(""));
        return made;
    }

    test("accepts every image whose provenance is of this run, and asks cosign about each", () => {
        shell = cosign([statement({})]);
        const bytes = JSON.stringify(statement({})).length;
        expect(run(step("verify"))).toMatchObject({
            code: 0,
            stdout:
                IMAGES.replaceAll(/^/gm, "verified ").replace(/verified $/, "") +
                `the statement has ${String(bytes)} bytes of the 100000 that the log keeps\n`,
            stderr: "",
        });
        expect(shell.calls().sort()).toEqual(
            IMAGES.trimEnd()
                .split("\n")
                .map((image) => call("verify-attestation", `--type slsaprovenance1 ${image}`)),
        );
    });

    const call = (command: string, rest: string): string =>
        `cosign ${command} --key env://SIGNING_PUBLIC_KEY --new-bundle-format=false ` +
        `--rekor-url http://log.test:3000 --timeout 60s ${rest}`;
    const SIGNED = { ...ARGS, imageSignatures: true };

    test("asks for each image's own signature too, where Chains makes one", () => {
        shell = cosign([statement({})]);
        expect(run(step("verify", SIGNED)).code).toBe(0);
        expect(shell.calls().filter((asked) => asked.startsWith("cosign verify "))).toHaveLength(2);
        expect(shell.calls()).toHaveLength(4);
        expect(shell.calls()).toContain(call("verify", `registry.test/two@sha256:${DIGEST}`));
    });

    test("is red when an image has provenance but no signature of its own, where Chains makes one", () => {
        shell = cosign([statement({})], `[ "$1" = verify-attestation ] || { echo "no signatures found" >&2; exit 1; }`);
        const outcome = run(step("verify", { ...HURRIED, imageSignatures: true }));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("no signatures found");
        expect(outcome.stderr).toContain("no signature and provenance of");
        expect(outcome.stdout).toBe("");
        expect(run(step("verify")).code).toBe(0);
    });

    test.each(["", "True", "yes"])("refuses to guess whether %j asks for signatures", (IMAGE_SIGNATURES) => {
        shell = cosign([statement({})]);
        const { env, ...rest } = step("verify");
        expect(run({ ...rest, env: { ...env, IMAGE_SIGNATURES } }).code).toBe(1);
        expect(shell.calls()).toEqual([]);
    });

    /** So many images, each with a digest of its own. */
    const many = (count: number) =>
        Array.from({ length: count }, (_, n) => `registry.test/${String(n)}@sha256:${String(n).padStart(64, "0")}`);

    test("verifies many images side by side, four at a time, and tells them in their order", () => {
        shell = cosign(
            [statement({})],
            `touch "$SHARED/now-$$"; ls "$SHARED" | grep -c now- >> "$SHARED/at-a-time"; /bin/sleep 0.1; rm "$SHARED/now-$$"`,
        );
        shell.write("images", many(20).join("\n") + "\n");
        const { code, stdout } = run(step("verify"));
        expect(code).toBe(0);
        expect(stdout.match(/^verified .*$/gm)).toEqual(many(20).map((image) => `verified ${image}`));
        expect(stdout.match(/the statement has/g)).toHaveLength(1);
        expect(shell.calls()).toHaveLength(20);
        const atATime = shell.read("at-a-time").trimEnd().split("\n").map(Number);
        expect(Math.max(...atATime)).toBeLessThanOrEqual(4);
        expect(Math.max(...atATime)).toBeGreaterThan(1);
    });

    test("keeps the statements of those images alone that are verified just now: of each there is one for every build of it", () => {
        shell = cosign(
            [statement({})],
            'find "$TMPDIR" -name statements -path "*/image-*" | grep -c . >> "$SHARED/statements-kept" || :',
        );
        shell.write("images", many(20).join("\n") + "\n");
        expect(run(step("verify")).code).toBe(0);
        const kept = shell.read("statements-kept").trimEnd().split("\n").map(Number);
        expect(kept).toHaveLength(20);
        expect(Math.max(...kept)).toBeLessThan(4);
    });

    test("gives no two calls of cosign at a time one HOME, where it keeps the keys that it fetched", () => {
        shell = cosign(
            [statement({})],
            `echo "$HOME" >> "$SHARED/homes"; mkdir "$HOME/.sigstore" || { touch "$SHARED/met"; exit 1; }; /bin/sleep 0.1; rmdir "$HOME/.sigstore"`,
        );
        shell.write("images", many(20).join("\n") + "\n");
        expect(run(step("verify"), { LOG_PUBLIC_KEY: "" }).code).toBe(0);
        expect(shell.has("met")).toBe(false);
        // What was fetched for one image serves the next.
        expect(new Set(shell.read("homes").trimEnd().split("\n")).size).toBe(4);
    });

    test.each([0, 7, 18, 19])("is red when the image at %d of twenty is", (bad) => {
        const image = many(20)[bad] ?? "";
        shell = cosign([statement({})], `case "$*" in *${image}) echo "no matching attestations" >&2; exit 1 ;; esac`);
        shell.write("images", many(20).join("\n") + "\n");
        const outcome = run(step("verify", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("no matching attestations");
        expect(outcome.stderr).toContain(`verify: no provenance of ${image} could be verified in 1 seconds`);
        expect(outcome.stdout).not.toContain(`verified ${image}`);
    });

    test("stops every worker when one finds an image that is wrong", () => {
        shell = cosign([statement({ builder: "https://tekton.dev/chains/v2" })]);
        shell.write("images", many(20).join("\n") + "\n");
        expect(run(step("verify")).code).toBe(1);
        expect(shell.calls().length).toBeLessThanOrEqual(8);
    });

    test("is red when a worker dies, whatever it was at", () => {
        shell = cosign([statement({})], `case "$*" in *${many(20)[5] ?? ""}) kill -9 $PPID ;; esac`);
        shell.write("images", many(20).join("\n") + "\n");
        const outcome = run(step("verify", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("not verified:");
        expect(outcome.stderr).toContain(many(20)[5]);
    });

    test("is red when there is nothing to verify", () => {
        shell = cosign([statement({})]);
        shell.write("images", "");
        expect(run(step("verify")).stderr).toContain("no image to verify");
    });

    test("hands cosign the keys and the CA, and clears them away", () => {
        shell = cosign(
            [statement({})],
            `cp "$SIGSTORE_REKOR_PUBLIC_KEY" "$SHARED/log.pub"; cp "$SSL_CERT_FILE" "$SHARED/ca"; printf %s "$SIGNING_PUBLIC_KEY" > "$SHARED/key"; echo "$HOME" > "$SHARED/home"`,
        );
        expect(run(step("verify")).code).toBe(0);
        expect(shell.read("log.pub").trimEnd()).toBe(INPUTS.LOG_PUBLIC_KEY.trimEnd());
        expect(shell.read("ca").trimEnd()).toBe(INPUTS.REGISTRY_CA.trimEnd());
        expect(shell.read("key")).toBe(INPUTS.SIGNING_PUBLIC_KEY);
        expect(
            shell.has(
                shell
                    .read("home")
                    .trimEnd()
                    .slice(shell.directory.length + 1),
            ),
        ).toBe(false);
    });

    test("leaves cosign's own trust alone where no key of a log and no CA is given", () => {
        shell = cosign(
            [statement({})],
            `printf '%s' "\${SIGSTORE_REKOR_PUBLIC_KEY-none} \${SSL_CERT_FILE-none}" > "$SHARED/seen"`,
        );
        expect(run(step("verify"), { LOG_PUBLIC_KEY: "", REGISTRY_CA: "" }).code).toBe(0);
        expect(shell.read("seen")).toBe("none none");
    });

    test("refuses to verify without a key", () => {
        shell = cosign([statement({})]);
        const outcome = run(step("verify"), { SIGNING_PUBLIC_KEY: "" });
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("no public key to verify with");
        expect(shell.calls()).toEqual([]);
    });

    test("finds its statement among those of other runs of the same image", () => {
        shell = cosign([statement({ uid: "other", commit: COMMIT.replace("0", "f") }), statement({})]);
        expect(run(step("verify")).code).toBe(0);
    });

    test.each<{ what: string; values: Values; says: string }>([
        {
            what: "builder",
            values: { builder: "https://tekton.dev/chains/v2" },
            says: 'the builder is "https://tekton.dev/chains/v2"',
        },
        {
            what: "source",
            values: { uri: "git+https://git.test/fork/app.git" },
            says: 'the source is "git+https://git.test/fork/app.git"',
        },
        { what: "commit", values: { commit: COMMIT.replace("0", "f") }, says: 'the commit is "f' },
        {
            what: "predicate type",
            values: { type: "https://slsa.dev/provenance/v0.2" },
            says: "the predicate's type is",
        },
    ])("is red at once when this run's statement names another $what", ({ values, says }) => {
        shell = cosign([statement(values)]);
        const outcome = run(step("verify"));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        // No image is asked for again.
        expect(new Set(shell.calls()).size).toBe(shell.calls().length);
    });

    const OTHER = { uid: "other", commit: COMMIT.replace("0", "f") };

    test.each([
        [
            "behind the signed one",
            (signed: string, forged: string) =>
                `{"payloadType":"application/vnd.in-toto+json","payload":"${signed}","signatures":[{"sig":"c2ln"}],"x":{"payload":"${forged}"}}`,
        ],
        [
            "under the same name in other letters",
            (signed: string, forged: string) =>
                `{"payloadType":"application/vnd.in-toto+json","payload":"${forged}","PAYLOAD":"${signed}","signatures":[{"sig":"c2ln"}]}`,
        ],
        [
            "inside the signature",
            (signed: string, forged: string) =>
                `{"payloadType":"application/vnd.in-toto+json","payload":"${signed}","signatures":[{"sig":"c2ln","payload":"${forged}"}]}`,
        ],
    ])("does not read a payload that nobody signed: %s", (_where, forge) => {
        shell = cosign([]);
        shell.write("envelopes", `${forge(payloadOf(statement(OTHER)), payloadOf(statement({})))}\n`);
        const outcome = run(step("verify", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("none of it is of PipelineRun ko-abcde");
    });

    test.each([
        ["two commits of decimal digits", `1${"234567890".repeat(4)}123`, `1${"234567890".repeat(4)}124`],
        ["two commits that are both zero as numbers", `0e${"0".repeat(37)}1`, "0".repeat(40)],
    ])("tells %s apart", (_what, merged, stated) => {
        shell = cosign([statement({ commit: stated })]);
        const outcome = run(step("verify"), { COMMIT: merged });
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(`the commit is "${stated}"`);
    });

    test("looks at every dependency, also behind one without a URI", () => {
        const body = statement({});
        const dependencies: object[] = body.predicate.buildDefinition.resolvedDependencies;
        dependencies.push({ name: "x" }, { name: "inputs/result", uri: "git+x.git", digest: { sha1: "0" } });
        shell = cosign([body]);
        expect(run(step("verify")).stderr).toContain("2 sources are named instead of one");
    });

    test("takes no key with slashes for a path, and no place that is stated twice", () => {
        const { predicate, ...rest } = statement(OTHER);
        shell = cosign([{ ...rest, predicate, "predicate/runDetails/metadata/invocationId": UID }]);
        expect(run(step("verify", HURRIED)).stderr).toContain("none of it is of PipelineRun ko-abcde");
        shell.remove();
        shell = cosign([]);
        const twice = JSON.stringify(statement({})).replace('{"_type"', '{"_type":"x","_type"');
        const payload = Buffer.from(twice).toString("base64");
        shell.write("envelopes", `${envelope({}).replace(payloadOf({}), payload)}\n`);
        expect(run(step("verify")).stderr).toContain("/_type is stated twice");
    });

    test("is red when the statement is larger than what the log keeps", () => {
        const bytes = JSON.stringify(statement({})).length;
        shell = cosign([statement({})]);
        // As the log counts: whole groups of the three bytes that make four characters of base64.
        const counted = Math.ceil(bytes / 3) * 3;
        const outcome = run(step("verify", { ...ARGS, maxStatementBytes: counted - 1 }));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(
            `the statement has ${String(bytes)} bytes, and the log keeps none of more than ${String(counted - 1)}`,
        );
        expect(run(step("verify", { ...ARGS, maxStatementBytes: counted })).code).toBe(0);
    });

    test("is red when the statement names no source, or two", () => {
        const none = statement({});
        none.predicate.buildDefinition.resolvedDependencies.length = 1;
        shell = cosign([none]);
        expect(run(step("verify")).stderr).toContain("0 sources are named instead of one");
        shell.remove();
        const two = statement({});
        two.predicate.buildDefinition.resolvedDependencies.push({
            name: "inputs/result",
            uri: "git+x.git",
            digest: { sha1: "0" },
        });
        shell = cosign([two]);
        expect(run(step("verify")).stderr).toContain("2 sources are named instead of one");
    });

    test("waits for the provenance, and is red when only another run's is there in time", () => {
        shell = cosign([statement({ uid: "other" })]);
        const outcome = run(step("verify", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("none of it is of PipelineRun ko-abcde");
    });

    test("waits while cosign refuses, and tells what cosign said", () => {
        shell = cosign(
            [statement({})],
            `[ -f "$SHARED/asked" ] || { touch "$SHARED/asked"; echo "no matching attestations" >&2; exit 1; }`,
        );
        expect(run(step("verify")).code).toBe(0);
        shell.remove();
        shell = cosign([statement({})], `echo "no matching attestations" >&2; exit 1`);
        const outcome = run(step("verify", HURRIED));
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("no matching attestations");
    });

    test.each(["", "{}", "not base64 \u0001"])("is red when cosign prints %j", (text) => {
        shell = cosign([]);
        shell.write("envelopes", text);
        expect(run(step("verify", HURRIED)).code).toBe(1);
    });
});
