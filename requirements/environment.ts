import type { Controller } from "./builds";
import { jsonText, valueAt, type Findings } from "./findings";
import { containersOf, list } from "./pods";

/** Names by which Tekton's programs find their ConfigMaps, and what the checks here take them to be. */
const CONFIG_MAPS: Readonly<Record<string, string>> = {
    CONFIG_DEFAULTS_NAME: "config-defaults",
    CONFIG_FEATURE_FLAGS_NAME: "feature-flags",
    CONFIG_RESOLVERS_FEATURE_FLAGS_NAME: "resolvers-feature-flags",
    CONFIG_SPIRE: "config-spire",
};

/**
 * A controller reads the ConfigMaps that are judged, in its own namespace, and is the image that its release names by
 * digest. The lock's inventory keeps neither environment nor image: what is not in the plan is not seen.
 */
export function checkEnvironment(findings: Findings, { deployment }: Controller): void {
    const { name, inputs } = deployment.resource;
    for (const container of containersOf(valueAt(inputs, ["spec", "template", "spec"]))) {
        if (valueAt(container, ["envFrom"]) !== undefined) {
            findings.fail(`${name}: envFrom may set the names of the ConfigMaps that the controller reads`);
        }
        for (const variable of list(container, "env")) {
            const key = String(valueAt(variable, ["name"]));
            const value = valueAt(variable, ["value"]);
            const expected = CONFIG_MAPS[key];
            if (expected !== undefined && value !== expected) {
                findings.fail(`${name}: ${key} is ${jsonText(value)}; what is judged is the ConfigMap ${expected}`);
            }
            const field = valueAt(variable, ["valueFrom", "fieldRef", "fieldPath"]);
            if (key === "SYSTEM_NAMESPACE" && field !== "metadata.namespace") {
                findings.fail(`${name}: SYSTEM_NAMESPACE must be the controller's own namespace`);
            }
        }
        const image = valueAt(container, ["image"]);
        if (image !== undefined && !/@sha256:[0-9a-f]{64}"$/.test(jsonText(image))) {
            findings.fail(`${name}: the image ${jsonText(image)} is not named by its digest`);
        }
    }
}
