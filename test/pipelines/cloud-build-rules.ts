import { mkdirSync } from "node:fs";
import type { CloudBuild, CloudBuildStep } from "../../pipelines/cloud-build";
import type { Outcome, Shell } from "./shell";

/** What a push tells Cloud Build. All but the commit is chosen by whoever pushes. */
export interface Push {
    readonly commit: string;
    readonly branch?: string;
    readonly tag?: string;
}

/**
 * What Cloud Build does to the fields of a build before it runs, again in a few lines: a scan from left to right, in which
 * `$$` is a `$`, `$KEY` and `${KEY}` are values, a key that nobody knows is nothing (triggers are `ALLOW_LOOSE`), and every
 * other `$` is itself. A trigger's build has bash's operations too (`dynamicSubstitutions`): here the worst of them, that
 * each `${KEY<operation>}` is evaluated wherever it stands.
 *
 * In image, directory, entrypoint, arguments and environment, and not in a script.
 *
 * @see https://github.com/GoogleCloudPlatform/cloud-build-local/blob/35d27600199420b6249e62d853779c53573bc39f/subst/subst.go
 * @see https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
 * @see https://cloud.google.com/build/docs/configuring-builds/run-bash-scripts#using_substitutions_in_the_script_field
 */
export function substituted(build: CloudBuild<string>, push: Push): CloudBuild<string> {
    const values: Readonly<Record<string, string | undefined>> = {
        PROJECT_ID: "test-project",
        PROJECT_NUMBER: "123456789012",
        BUILD_ID: "5f3c1f0e-0000-4000-8000-000000000001",
        LOCATION: "europe-west4",
        TRIGGER_NAME: "merge",
        REPO_NAME: "team-app",
        REPO_FULL_NAME: "team/app",
        COMMIT_SHA: push.commit,
        REVISION_ID: push.commit,
        SHORT_SHA: push.commit.slice(0, 7),
        BRANCH_NAME: push.branch ?? "main",
        TAG_NAME: push.tag,
        REF_NAME: push.tag ?? push.branch ?? "main",
    };
    const text = (template: string): string =>
        template.replace(
            /\$\$|\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)[^}]*\})/g,
            (found: string, bare: string | undefined, braced: string | undefined) =>
                found === "$$" ? "$" : (values[bare ?? braced ?? ""] ?? ""),
        );
    return {
        ...build,
        steps: build.steps.map((step) => ({
            ...step,
            name: text(step.name),
            dir: text(step.dir),
            envs: step.envs.map(text),
        })),
    };
}

/**
 * What Cloud Build refuses of a build, as far as its own checks were published.
 *
 * @see https://github.com/GoogleCloudPlatform/cloud-build-local/blob/01290b9f2de7306fd992fd688c7b55288475d50f/validate/validate.go
 */
export function refusals({ steps, timeout }: CloudBuild<string>): string[] {
    const seconds = (duration: string): number =>
        /^[1-9][0-9]*s$/.test(duration) ? Number(duration.slice(0, -1)) : Number.NaN;
    const names = steps.flatMap(({ volumes }) => volumes.map(({ name }) => name));
    const sum = steps.reduce((total, step) => total + seconds(step.timeout), 0);
    return [
        ...steps.flatMap(({ id, name, envs, volumes }) => [
            ...(/^[a-z0-9.:-]+(?:\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/.test(name) ? [] : [`${id}: image ${name}`]),
            ...envs.filter((env) => !/^[A-Z_]+=/.test(env)).map((env) => `${id}: ${env}`),
            ...volumes
                .map(({ path }) => path)
                .filter((path, index, all) => !/^\/[a-z]+$/.test(path) || all.indexOf(path) !== index)
                .map((path) => `${id}: volume at ${path}`),
            ...volumes
                .filter(({ path }) => ["/workspace", "/builder", "/cloudbuild", "/var"].includes(path))
                .map(({ path }) => `${id}: ${path} is reserved`),
        ]),
        ...[...new Set(names)]
            .filter((name) => names.indexOf(name) === names.lastIndexOf(name))
            .map((name) => `volume ${name} is used by one step`),
        ...(new Set(steps.map(({ id }) => id)).size === steps.length ? [] : ["two steps of one id"]),
        // Not-a-number is no less, and not within a day either.
        ...(seconds(timeout) >= sum && seconds(timeout) <= 86_400
            ? []
            : [`a timeout of ${timeout} for ${String(sum)} s`]),
    ];
}

/** The environment of a step, after substitution. */
export function environmentOf({ envs }: CloudBuildStep<string>): Record<string, string> {
    return Object.fromEntries(
        envs.map((env): [string, string] => [env.slice(0, env.indexOf("=")), env.slice(env.indexOf("=") + 1)]),
    );
}

/** Runs a step of a substituted build; each volume is a folder of the shell, the one of the merge is the shell's own. */
export function runBuildStep(shell: Shell, step: CloudBuildStep<string>): Outcome {
    const mounts = step.volumes.map(({ name, path }): [string, string] => [
        path,
        name === "merge" ? shell.directory : shell.path(name),
    ]);
    const mounted = (value: string): string => {
        const [path, folder] = mounts.find(([at]) => value === at || value.startsWith(`${at}/`)) ?? ["", ""];
        return `${folder}${value.slice(path.length)}`;
    };
    for (const [, folder] of mounts) {
        mkdirSync(folder, { recursive: true });
    }
    return shell.run(
        step.script,
        Object.fromEntries(Object.entries(environmentOf(step)).map(([name, value]) => [name, mounted(value)])),
    );
}
