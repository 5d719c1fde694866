import { credentialsScript, promoterScript, PROMOTE_PROLOGUE } from "./cloud-build/scripts";
import { escapeSubstitutions, withoutTag } from "./cloud-build/text";
import type { MergeBuildInput, MergeBuildStep } from "./merge-build";
import { isStepImage, type Shell, type StepImage } from "./tekton";

export { escapeSubstitutions } from "./cloud-build/text";

/** Inputs of a step that are the same at every merge, and known once the platform is deployed. */
export type VerificationInput = "SIGNING_PUBLIC_KEY" | "LOG_PUBLIC_KEY" | "REGISTRY_CA";

/** An image, and where it has its shell. */
export interface ScriptedImage {
    readonly image: StepImage;
    readonly shell: Shell;
}

/** Arguments of {@link cloudBuild}. `V` is text, or what becomes text at deployment. */
export interface CloudBuildArgs<V> {
    /**
     * What a merge runs. The images of steps that name KUBECONFIG hold gke-gcloud-auth-plugin too, under the name by which
     * the image `gcloud` finds it: the simplest is the same image for both.
     */
    readonly steps: readonly MergeBuildStep[];
    /** Where an image of `steps` has its shell. */
    readonly shell: (image: StepImage) => Shell;
    /** Holds gcloud, gke-gcloud-auth-plugin, sh and base64, and runs as root: it opens the volumes to the users of the others. */
    readonly gcloud: ScriptedImage;
    readonly cluster: { readonly project: string; readonly location: string; readonly name: string };
    /** Who may move tags in which registries, by host name. The account of the build must be allowed to act as it, for a while. */
    readonly promoter: { readonly serviceAccount: string; readonly registries: readonly string[] };
    readonly verification: Readonly<Record<VerificationInput, V>>;
    /** Applies a function to a value, now or at deployment. */
    readonly map: (value: V, text: (known: string) => string) => V;
}

/** A directory that the steps which mount it share, and that is gone with the build. */
interface Volume {
    name: string;
    path: string;
}

/** A step as the provider's type `TriggerBuildStep` has it. */
export interface CloudBuildStep<V> {
    id: string;
    /** The image. */
    name: string;
    /** Where it starts: not in `/workspace`, which holds what was merged. */
    dir: string;
    /** `NAME=value`; the only field in which anything is substituted. */
    envs: (string | V)[];
    script: string;
    timeout: string;
    volumes: Volume[];
}

/** A build as the provider's type `TriggerBuild` has it, but for where its log goes. */
export interface CloudBuild<V> {
    steps: CloudBuildStep<V>[];
    timeout: string;
    options: { requestedVerifyOption: "VERIFIED" };
}

const SHARED: Volume = { name: "merge", path: "/merge" };
const CREDENTIALS: Volume = { name: "credentials", path: "/credentials" };
const PROMOTER: Volume = { name: "promoter", path: "/promoter" };

const KUBECONFIG = `${CREDENTIALS.path}/kubeconfig`;
const PROMOTE_FILE = `${PROMOTER.path}/config.json`;

/** For pulling an image, and for a step that limits itself to say why it ended. */
const SLACK_SECONDS = 300;
/** For a step that waits for nothing. */
const BRIEF_SECONDS = 900;
/** https://cloud.google.com/build/docs/build-config-file-schema#timeout_2 */
const LONGEST_BUILD_SECONDS = 24 * 60 * 60;

const SERVICE_ACCOUNT = /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9.-]+\.iam\.gserviceaccount\.com$/;
const REGISTRY = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]+)?$/;

/**
 * The steps of a merge as a build of Cloud Build.
 *
 * What a step runs and knows is declared here. Of the merge it gets the commit, as an environment variable, and nothing else:
 * no field names a branch, a tag or a message. In `script` Cloud Build substitutes nothing; the scripts stand in it as they
 * are, behind the line that names the shell. In `env` it does: there each `$` is doubled, but for the one of `$COMMIT_SHA`.
 * That a trigger's build also has bash's operations on substitutions (`dynamicSubstitutions`), and an empty text for what is
 * missing (`ALLOW_LOOSE`), cannot be turned off, and matters to nothing here. `automapSubstitutions`, which would give each
 * step all substitutions as environment variables, is off unless it is set, and the provider does not know it.
 *
 * A run has its name from the commit, as everywhere, and not from the id of the build: one merge is one run, whoever delivers
 * it, and however often. A build that is tried again has another id; its name would find nothing, and build twice.
 *
 * First come the credentials of the cluster: a kubeconfig that holds none, but asks the metadata server for a token whenever
 * one is needed, as a merge may wait longer than a token lives. The token is asked for with the scope in which an account's
 * e-mail is its user name in the cluster. Before the tags are moved, the promoter's token is asked for, and lies where that
 * step alone reads it.
 *
 * Volumes keep steps from mistakes, not from each other: all steps of a build act as one account, whose tokens the metadata
 * server gives to each. What keeps them honest is that each is an image by digest.
 *
 * A step that does not end in time, and a build that does not, are red.
 *
 * @throws Error for an image without a digest, a promoter that is no service account, a registry that is no host name, and
 * for steps that wait longer than Cloud Build lets a build go on
 * @see https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
 * @see https://cloud.google.com/build/docs/configuring-builds/run-bash-scripts
 */
export function cloudBuild<V>(args: CloudBuildArgs<V>): CloudBuild<V> {
    checkPromoter(args.promoter);
    const timeouts: number[] = [];
    const step = (
        { id, seconds, ...of }: { id: string; image: ScriptedImage; seconds: number; script: string },
        envs: (string | V)[],
        volumes: Volume[],
    ): CloudBuildStep<V> => {
        timeouts.push(seconds);
        return {
            id,
            name: imageOf(id, of.image.image),
            dir: SHARED.path,
            envs: [...envs, variable("HOME", SHARED.path), variable("SHARED", SHARED.path)],
            script: `#!${of.image.shell}\n${of.script}`,
            timeout: `${String(seconds)}s`,
            volumes: [SHARED, ...volumes],
        };
    };
    const own = { image: args.gcloud, seconds: BRIEF_SECONDS };
    const credentials = step(
        { ...own, id: "credentials", script: credentialsScript() },
        [
            variable("PROJECT", args.cluster.project),
            variable("LOCATION", args.cluster.location),
            variable("CLUSTER", args.cluster.name),
            variable("KUBECONFIG", KUBECONFIG),
        ],
        [CREDENTIALS],
    );
    const rest = args.steps.flatMap((declared) => {
        const promotes = declared.inputs.includes("PROMOTE_CONFIG");
        const before = promotes
            ? [
                  step(
                      { ...own, id: "promoter", script: promoterScript() },
                      [
                          variable("PROMOTER", args.promoter.serviceAccount),
                          variable("REGISTRIES", args.promoter.registries.join(" ")),
                          variable("PROMOTE_FILE", PROMOTE_FILE),
                      ],
                      [PROMOTER],
                  ),
              ]
            : [];
        const rendered = step(
            {
                id: declared.name,
                image: { image: declared.image, shell: args.shell(declared.image) },
                seconds: secondsOf(declared),
                script: promotes ? `${PROMOTE_PROLOGUE}${declared.script}` : declared.script,
            },
            [
                ...Object.entries(declared.env).map(([name, value]) => variable(name, value)),
                ...declared.inputs.flatMap((input) => inputOf(input, args)),
            ],
            [...(declared.inputs.includes("KUBECONFIG") ? [CREDENTIALS] : []), ...(promotes ? [PROMOTER] : [])],
        );
        return [...before, rendered];
    });
    const seconds = timeouts.reduce((sum, one) => sum + one, 0);
    if (seconds > LONGEST_BUILD_SECONDS) {
        throw new Error(
            `The steps of a merge may take ${String(seconds)} seconds, and Cloud Build ends a build after ${String(LONGEST_BUILD_SECONDS)}: shorten the runs' timeout, or the time in which a run's turn must come.`,
        );
    }
    return {
        steps: [credentials, ...rest],
        // Not less than its steps may take together; the schema asks for it.
        timeout: `${String(seconds)}s`,
        // Cloud Build's own provenance is of this build, not of the images: a build without it is red.
        options: { requestedVerifyOption: "VERIFIED" },
    };
}

function variable(name: string, value: string): string {
    return `${name}=${escapeSubstitutions(value)}`;
}

/** What Cloud Build gives a step for an input that it names. */
function inputOf<V>(input: MergeBuildInput, { verification, map }: CloudBuildArgs<V>): (string | V)[] {
    switch (input) {
        case "COMMIT":
            // Forty hexadecimal digits, or the first step fails.
            return ["COMMIT=$COMMIT_SHA"];
        case "SHARED":
            return [];
        case "KUBECONFIG":
            return [variable(input, KUBECONFIG)];
        case "PROMOTE_CONFIG":
            return [variable("PROMOTE_FILE", PROMOTE_FILE)];
        case "SIGNING_PUBLIC_KEY":
        case "LOG_PUBLIC_KEY":
        case "REGISTRY_CA":
            return [map(verification[input], (known) => variable(input, known))];
    }
}

/** How long a step may take; one that limits itself has time left to say that it did. */
function secondsOf({ name, env }: MergeBuildStep): number {
    const own = env["TIMEOUT_SECONDS"];
    if (own === undefined) {
        return BRIEF_SECONDS;
    }
    if (!/^[1-9][0-9]{0,8}$/.test(own)) {
        throw new Error(`The step ${name} waits "${own}" seconds: give a whole number above 0.`);
    }
    return Number(own) + SLACK_SECONDS;
}

function imageOf(id: string, image: StepImage): string {
    if (!isStepImage(image)) {
        throw new Error(`The step ${id} runs "${String(image)}": name an image by its digest.`);
    }
    return withoutTag(image);
}

function checkPromoter({ serviceAccount, registries }: CloudBuildArgs<unknown>["promoter"]): void {
    if (!SERVICE_ACCOUNT.test(serviceAccount)) {
        throw new Error(
            `"${serviceAccount}" is no service account: give its e-mail, <id>@<project>.iam.gserviceaccount.com.`,
        );
    }
    if (registries.length === 0) {
        throw new Error("The promoter moves tags in no registry: name the hosts of the images' repositories.");
    }
    for (const registry of registries.filter((candidate) => !REGISTRY.test(candidate))) {
        throw new Error(`"${registry}" is no registry: give its host name, and a port where it has one.`);
    }
}
