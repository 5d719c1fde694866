import { statSync } from "node:fs";
import { cloudBuild, escapeSubstitutions, type CloudBuild, type CloudBuildArgs } from "../../pipelines/cloud-build";
import { mergeBuildSteps, type MergeBuildStep } from "../../pipelines/merge-build";
import { environmentOf, refusals, runBuildStep, substituted, type Push } from "./cloud-build-rules";
import { ARGS, COMMIT, DIGEST, IMAGES, INPUTS, UID } from "./merge-values";
import { HOSTILE, Shell, type Outcome } from "./shell";
import { pinned } from "./values";

const STEPS = mergeBuildSteps(ARGS);
const NAMES = STEPS.map(({ name }) => name);

const CLOUD: CloudBuildArgs<string> = {
    steps: STEPS,
    shell: (image) => (image === ARGS.images.crane ? "/busybox/sh" : "/bin/sh"),
    gcloud: { image: pinned("tools.test/gcloud"), shell: "/bin/sh" },
    cluster: { project: "test-project", location: "europe-west4", name: "builds" },
    promoter: {
        serviceAccount: "promoter@test-project.iam.gserviceaccount.com",
        registries: ["registry.test", "europe-docker.pkg.dev"],
    },
    verification: {
        SIGNING_PUBLIC_KEY: INPUTS.SIGNING_PUBLIC_KEY,
        LOG_PUBLIC_KEY: INPUTS.LOG_PUBLIC_KEY,
        REGISTRY_CA: INPUTS.REGISTRY_CA,
    },
    map: (value, text) => text(value),
};
const BUILD = cloudBuild(CLOUD);

const PUSH: Push = { commit: COMMIT };
/** Names of branches and tags, and messages, as somebody would choose them who wants more than a merge. */
const CHOSEN = [
    ...HOSTILE,
    "$COMMIT_SHA",
    "${COMMIT_SHA}",
    "$$COMMIT_SHA",
    "${BRANCH_NAME:-$(touch hacked)}",
    "main\nCOMMIT=ffffffffffffffffffffffffffffffffffffffff",
];

const declared = (name: string): MergeBuildStep => STEPS.find((step) => step.name === name) as MergeBuildStep;
const stepOf = (build: CloudBuild<string>, id: string): CloudBuild<string>["steps"][number] =>
    build.steps.find((step) => step.id === id) as CloudBuild<string>["steps"][number];

describe("a merge as a build of Cloud Build", () => {
    test("is one that Cloud Build takes", () => {
        expect(refusals(BUILD)).toEqual([]);
        // The checks see what they are there for.
        expect(refusals({ ...BUILD, timeout: "60s" })).toHaveLength(1);
        expect(refusals({ ...BUILD, steps: BUILD.steps.slice(0, 1) })).toHaveLength(2);
    });

    test("gets the credentials first, runs the declared steps in order, and the promoter's token just before its step", () => {
        expect(BUILD.steps.map(({ id }) => id)).toEqual(["credentials", ...NAMES.slice(0, -1), "promoter", "promote"]);
        expect(NAMES.at(-1)).toBe("promote");
    });

    test("runs each image by its digest, without the tag that the lock has beside it", () => {
        const [first, ...others] = STEPS as [MergeBuildStep, ...MergeBuildStep[]];
        const tagged = `docker.io/alpine/k8s:1.34.1@sha256:${DIGEST}` as const;
        const steps = [{ ...first, image: tagged }, ...others];
        expect(stepOf(cloudBuild({ ...CLOUD, steps }), "create-run").name).toBe(
            `docker.io/alpine/k8s@sha256:${DIGEST}`,
        );
        const port = { ...first, image: `registry.test:5000/k8s@sha256:${DIGEST}` as const };
        expect(stepOf(cloudBuild({ ...CLOUD, steps: [port, ...others] }), "create-run").name).toBe(port.image);
    });

    test("would say what somebody chose, if a field named it", () => {
        const [first, ...others] = BUILD.steps as [CloudBuild<string>["steps"][number]];
        const naming = [
            "BRANCH=$BRANCH_NAME",
            "TAG=${TAG_NAME}x",
            "REF=${REF_NAME//a/b}",
            "KEPT=$$BRANCH_NAME $$$BRANCH_NAME",
        ];
        const build = {
            ...BUILD,
            steps: [{ ...first, envs: [...naming, "NOTHING=$_UNKNOWN", "ITSELF=$(a) $b"] }, ...others],
        };
        const push = { commit: COMMIT, branch: "$(touch hacked)", tag: "v1" };
        expect(environmentOf(stepOf(substituted(build, push), "credentials"))).toEqual({
            BRANCH: "$(touch hacked)",
            TAG: "v1x",
            REF: "v1",
            KEPT: "$BRANCH_NAME $$(touch hacked)",
            NOTHING: "",
            ITSELF: "$(a) $b",
        });
    });

    test.each([...CHOSEN, "main"])("says the same of a push to %j", (chosen) => {
        const build = substituted(BUILD, { commit: COMMIT, branch: chosen, tag: chosen });
        expect(build).toEqual(substituted(BUILD, PUSH));
    });

    test.each(NAMES)("%s: script and environment are what was declared, byte for byte", (name) => {
        const step = stepOf(substituted(BUILD, PUSH), name);
        const { script, env, inputs } = declared(name);
        const shebang = name === "promote" ? "#!/busybox/sh\n" : "#!/bin/sh\n";
        const prologue = name === "promote" ? 'PROMOTE_CONFIG=$(cat "$PROMOTE_FILE") || exit 1\n' : "";
        expect(step.script).toBe(`${shebang}${prologue}${script}`);
        const given: Record<string, string> = {
            COMMIT,
            SIGNING_PUBLIC_KEY: INPUTS.SIGNING_PUBLIC_KEY,
            LOG_PUBLIC_KEY: INPUTS.LOG_PUBLIC_KEY,
            REGISTRY_CA: INPUTS.REGISTRY_CA,
            KUBECONFIG: "/credentials/kubeconfig",
        };
        expect(environmentOf(step)).toEqual({
            ...env,
            ...Object.fromEntries(Object.entries(given).filter(([input]) => (inputs as string[]).includes(input))),
            ...(name === "promote" ? { PROMOTE_FILE: "/promoter/config.json" } : {}),
            HOME: "/merge",
            SHARED: "/merge",
        });
    });

    test.each(["$COMMIT_SHA", "${BRANCH_NAME}", "$$", "$", "a$$$$b", "$(touch hacked)", "${_USER^^}", "$_X$Y$$Z"])(
        "a setting %j stays itself",
        (text) => {
            const [first, ...others] = STEPS as [MergeBuildStep, ...MergeBuildStep[]];
            const build = cloudBuild({
                ...CLOUD,
                steps: [{ ...first, env: { ...first.env, RUN: text } }, ...others],
                verification: { ...CLOUD.verification, REGISTRY_CA: text },
            });
            const known = substituted(build, { ...PUSH, branch: "hacked" });
            expect(environmentOf(stepOf(known, "create-run"))["RUN"]).toBe(text);
            expect(environmentOf(stepOf(known, "verify"))["REGISTRY_CA"]).toBe(text);
            expect(environmentOf(stepOf(known, "promote"))["REGISTRY_CA"]).toBe(text);
            expect(escapeSubstitutions(text)).not.toMatch(/(?<!\$)(?:\$\$)*\$(?!\$)/);
        },
    );

    test("names nothing of a merge but the commit, in the one variable that has its name", () => {
        const left = BUILD.steps.flatMap(({ id, envs, script: _script, ...fields }) => [
            ...JSON.stringify(fields).matchAll(/\$+/g),
            ...envs.flatMap((env) => [...env.replaceAll("$$", "").matchAll(/\$.*/g)].map(() => `${id}: ${env}`)),
        ]);
        expect(left).toEqual(["create-run: COMMIT=$COMMIT_SHA", "verify: COMMIT=$COMMIT_SHA"]);
        expect(Object.keys(BUILD).sort()).toEqual(["options", "steps", "timeout"]);
    });

    test("starts no step where the merged files are", () => {
        expect(new Set(BUILD.steps.map(({ dir }) => dir))).toEqual(new Set(["/merge"]));
    });

    test("mounts the kubeconfig where it is named, and the promoter's credential in its own step", () => {
        const mounting = (volume: string): string[] =>
            BUILD.steps.filter(({ volumes }) => volumes.some(({ name }) => name === volume)).map(({ id }) => id);
        expect(mounting("credentials")).toEqual([
            "credentials",
            ...STEPS.filter(({ inputs }) => inputs.includes("KUBECONFIG")).map(({ name }) => name),
        ]);
        expect(mounting("credentials")).toHaveLength(4);
        expect(mounting("promoter")).toEqual(["promoter", "promote"]);
        expect(mounting("merge")).toEqual(BUILD.steps.map(({ id }) => id));
        const knows = BUILD.steps
            .filter(({ envs }) => envs.some((env) => env.includes("/promoter")))
            .map(({ id }) => id);
        expect(knows).toEqual(["promoter", "promote"]);
    });

    test("leaves each step time to say that its own is over, and the build the time of all", () => {
        expect(BUILD.steps.map(({ timeout }) => timeout)).toEqual([
            "900s",
            "320s",
            "320s",
            "320s",
            "900s",
            "900s",
            "900s",
        ]);
        expect(BUILD.timeout).toBe("4560s");
    });

    test("is red without provenance of its own", () => {
        expect(BUILD.options).toEqual({ requestedVerifyOption: "VERIFIED" });
    });

    test.each<[string, Partial<CloudBuildArgs<string>>, string]>([
        [
            "waits longer than a build may go on",
            { steps: mergeBuildSteps({ ...ARGS, timeoutSeconds: { turn: 43_200, run: 43_200, provenance: 600 } }) },
            "may take 91500 seconds, and Cloud Build ends a build after 86400: shorten",
        ],
        [
            "waits no number of seconds",
            { steps: [{ ...declared("wait-run"), env: { TIMEOUT_SECONDS: "1h" } }] },
            'The step wait-run waits "1h" seconds',
        ],
        [
            "runs a tag",
            { gcloud: { image: "tools.test/gcloud:latest" as never, shell: "/bin/sh" } },
            'The step credentials runs "tools.test/gcloud:latest": name an image by its digest.',
        ],
        [
            "has no promoter",
            { promoter: { ...CLOUD.promoter, serviceAccount: "promoter" } },
            '"promoter" is no service account',
        ],
        ["moves tags nowhere", { promoter: { ...CLOUD.promoter, registries: [] } }, "name the hosts"],
        [
            "has no host for a registry",
            { promoter: { ...CLOUD.promoter, registries: ['x":{},"y'] } },
            '"x":{},"y" is no registry',
        ],
    ])("is refused when it %s", (_what, change, message) => {
        expect(() => cloudBuild({ ...CLOUD, ...change })).toThrow(message);
    });
});

describe("a build that runs", () => {
    let shell: Shell;
    afterEach(() => {
        shell.remove();
    });

    const STATEMENT = JSON.stringify({
        _type: "https://in-toto.io/Statement/v1",
        predicateType: "https://slsa.dev/provenance/v1",
        predicate: {
            buildDefinition: {
                resolvedDependencies: [
                    { name: "inputs/result", uri: "git+https://git.test/team/app.git", digest: { sha1: COMMIT } },
                ],
            },
            runDetails: { builder: { id: ARGS.builderId }, metadata: { invocationId: UID } },
        },
    });
    const ENVELOPE = JSON.stringify({
        payloadType: "application/vnd.in-toto+json",
        payload: Buffer.from(STATEMENT).toString("base64"),
        signatures: [{ keyid: "SHA256:c2ln", sig: "c2ln" }],
    });

    /** A cluster whose run succeeds, a registry whose images have provenance, and Google's own programs. */
    function platform(gcloud?: string): Shell {
        const made = new Shell({
            gcloud:
                gcloud ??
                `case "$*" in
                    *get-credentials*) umask 077; printf '%s' "$CLOUDSDK_CONTAINER_USE_APPLICATION_DEFAULT_CREDENTIALS" > "$KUBECONFIG" ;;
                    *print-access-token*) printf 'ya29.token\\n' ;;
                esac`,
            kubectl: `
                [ "$(cat "$KUBECONFIG")" = true ] || exit 7
                case "$*" in
                    create*) cp "$SHARED/run.json" "$SHARED/created.json"; printf 'ko-${COMMIT} ${UID}' ;;
                    *" pipelineruns "*) echo "2026-01-01T10:00:00Z ko-${COMMIT} True" ;;
                    *results*) cat "$SHARED/pushed" ;;
                    *metadata.uid*) printf '${UID} True' ;;
                esac`,
            cosign: 'cat "$SHARED/envelope"',
            crane: 'cat "$DOCKER_CONFIG/config.json" > "$SHARED/config-seen"; env > "$SHARED/env-seen"',
        });
        made.write("pushed", IMAGES);
        made.write("envelope", `${ENVELOPE}\n`);
        return made;
    }

    /** As Cloud Build does it: step by step, until one fails. */
    function merge(push: Push): { id: string; outcome: Outcome }[] {
        const done: { id: string; outcome: Outcome }[] = [];
        for (const step of substituted(BUILD, push).steps) {
            const outcome = runBuildStep(shell, step);
            done.push({ id: step.id, outcome });
            if (outcome.code !== 0) {
                break;
            }
        }
        return done;
    }

    test.each(["main", ...CHOSEN])("is green, and has run nothing else, for a push to %j", (chosen) => {
        shell = platform();
        const steps = merge({ commit: COMMIT, branch: chosen, tag: chosen });
        expect(steps.map(({ id, outcome }) => [id, outcome.code, outcome.stderr])).toEqual(
            BUILD.steps.map(({ id }) => [id, 0, ""]),
        );
        expect(shell.has("hacked")).toBe(false);
        const plain = declared("create-run").env["RUN"]?.replaceAll("@COMMIT@", COMMIT).replace("@ATTEMPT@", "");
        expect(shell.read("created.json")).toBe(`${plain ?? ""}\n`);
        expect(steps.at(-1)?.outcome.stdout.split("\n")).toContain(
            `promoted registry.test/one@sha256:${DIGEST} to registry.test/one:latest`,
        );
    });

    test("asks gcloud for the DNS endpoint of the declared cluster, and for the promoter's token in the step before the last", () => {
        shell = platform();
        merge(PUSH);
        const calls = shell.calls();
        expect(calls[0]).toBe(
            "gcloud container clusters get-credentials builds --project test-project --location europe-west4 --dns-endpoint",
        );
        const token = calls.indexOf(
            "gcloud auth print-access-token --impersonate-service-account promoter@test-project.iam.gserviceaccount.com",
        );
        expect(calls.slice(token + 1).every((call) => call.startsWith("crane tag "))).toBe(true);
        expect(calls.filter((call) => call.startsWith("gcloud "))).toHaveLength(2);
    });

    test("lets steps of other users write what they share, and read the kubeconfig, which holds no credential", () => {
        shell = platform();
        merge(PUSH);
        const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
        expect([mode(shell.directory), mode(shell.path("credentials/kubeconfig"))]).toEqual(["1777", "644"]);
    });

    test("hands the promoter's token to crane as Docker's configuration, and in no variable", () => {
        shell = platform();
        merge(PUSH);
        const auth = Buffer.from("oauth2accesstoken:ya29.token").toString("base64");
        expect(JSON.parse(shell.read("config-seen"))).toEqual({
            auths: { "registry.test": { auth }, "europe-docker.pkg.dev": { auth } },
        });
        expect(shell.read("env-seen")).not.toContain(auth);
    });

    test.each(HOSTILE)("is red at its first look at a commit %j", (commit) => {
        shell = platform();
        const steps = merge({ commit });
        expect(steps.at(-1)).toMatchObject({ id: "create-run", outcome: { code: 1 } });
        expect([shell.has("hacked"), shell.has("created.json")]).toEqual([false, false]);
    });

    test("is red when no commit is known, as for a build without a source", () => {
        shell = platform();
        expect(merge({ commit: "" }).at(-1)?.outcome.stderr).toContain("the commit has 0 digits");
    });

    test.each([
        ["no way to the cluster", "exit 1", "credentials", "needs container.clusters.get"],
        ["nothing in the kubeconfig", ":", "credentials", "gcloud wrote no kubeconfig"],
        [
            "no token of the promoter",
            'case "$*" in *get-cred*) printf true > "$KUBECONFIG" ;; *) exit 1 ;; esac',
            "promoter",
            "needs roles/iam.serviceAccountTokenCreator on it",
        ],
        [
            "an empty token",
            'case "$*" in *get-cred*) printf true > "$KUBECONFIG" ;; esac',
            "promoter",
            "gcloud gave no token",
        ],
    ])("is red with %s", (_what, gcloud, id, message) => {
        shell = platform(gcloud);
        const last = merge(PUSH).at(-1);
        expect([last?.id, last?.outcome.code]).toEqual([id, 1]);
        expect(last?.outcome.stderr).toContain(message);
    });
});
