import type { Controller } from "./builds";
import type { Findings } from "./findings";
import { kubernetesObjects, type DeclaredObject } from "./objects";
import type { Snapshot } from "./snapshot";

/** The ConfigMap that Chains reads by this name in its own namespace. */
export const CHAINS_CONFIG = "chains-config";
/** The ConfigMap that Tekton's controller reads by this name in its own namespace. */
export const FEATURE_FLAGS = "feature-flags";

/**
 * The ConfigMap that a controller reads: in its own namespace, in its own cluster, declared once. A finding when it is not
 * so, because then another one decides.
 */
export function configurationOf(
    findings: Findings,
    snapshot: Snapshot,
    controller: Controller,
    configMap: string,
): DeclaredObject | undefined {
    const { namespace } = controller.account;
    const declared = kubernetesObjects(snapshot).filter(
        (object) => object.kind === "ConfigMap" && object.name === configMap && object.namespace === namespace,
    );
    const [config] = declared;
    if (config === undefined || declared.length > 1) {
        findings.fail(
            `${configMap} is declared ${String(declared.length)} times in ${namespace}, where the controller reads it; it must be declared once`,
        );
        return undefined;
    }
    if (config.resource.provider !== controller.deployment.resource.provider) {
        findings.fail(`${config.resource.name} goes to another cluster than ${controller.deployment.resource.name}`);
        return undefined;
    }
    return config;
}
