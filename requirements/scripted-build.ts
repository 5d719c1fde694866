import {
    chainsController,
    clusterReference,
    declaredTask,
    pipelineOf,
    tasksOf,
    tektonController,
    tektonResolvers,
    triggers,
} from "./builds";
import { configurationOf, FEATURE_FLAGS } from "./configuration";
import { Findings, valueAt } from "./findings";
import type { DeclaredObject } from "./objects";
import { closed } from "./only";
import type { Requirement } from "./requirement";
import type { Snapshot } from "./snapshot";
import { TO_CONFIGURATION, TO_DEFINITIONS, TO_RESOLUTION } from "./ways";

const INLINE = ["pipeline", "pipelinerun", "taskrun"];

/** Every step of a build is written down in a declared definition; a merge only names it. */
export const scriptedBuild: Requirement = {
    id: "build-scripted",
    title: "Build – Scripted build",
    text: "All build steps were fully defined in some sort of “build script”. The only manual command, if any, was to invoke the build script.",
    specification: "https://slsa.dev/spec/v0.1/requirements#scripted-build",
    announcement: "Build script exists as a Tekton Pipeline, invoked as a Google Cloud Build step",
    cure: "Declare each Task of the Pipeline, refer to them through the cluster resolver, and keep disable-inline-spec at pipeline,pipelinerun,taskrun.",
    check: (snapshot) => {
        const findings = new Findings();
        const declared = triggers(findings, snapshot);
        for (const trigger of declared) {
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                checkTasks(findings, snapshot, pipeline);
            }
        }
        const tekton = tektonController(findings, snapshot);
        const chains = chainsController(findings, snapshot);
        const resolvers = tektonResolvers(findings, snapshot);
        if (tekton === undefined || chains === undefined || resolvers === undefined) {
            return findings.verdict();
        }
        const flags = configurationOf(findings, snapshot, tekton, FEATURE_FLAGS);
        if (flags !== undefined) {
            findings.require(
                flags.resource,
                ["data", "disable-inline-spec"],
                (value) => typeof value === "string" && INLINE.every((kind) => value.split(",").includes(kind)),
                INLINE.join(","),
            );
        }
        closed(findings, snapshot, TO_CONFIGURATION, tekton.account.namespace, []);
        for (const { account } of declared) {
            closed(findings, snapshot, TO_CONFIGURATION, account.namespace, []);
            closed(findings, snapshot, TO_DEFINITIONS, account.namespace, [tekton.subject, chains.subject]);
            closed(findings, snapshot, TO_RESOLUTION, account.namespace, [tekton.subject, resolvers.subject]);
        }
        return findings.verdict();
    },
};

function checkTasks(findings: Findings, snapshot: Snapshot, pipeline: DeclaredObject): void {
    const tasks = tasksOf(pipeline);
    if (tasks.length === 0) {
        findings.fail(`${pipeline.resource.name}: the Pipeline has no tasks`);
    }
    for (const task of tasks) {
        const reference = clusterReference(valueAt(task, ["taskRef"]));
        const declared = declaredTask(snapshot, task);
        if (declared === undefined) {
            findings.fail(
                `${pipeline.resource.name}: the task ${String(valueAt(task, ["name"]))} refers to ${
                    reference === undefined ? "no Task" : `the Task ${reference.namespace}/${reference.name}`
                }; it must refer to a declared one through the cluster resolver`,
            );
            continue;
        }
        const steps = valueAt(declared.resource.inputs, ["spec", "steps"]);
        if (!Array.isArray(steps) || steps.length === 0) {
            findings.fail(`${declared.resource.name}: the Task has no steps`);
            continue;
        }
        const unwritten = steps.filter((step) => !isWritten(step));
        if (unwritten.length > 0) {
            const names = unwritten.map((step) => String(valueAt(step, ["name"]))).join(", ");
            findings.fail(`${declared.resource.name}: steps without script or command: ${names}`);
        } else {
            findings.show(declared.resource, ["spec", "steps"]);
        }
    }
}

/** A step without a script or command runs whatever its image happens to start. */
function isWritten(step: unknown): boolean {
    const script = valueAt(step, ["script"]);
    const command = valueAt(step, ["command"]);
    return (typeof script === "string" && script.trim() !== "") || (Array.isArray(command) && command.length > 0);
}
