import { rightsOf } from "./access";
import {
    buildServices,
    chainsController,
    clusterReference,
    declaredTask,
    pipelineOf,
    tasksOf,
    tektonResolvers,
    type Controller,
} from "./builds";
import { CLUSTER_RESOLVER, configurationOf, FEATURE_FLAGS, RESOLVERS } from "./configuration";
import { checkDeclarations } from "./declarations";
import { Findings, jsonText, valueAt } from "./findings";
import type { DeclaredObject } from "./objects";
import { closed } from "./only";
import { containersOf, list } from "./pods";
import type { Requirement } from "./requirement";
import { hasUnknown, type Snapshot } from "./snapshot";
import { TO_CONFIGURATION, TO_DEFINITIONS, TO_RESOLUTION, TO_RUN } from "./ways";

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
        checkDeclarations(findings, snapshot);
        const services = buildServices(findings, snapshot);
        for (const { trigger } of services) {
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined) {
                checkTasks(findings, snapshot, pipeline);
            }
        }
        const chains = chainsController(findings, snapshot);
        const resolvers = tektonResolvers(findings, snapshot);
        const [service] = services;
        if (service === undefined || chains === undefined || resolvers === undefined) {
            return findings.verdict();
        }
        const flags = configurationOf(findings, snapshot, service.tekton, FEATURE_FLAGS);
        if (flags !== undefined) {
            findings.require(
                flags.resource,
                ["data", "disable-inline-spec"],
                (value) => typeof value === "string" && INLINE.every((kind) => value.split(",").includes(kind)),
                INLINE.join(","),
            );
        }
        checkResolvers(
            findings,
            snapshot,
            resolvers,
            services.map(({ trigger }) => trigger.account.namespace),
        );
        const rights = rightsOf(snapshot);
        closed(findings, rights, TO_CONFIGURATION, service.tekton.account.namespace, []);
        // Whoever is the resolvers says what a reference refers to.
        closed(findings, rights, TO_RUN, resolvers.account.namespace, []);
        closed(findings, rights, TO_CONFIGURATION, resolvers.account.namespace, [resolvers.subject]);
        for (const { trigger, tekton } of services) {
            const { namespace } = trigger.account;
            closed(findings, rights, TO_CONFIGURATION, namespace, []);
            closed(findings, rights, TO_DEFINITIONS, namespace, [tekton.subject, chains.subject]);
            closed(findings, rights, TO_RESOLUTION, namespace, [tekton.subject, resolvers.subject]);
        }
        return findings.verdict();
    },
};

/** Definitions come from the builds' namespace of this cluster, and from nowhere else. A switch that is absent may be on. */
function checkResolvers(
    findings: Findings,
    snapshot: Snapshot,
    resolvers: Controller,
    namespaces: readonly string[],
): void {
    const switches = configurationOf(findings, snapshot, resolvers, RESOLVERS);
    if (switches !== undefined) {
        const { resource } = switches;
        for (const resolver of ["cluster", "bundles", "git", "http", "hub"]) {
            const wanted = String(resolver === "cluster");
            findings.require(
                resource,
                ["data", `enable-${resolver}-resolver`],
                (value) => value === wanted,
                `${wanted}: definitions are resolved from this cluster alone`,
            );
        }
    }
    const cluster = configurationOf(findings, snapshot, resolvers, CLUSTER_RESOLVER);
    if (cluster !== undefined) {
        findings.require(
            cluster.resource,
            ["data", "allowed-namespaces"],
            // In any order, each once.
            (value) =>
                namespaces.length > 0 &&
                typeof value === "string" &&
                value.split(",").sort().join() === [...new Set(namespaces)].sort().join(),
            `exactly ${namespaces.join(",")}, where builds run`,
        );
    }
}

function checkTasks(findings: Findings, snapshot: Snapshot, pipeline: DeclaredObject): void {
    if (hasUnknown(pipeline.resource.inputs)) {
        findings.doubt(`${pipeline.resource.name}: a part of the Pipeline is known only after deployment`);
    }
    const tasks = tasksOf(pipeline);
    if (tasks.length === 0) {
        findings.fail(`${pipeline.resource.name}: the Pipeline has no tasks`);
    }
    for (const task of tasks) {
        checkUnconditional(findings, pipeline, task);
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
        checkFixed(findings, declared);
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

/** What is written down is done, once and whole: nothing is skipped, and what failed does not count as done. */
function checkUnconditional(findings: Findings, { resource }: DeclaredObject, holder: unknown): void {
    for (const key of ["when", "matrix", "onError"]) {
        if (valueAt(holder, [key]) !== undefined) {
            findings.fail(
                `${resource.name}: ${String(valueAt(holder, ["name"]))} has ${key}: it may not be done as written`,
            );
        }
    }
}

/** What a Task runs is in the Task: no part of it comes from a run, or is exchanged behind an image's tag. */
function checkFixed(findings: Findings, task: DeclaredObject): void {
    const { resource } = task;
    if (hasUnknown(resource.inputs)) {
        findings.doubt(`${resource.name}: a part of the Task is known only after deployment`);
    }
    for (const container of containersOf(valueAt(resource.inputs, ["spec"]))) {
        checkUnconditional(findings, task, container);
        const name = String(valueAt(container, ["name"]));
        const image = valueAt(container, ["image"]);
        const written = [image, valueAt(container, ["script"]), list(container, "command"), list(container, "args")];
        if (/\$\((?:inputs\.)?params/.test(JSON.stringify(written))) {
            findings.fail(`${resource.name}: a param is a part of what ${name} runs; hand it over in its environment`);
        }
        // An unresolved digest is refused by `pulumi up`.
        if (image !== undefined && !/@(?:sha256:[0-9a-f]{64}|unresolved)"$/.test(jsonText(image))) {
            findings.fail(`${resource.name}: the image of ${name} is ${jsonText(image)}, which names no digest`);
        }
    }
}
