import { koPipeline } from "../../pipelines/ko";
import {
    mergeBuildSteps,
    type MergeBuildArgs,
    type MergeBuildInput,
    type MergeBuildStep,
} from "../../pipelines/merge-build";
import type { Outcome, Shell } from "./shell";
import { KO_ARGS, pinned } from "./values";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const UID = "8b4f5f0e-0000-4000-8000-000000000001";
export const DIGEST = "a".repeat(64);
export const IMAGES = `registry.test/one@sha256:${DIGEST}\nregistry.test/two@sha256:${DIGEST}\n`;

export const ARGS: MergeBuildArgs = {
    template: koPipeline(KO_ARGS).runTemplate,
    url: "https://git.test/team/app",
    pushed: ["two", "one"].map((name) => ({ repository: `registry.test/${name}`, platforms: ["linux/amd64"] })),
    tags: ["latest", "v1"],
    maxRuns: 2,
    cancelOlder: false,
    images: {
        kubectl: pinned("tools.test/kubectl"),
        cosign: pinned("tools.test/cosign"),
        crane: pinned("tools.test/crane"),
    },
    builderId: "https://forge.test/builder/v1",
    logUrl: "http://log.test:3000",
    maxStatementBytes: 100_000,
    imageSignatures: false,
    timeoutSeconds: { turn: 20, run: 20, provenance: 20 },
};

export function step(name: MergeBuildStep["name"], args: MergeBuildArgs = ARGS): MergeBuildStep {
    const found = mergeBuildSteps(args).find((candidate) => candidate.name === name);
    if (found === undefined) {
        throw new Error(`no step "${name}"`);
    }
    return found;
}

/** What the trigger adds. */
export const INPUTS: Record<MergeBuildInput, string> = {
    COMMIT,
    SHARED: "",
    SIGNING_PUBLIC_KEY: "-----BEGIN PUBLIC KEY-----\nsigning\n-----END PUBLIC KEY-----\n",
    LOG_PUBLIC_KEY: "-----BEGIN PUBLIC KEY-----\nlog\n-----END PUBLIC KEY-----\n",
    REGISTRY_CA: "-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n",
    KUBECONFIG: "/var/run/trigger.kubeconfig",
    PROMOTE_CONFIG: '{"auths":{"registry.test":{"auth":"secret"}}}',
};

/** For what never happens: waiting is not what these tests are about. */
export const HURRIED: MergeBuildArgs = { ...ARGS, timeoutSeconds: { turn: 1, run: 1, provenance: 1 } };

/** Runs a step with the inputs that it names and no others. */
export function runStep(
    shell: Shell,
    { script, env, inputs }: MergeBuildStep,
    given: Partial<Record<MergeBuildInput, string>> = {},
): Outcome {
    const values = { ...INPUTS, SHARED: shell.directory, ...given };
    return shell.run(script, { ...env, ...Object.fromEntries(inputs.map((input) => [input, values[input]])) });
}
