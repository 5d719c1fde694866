import { pipelineRun } from "../../pipelines/run";
import type { PipelineRunSpec } from "../../pipelines/tekton";
import { all, literal, text, type Json } from "../cel";
import { COMMIT, isFullSha } from "../commit";
import type { Build, Judgement, Rule } from "../rule";

export const runAsDeclared: Rule = {
    name: "run-as-declared",
    reason: "who may choose anything but the commit chooses what is built, with whose rights, or what the provenance says",
    cure: "create the run with the declared steps of the trigger, which leave nothing but the commit to choose",
    judges: judgeRun,
};

/** A run of another version is converted to v1 before it is judged. */
function judgeRun(build: Build): Judgement {
    const { params, pipelineRef, status, taskRunTemplate, taskRunSpecs, timeouts, workspaces, ...others } = pipelineRun(
        build.runTemplate,
        { url: build.url, [COMMIT]: "" },
    ).spec;
    const unknown = Object.keys(others);
    if (unknown.length > 0) {
        throw new Error(`A run declares ${unknown.join(", ")}: say in run-as-declared.ts how that is compared.`);
    }
    const known = ["pipelineRef", "params", "status", "taskRunTemplate", "taskRunSpecs", "timeouts", "workspaces"];
    const fixed = params.filter(({ name }) => name !== COMMIT);
    return {
        where: "builds",
        requests: [
            { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], operations: ["CREATE"], apiVersion: "v1" },
        ],
        checks: [
            { holds: hasOnly("object.spec", known), otherwise: "the run has a field that is not declared" },
            { holds: same("status", status), otherwise: "the run does not wait for its turn" },
            {
                holds: same("pipelineRef", pipelineRef as unknown as Json),
                otherwise: "the run's pipeline is not the declared one, by its name and through the cluster resolver",
            },
            {
                holds: all(
                    "has(object.spec.params)",
                    `object.spec.params.map(param, param.name) == ${literal(params.map(({ name }) => name))}`,
                    `object.spec.params.all(param, ${hasOnly("param", ["name", "value"])})`,
                ),
                otherwise: `the run's params are not ${params.map(({ name }) => name).join(", ")}, each once and in this order`,
            },
            ...fixed.map(({ name, value }) => ({
                holds: ofParam(name, `param.value == ${text(value)}`),
                otherwise:
                    name === "url"
                        ? "the run's repository URL is not the declared one"
                        : `the run's ${name} is not the declared one`,
            })),
            {
                holds: ofParam(COMMIT, isFullSha("param.value")),
                otherwise: "the run's commit is not a full SHA of 40 lower-case hexadecimal digits",
            },
            {
                holds: all(
                    same("taskRunTemplate", taskRunTemplate as unknown as Json),
                    same("taskRunSpecs", taskRunSpecs),
                ),
                otherwise: "the settings of the run's task runs are not the declared ones",
            },
            {
                holds: all(
                    "has(object.spec.timeouts) && has(object.spec.timeouts.pipeline)",
                    hasOnly("object.spec.timeouts", ["pipeline"]),
                    `duration(object.spec.timeouts.pipeline) == duration(${text(timeouts.pipeline)})`,
                ),
                otherwise: "the run's timeouts are not the declared ones",
            },
            { holds: sameWorkspaces(workspaces), otherwise: "the run's workspaces are not the declared ones" },
        ],
    };
}

const hasOnly = (map: string, keys: readonly string[]): string => `${map}.all(key, key in ${literal(keys)})`;

const same = (field: string, declared: Json): string =>
    all(`has(object.spec.${field})`, `object.spec.${field} == ${literal(declared)}`);

const ofParam = (name: string, condition: string): string =>
    all(
        "has(object.spec.params)",
        `object.spec.params.exists_one(param, param.name == ${text(name)})`,
        `object.spec.params.all(param, param.name != ${text(name)} || (has(param.value) && ${condition}))`,
    );

/**
 * Volume claims as Tekton's webhook stores them: it writes each through the Go type, which adds an empty `metadata` and
 * `status` and may write a quantity otherwise (1024Mi as 1Gi).
 */
function sameWorkspaces(declared: PipelineRunSpec["workspaces"]): string {
    return all(
        "has(object.spec.workspaces)",
        `object.spec.workspaces.size() == ${String(declared.length)}`,
        ...declared.flatMap(({ name, volumeClaimTemplate: { spec } }, index) => {
            const workspace = `object.spec.workspaces[${String(index)}]`;
            const claim = `${workspace}.volumeClaimTemplate`;
            const { resources, ...rest } = spec;
            return [
                `${workspace}.name == ${text(name)}`,
                `has(${claim}) && has(${claim}.spec) && has(${claim}.spec.resources) && has(${claim}.spec.resources.requests)`,
                hasOnly(workspace, ["name", "volumeClaimTemplate"]),
                hasOnly(claim, ["metadata", "spec", "status"]),
                `!has(${claim}.metadata) || ${claim}.metadata.all(key, key == "creationTimestamp" && ${claim}.metadata[key] == null)`,
                `!has(${claim}.status) || ${claim}.status.size() == 0`,
                hasOnly(`${claim}.spec`, [...Object.keys(rest), "resources"]),
                ...Object.entries(rest).map(
                    ([key, value]) => `has(${claim}.spec.${key}) && ${claim}.spec.${key} == ${literal(value)}`,
                ),
                hasOnly(`${claim}.spec.resources`, ["requests"]),
                hasOnly(`${claim}.spec.resources.requests`, ["storage"]),
                `has(${claim}.spec.resources.requests.storage)`,
                `quantity(string(${claim}.spec.resources.requests.storage))` +
                    `.compareTo(quantity(${text(resources.requests.storage)})) == 0`,
            ];
        }),
    );
}
