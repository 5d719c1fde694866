import { pipelineOf, resultSource, runParam, tasksOf, triggers } from "./builds";
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
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                checkClone(findings, pipeline);
            }
        }
        return findings.verdict();
    },
};

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
    findings.show(resource, ["spec", "results"]);
}
