import { valueAt, type Findings } from "./findings";
import { MERGE_SCRIPTS } from "./merge-scripts";
import { scriptHash } from "./merge-steps";
import { COMPONENTS, objectsOf } from "./objects";
import { containersOf, list, type DeclaredPods } from "./pods";
import type { Snapshot } from "./snapshot";

/**
 * The steps that prune runs, each with the variables that its script reads. With another one a known script may do another
 * thing: PATH says where its programs are, and Kubernetes writes a variable in place of its `$(NAME)` in a command or a value,
 * where a name may be what a shell takes for a command: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export const PRUNE_VARIABLES: Readonly<Record<string, readonly string[]>> = {
    "find-ended": ["NAMESPACE", "KEEP_VERIFIED_SECONDS", "KEEP_FAILED_SECONDS", "SHARED"],
    "verify-ended": [
        "LOG_URL",
        "BUILDER_ID",
        "SOURCE_URI",
        "MAX_STATEMENT_BYTES",
        "IMAGE_SIGNATURES",
        "WORKERS",
        "TIMEOUT_SECONDS",
        "BUDGET_SECONDS",
        "VERIFY",
        "SHARED",
        "SIGNING_PUBLIC_KEY",
        "LOG_PUBLIC_KEY",
        "REGISTRY_CA",
    ],
    "delete-runs": ["NAMESPACE", "SHARED"],
};

/** What is known only after deployment: it lies in a ConfigMap. */
const KEYS = new Set(["SIGNING_PUBLIC_KEY", "LOG_PUBLIC_KEY", "REGISTRY_CA"]);

/**
 * What the steps of a pruner read is in its declaration, variable by variable. Whoever writes a ConfigMap that a variable is
 * from says what it means: only keys are, from one that the pruner's component declares.
 */
export function checkPruneEnvironment(findings: Findings, snapshot: Snapshot, { object, spec }: DeclaredPods): void {
    const { name } = object.resource;
    const configMaps = objectsOf(snapshot, COMPONENTS.runPruner, "ConfigMap")
        .filter(({ namespace }) => namespace === object.namespace)
        .map((configMap) => configMap.name);
    for (const container of containersOf(spec)) {
        const step = String(valueAt(container, ["name"]));
        if (valueAt(container, ["envFrom"]) !== undefined) {
            findings.fail(`${name}: envFrom may set whatever ${step} reads; name each variable in env`);
        }
        const env = list(container, "env").map((variable) => ({
            variable: String(valueAt(variable, ["name"])),
            value: valueAt(variable, ["value"]),
            from: valueAt(variable, ["valueFrom"]),
        }));
        const given = env.map(({ variable }) => variable);
        const known = PRUNE_VARIABLES[step] ?? [];
        // Of two entries of one name Kubernetes takes the last.
        if ([...given].sort().join() !== [...known].sort().join()) {
            findings.fail(
                `${name}: ${step} is given ${given.join(", ") || "nothing"}; it must be ${known.join(", ")}, each once`,
            );
        }
        for (const { variable, value, from } of env) {
            const isKey = KEYS.has(variable) && configMaps.includes(String(valueAt(from, ["configMapKeyRef", "name"])));
            if (!isKey && (typeof value !== "string" || from !== undefined)) {
                findings.fail(
                    `${name}: ${variable} of ${step} is not told by the plan; it must be ${
                        KEYS.has(variable) ? `of a ConfigMap of the pruner's: ${configMaps.join(", ")}` : "a value"
                    }`,
                );
            } else if (variable === "VERIFY" && scriptHash(String(value)) !== MERGE_SCRIPTS["verify"]) {
                findings.fail(
                    `${name}: VERIFY of ${step} is not the script verify that requirements/merge-scripts.ts knows`,
                );
            }
        }
    }
}
