import type { Controller } from "./builds";
import { valueAt, type Findings } from "./findings";
import { belongsTo, COMPONENTS, kubernetesObjects, type DeclaredObject } from "./objects";
import { list } from "./pods";
import { hasUnknown, type Snapshot } from "./snapshot";

/** The configuration whose rules Tekton's webhook keeps itself, by this name, and that has one webhook of this name. */
const VALIDATION = "validation.webhook.pipeline.tekton.dev";
/** A namespace with this label is passed over by Tekton's webhook. */
const EXCLUDED = "webhooks.knative.dev/exclude";
/** What a build, its record and its trust are made of: groups whose objects nobody else may change on their way in. */
const JUDGED_GROUPS = new Set(["*", "tekton.dev", "resolution.tekton.dev", "rbac.authorization.k8s.io"]);
const JUDGED_CORE = /^(?:\*|pods|secrets|configmaps|serviceaccounts|namespaces)(?:\/|$)/;

/**
 * Tekton's webhook checks every run before it is stored, and nobody else changes on their way what builds are made of.
 *
 * @param namespaces - where builds run
 */
export function checkAdmission(
    findings: Findings,
    snapshot: Snapshot,
    webhook: Controller,
    namespaces: readonly string[],
): void {
    const objects = kubernetesObjects(snapshot);
    const own = (object: DeclaredObject, clientConfig: unknown): boolean =>
        belongsTo(snapshot, object.resource, COMPONENTS.tektonPipelines) &&
        valueAt(clientConfig, ["url"]) === undefined &&
        valueAt(clientConfig, ["service", "namespace"]) === webhook.account.namespace;
    checkValidation(
        findings,
        objects.find(({ kind, name }) => kind === "ValidatingWebhookConfiguration" && name === VALIDATION),
        own,
    );
    for (const { kind, name, resource } of objects) {
        const labels = valueAt(resource.inputs, ["metadata", "labels"]);
        if (
            kind === "Namespace" &&
            namespaces.includes(name) &&
            (hasUnknown(labels) || valueAt(labels, [EXCLUDED]) !== undefined)
        ) {
            findings.fail(`${resource.name}: Tekton's webhook passes over a namespace with the label ${EXCLUDED}`);
        }
    }
    for (const object of objects) {
        checkForeign(findings, object, own);
    }
}

type IsOwn = (object: DeclaredObject, clientConfig: unknown) => boolean;

function checkValidation(findings: Findings, declared: DeclaredObject | undefined, own: IsOwn): void {
    const webhooks = declared === undefined ? [] : list(declared.resource.inputs, "webhooks");
    const [check, ...more] = webhooks.filter((candidate) => valueAt(candidate, ["name"]) === VALIDATION);
    if (declared === undefined || check === undefined || more.length > 0) {
        findings.fail(`${VALIDATION} is not declared: nothing would check runs before they are stored`);
        return;
    }
    if (valueAt(check, ["failurePolicy"]) !== "Fail" || !own(declared, valueAt(check, ["clientConfig"]))) {
        findings.fail(`${declared.resource.name}: what Tekton's webhook did not check must be refused`);
    }
    for (const key of ["namespaceSelector", "objectSelector", "matchConditions"]) {
        if (Object.keys(valueAt(check, [key]) ?? {}).length > 0) {
            findings.fail(`${declared.resource.name}: ${key} leaves runs out of what Tekton's webhook checks`);
        }
    }
}

/** What somebody else declares that would change, convert or serve the objects that are judged. */
function checkForeign(findings: Findings, object: DeclaredObject, own: IsOwn): void {
    const { kind, resource } = object;
    const spec = valueAt(resource.inputs, ["spec"]);
    const fail = (what: string): void => {
        findings.fail(`${resource.name} may ${what}, and is not Tekton's own`);
    };
    switch (kind) {
        case "MutatingWebhookConfiguration":
            for (const webhook of list(resource.inputs, "webhooks")) {
                if (!own(object, valueAt(webhook, ["clientConfig"])) && touches(valueAt(webhook, ["rules"]))) {
                    fail("change what builds are made of");
                }
            }
            break;
        case "MutatingAdmissionPolicy":
            if (touches(valueAt(spec, ["matchConstraints", "resourceRules"]))) {
                fail("change what builds are made of");
            }
            break;
        case "APIService": {
            const group = valueAt(spec, ["group"]);
            if (typeof group !== "string" || group === "" || JUDGED_GROUPS.has(group) || hasUnknown(group)) {
                fail("serve Tekton's or Kubernetes' own API");
            }
            break;
        }
        case "CustomResourceDefinition": {
            const clientConfig = valueAt(spec, ["conversion", "webhook", "clientConfig"]);
            const judged = JUDGED_GROUPS.has(String(valueAt(spec, ["group"])));
            // The lock's inventory does not keep the conversion: then there is none in the plan.
            if (judged && clientConfig !== undefined && !own(object, clientConfig)) {
                fail("convert Tekton's objects");
            }
            break;
        }
    }
}

/** Whether rules of admission reach what is judged; rules that the plan does not tell may reach anything. */
function touches(rules: unknown): boolean {
    return (
        !Array.isArray(rules) ||
        rules.length === 0 ||
        rules.some((rule) => {
            const groups = list(rule, "apiGroups").map(String);
            const resources = list(rule, "resources").map(String);
            return (
                groups.length === 0 ||
                resources.length === 0 ||
                hasUnknown(rule) ||
                groups.some((group) => JUDGED_GROUPS.has(group)) ||
                (groups.includes("") && resources.some((resource) => JUDGED_CORE.test(resource)))
            );
        })
    );
}
