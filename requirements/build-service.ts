import { subjectOf } from "./access";
import { pipelineOf, tektonController, triggers } from "./builds";
import { Findings } from "./findings";
import { kubernetesObjects } from "./objects";
import { closed, only } from "./only";
import { declaredPods } from "./pods";
import type { Requirement } from "./requirement";
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
        const tekton = tektonController(findings, snapshot);
        if (tekton === undefined) {
            return findings.verdict();
        }
        findings.show(tekton.deployment.resource, ["spec", "template", "spec", "serviceAccountName"]);
        for (const trigger of triggers(findings, snapshot)) {
            const { namespace } = trigger.account;
            const declared = kubernetesObjects(snapshot).find(
                ({ kind, name }) => kind === "Namespace" && name === namespace,
            );
            if (declared === undefined) {
                findings.fail(`the namespace ${namespace}, in which builds run, is not declared`);
            } else {
                findings.show(declared.resource, ["metadata", "name"]);
            }
            const pipeline = pipelineOf(findings, snapshot, trigger);
            if (pipeline !== undefined && pipeline.namespace !== namespace) {
                findings.fail(`${pipeline.resource.name} is not in the trigger's namespace ${namespace}`);
            }
            const triggerSubject = subjectOf(trigger.account);
            closed(findings, snapshot, TO_RUN, namespace, [tekton.subject]);
            const pods = { verbs: ["create"], group: "", resource: "pods", namespace };
            if (only(findings, snapshot, pods, [tekton.subject], `create pods in ${namespace}`).length === 0) {
                findings.fail(
                    `Tekton's controller (${tekton.subject}) may not create pods in ${namespace}: nothing can be built`,
                );
            }
            for (const { object, subject } of declaredPods(snapshot)) {
                if (object.namespace === namespace || subject === triggerSubject) {
                    findings.fail(
                        `${object.resource.name} runs in ${String(object.namespace)} as ${subject}, and is no step of a build`,
                    );
                }
            }
            for (const resource of ["pipelineruns", "taskruns", "customruns"]) {
                const allowed = resource === "pipelineruns" ? [tekton.subject, triggerSubject] : [tekton.subject];
                const may = only(
                    findings,
                    snapshot,
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
