import { rightsOf, subjectOf } from "./access";
import { buildServices, declaredTasks, pipelineOf, type DeclaredTrigger } from "./builds";
import { checkDeclarations } from "./declarations";
import { Findings, jsonText, valueAt } from "./findings";
import { checkMergeSteps } from "./merge-steps";
import { kubernetesObjects, mayLieIn, type DeclaredObject } from "./objects";
import { closed, only } from "./only";
import { declaredPods, list } from "./pods";
import type { Requirement } from "./requirement";
import type { Snapshot } from "./snapshot";
import { TO_RUN } from "./ways";

/** Builds run in Tekton's pods, started by a merge; nobody runs steps by hand where builds run. */
export const buildService: Requirement = {
    id: "build-service",
    title: "Build – Build service",
    text: "All build steps ran using some build service, not on a developer’s workstation.",
    specification: "https://slsa.dev/spec/v0.1/requirements#build-service",
    announcement: "All steps run on Kubernetes with Tekton",
    cure: "Let only Tekton's controller create pods in the builds namespace, and only the merge trigger create PipelineRuns there.",
    check: (snapshot) => {
        const findings = new Findings();
        checkDeclarations(findings, snapshot);
        const rights = rightsOf(snapshot);
        checkNoRuns(findings, snapshot);
        for (const { trigger, tekton } of buildServices(findings, snapshot)) {
            findings.show(tekton.deployment.resource, ["spec", "template", "spec", "serviceAccountName"]);
            const { namespace } = trigger.account;
            const pipeline = pipelineOf(findings, snapshot, trigger);
            const declared = kubernetesObjects(snapshot).find(
                ({ kind, name }) => kind === "Namespace" && name === namespace,
            );
            if (declared === undefined) {
                findings.fail(`the namespace ${namespace}, in which builds run, is not declared`);
            } else {
                findings.show(declared.resource, ["metadata", "name"]);
                const root = pipeline !== undefined && hasRootStep(snapshot, pipeline);
                findings.require(
                    declared.resource,
                    ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
                    (level) => level === "restricted" || (root && level === "baseline"),
                    "restricted, or baseline where a declared step is root: a step must not reach the node it runs on",
                );
            }
            checkRun(findings, trigger);
            checkMergeSteps(findings, trigger);
            if (pipeline !== undefined && pipeline.namespace !== namespace) {
                findings.fail(`${pipeline.resource.name} is not in the trigger's namespace ${namespace}`);
            }
            const triggerSubject = subjectOf(trigger.account);
            closed(findings, rights, TO_RUN, namespace, [tekton.subject]);
            const pods = { verbs: ["create"], group: "", resource: "pods", namespace };
            if (only(findings, rights, pods, [tekton.subject], `create pods in ${namespace}`).length === 0) {
                findings.fail(
                    `Tekton's controller (${tekton.subject}) may not create pods in ${namespace}: nothing can be built`,
                );
            }
            for (const { object, subject } of declaredPods(snapshot)) {
                if (mayLieIn(object, namespace) || subject === triggerSubject) {
                    findings.fail(
                        `${object.resource.name} runs in ${String(object.namespace)} as ${subject}, and is no step of a build`,
                    );
                }
            }
            for (const resource of ["pipelineruns", "taskruns", "customruns"]) {
                const allowed = resource === "pipelineruns" ? [tekton.subject, triggerSubject] : [tekton.subject];
                const may = only(
                    findings,
                    rights,
                    { verbs: ["create"], group: "tekton.dev", resource, namespace },
                    allowed,
                    `create ${resource} in ${namespace}`,
                );
                if (resource === "pipelineruns" && !may.includes(triggerSubject)) {
                    findings.fail(
                        `the merge trigger (${triggerSubject}) may not create PipelineRuns in ${namespace}: a merge builds nothing`,
                    );
                }
            }
        }
        return findings.verdict();
    },
};

/** Whether a declared Task has a step that says of itself that it is root. */
function hasRootStep(snapshot: Snapshot, pipeline: DeclaredObject): boolean {
    return declaredTasks(snapshot, pipeline).some(({ resource }) =>
        list(valueAt(resource.inputs, ["spec"]), "steps").some(
            (step) => valueAt(step, ["securityContext", "runAsUser"]) === 0,
        ),
    );
}

const RUNS = ["PipelineRun", "TaskRun", "CustomRun", "Run"];

/** A run that is declared was started by whoever deploys the platform, and not by a merge. */
function checkNoRuns(findings: Findings, snapshot: Snapshot): void {
    for (const { kind, group, resource } of kubernetesObjects(snapshot)) {
        if (group === "tekton.dev" && RUNS.includes(kind)) {
            findings.fail(`${resource.name} is a ${kind} that no merge starts`);
        }
    }
}

/** What a merge creates is a PipelineRun, where the trigger is. */
function checkRun(findings: Findings, { declared, run, account }: DeclaredTrigger): void {
    for (const [path, expected] of [
        [["apiVersion"], "tekton.dev/v1"],
        [["kind"], "PipelineRun"],
        [["metadata", "namespace"], account.namespace],
    ] as const) {
        const given = valueAt(run, path);
        if (given !== expected) {
            findings.fail(
                `${declared.resource.name}: ${path.join(".")} of what a merge creates is ${jsonText(given)}; it must be ${expected}`,
            );
        }
    }
}
