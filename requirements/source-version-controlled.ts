import { pipelineOf, resultSource, runParam, tasksOf, triggers, type DeclaredTrigger } from "./builds";
import { checkDeclarations } from "./declarations";
import { Findings, jsonText, valueAt } from "./findings";
import type { DeclaredObject } from "./objects";
import { list } from "./pods";
import type { Requirement } from "./requirement";
import { hasUnknown } from "./snapshot";

const HINTS = ["CHAINS-GIT_URL", "CHAINS-GIT_COMMIT"] as const;
/** What the trigger's first step replaces by the merged commit: pipelines/merge-build/create-run.ts. */
const MERGED_COMMIT = "@COMMIT@";

/** The source has a history and an immutable reference: repository, branch and commit, stated by who fetched it. */
export const sourceVersionControlled: Requirement = {
    id: "source-version-controlled",
    title: "Source – Version controlled",
    text: "Every change to the source is tracked in a version control system",
    specification: "https://slsa.dev/spec/v0.1/requirements#version-controlled",
    announcement: "Source code in Github",
    cure: "Declare a MergeTrigger with one repository and one branch, and a Pipeline whose results CHAINS-GIT_URL and CHAINS-GIT_COMMIT are results of the Task that clones.",
    check: (snapshot) => {
        const findings = new Findings();
        checkDeclarations(findings, snapshot);
        for (const trigger of triggers(findings, snapshot)) {
            const { resource } = trigger.declared;
            findings.require(
                resource,
                ["data", "repository"],
                (url) => typeof url === "string" && /^https?:\/\/[^\s@?#*]+\/[^\s@?#*]+$/.test(url),
                "the http(s) URL of one repository",
            );
            findings.require(
                resource,
                ["data", "branch"],
                (branch) => typeof branch === "string" && /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch),
                "one branch, without wildcards",
            );
            for (const [param, expected] of [
                ["url", valueAt(resource.inputs, ["data", "repository"])],
                ["commit", MERGED_COMMIT],
            ] as const) {
                const given = runParam(trigger, param);
                if (!hasUnknown(expected) && (given === undefined || given !== expected)) {
                    findings.fail(
                        `${resource.name}: a merge's run gets ${jsonText(given)} as ${param}; it must get ${jsonText(expected)}`,
                    );
                }
            }
            checkWorkspaces(findings, trigger);
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                checkStatements(findings, pipeline, trigger);
                checkClone(findings, pipeline);
            }
        }
        return findings.verdict();
    },
};

/** What makes a claim one for a volume that exists already, or for a copy of one. */
const FILLED = ["dataSource", "dataSourceRef", "selector", "volumeName"];

/** Each run starts with empty volumes of its own: nothing is built but what it cloned. */
function checkWorkspaces(findings: Findings, { declared, runSpec }: DeclaredTrigger): void {
    for (const workspace of list(runSpec, "workspaces")) {
        const { name, volumeClaimTemplate, ...other } = { ...(workspace as Record<string, unknown>) };
        const claim = valueAt(volumeClaimTemplate, ["spec"]);
        if (claim === undefined || Object.keys(other).length > 0 || FILLED.some((key) => valueAt(claim, [key]))) {
            findings.fail(
                `${declared.resource.name}: a run's workspace ${String(name)} is not a volume of the run's own (volumeClaimTemplate)`,
            );
        }
    }
}

/** What Chains takes for the source, whoever states it: results and params of these names, and structured inputs. */
function checkStatements(findings: Findings, { resource }: DeclaredObject, { runSpec }: DeclaredTrigger): void {
    const spec = valueAt(resource.inputs, ["spec"]);
    const names = (value: unknown, key: string): string[] =>
        list(value, key).map((item) => String(valueAt(item, ["name"])));
    const results = names(spec, "results");
    for (const name of results) {
        if (name.endsWith("ARTIFACT_INPUTS")) {
            findings.fail(`${resource.name}: the result ${name} states another source than the one that was cloned`);
        }
        if (results.indexOf(name) !== results.lastIndexOf(name)) {
            findings.fail(`${resource.name}: the result ${name} is stated twice`);
        }
    }
    for (const name of [...names(spec, "params"), ...names(runSpec, "params")]) {
        if (HINTS.some((hint) => hint === name)) {
            findings.fail(`${resource.name}: the param ${name} states a source, whatever was cloned`);
        }
    }
}

/** What the provenance says of the source must come from the one task that was told to fetch the run's commit. */
function checkClone(findings: Findings, pipeline: DeclaredObject): void {
    const { resource } = pipeline;
    const results = list(valueAt(resource.inputs, ["spec"]), "results");
    const sources = HINTS.map((hint) => {
        const value = valueAt(
            results.find((result) => valueAt(result, ["name"]) === hint),
            ["value"],
        );
        const source = resultSource(value);
        if (source === undefined) {
            findings.fail(
                `${resource.name}: the result ${hint} is ${jsonText(value)}; it must be the result of the task that clones, not what the run was asked for`,
            );
        }
        return source;
    });
    const [name] = sources;
    if (name === undefined || sources.includes(undefined)) {
        return;
    }
    if (new Set(sources).size > 1) {
        findings.fail(`${resource.name}: ${HINTS.join(" and ")} come from different tasks: ${sources.join(", ")}`);
        return;
    }
    const clone = tasksOf(pipeline).find((task) => valueAt(task, ["name"]) === name);
    for (const param of ["url", "commit"]) {
        const given = valueAt(
            list(clone, "params").find((candidate) => valueAt(candidate, ["name"]) === param),
            ["value"],
        );
        if (given !== `$(params.${param})`) {
            findings.fail(
                `${resource.name}: the task ${name} gets ${jsonText(given)} as ${param}; it must get the run's own $(params.${param})`,
            );
        }
    }
    const own = sharedWorkspaces(clone);
    for (const task of tasksOf(pipeline)) {
        const used = sharedWorkspaces(task);
        if (used === undefined || own?.length !== 1 || used.some((workspace) => workspace !== own[0])) {
            findings.fail(
                `${resource.name}: the task ${String(valueAt(task, ["name"]))} must use the workspace that ${name} clones into, whole, and no other`,
            );
        }
    }
    findings.show(resource, ["spec", "results"]);
}

/** The Pipeline's workspaces that a task uses; undefined when it uses a part of one, or one that has no name. */
function sharedWorkspaces(task: unknown): string[] | undefined {
    const bound = list(task, "workspaces").map((binding) => {
        const workspace = valueAt(binding, ["workspace"]) ?? valueAt(binding, ["name"]);
        return typeof workspace === "string" && valueAt(binding, ["subPath"]) === undefined ? workspace : undefined;
    });
    return bound.every((workspace) => workspace !== undefined) ? bound : undefined;
}
