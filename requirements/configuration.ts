import type { Controller } from "./builds";
import type { Findings } from "./findings";
import { kubernetesObjects, type DeclaredObject } from "./objects";
import type { Snapshot } from "./snapshot";

/** The ConfigMap that Chains reads by this name in its own namespace. */
export const CHAINS_CONFIG = "chains-config";
/** The ConfigMap that Tekton's controller reads by this name in its own namespace. */
export const FEATURE_FLAGS = "feature-flags";
/** The ConfigMap with Tekton's defaults for every run, beside it. */
export const DEFAULTS = "config-defaults";
/** The ConfigMaps that Tekton's resolvers read by these names in their own namespace. */
export const RESOLVERS = "resolvers-feature-flags";
export const CLUSTER_RESOLVER = "cluster-resolver-config";

/**
 * The ConfigMap that a controller reads: in its own namespace, declared once. A finding when it is not so, because then
 * another one decides.
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
    return config;
}
