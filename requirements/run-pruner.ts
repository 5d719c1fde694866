import type { Right } from "./access";
import type { Findings } from "./findings";
import { valueAt } from "./findings";
import { scriptHash } from "./merge-steps";
import { COMPONENTS, objectsOf } from "./objects";
import { closed, only } from "./only";
import { containersOf, declaredPods, list, type DeclaredPods } from "./pods";
import { checkPruneEnvironment } from "./prune-environment";
import { PRUNE_SCRIPTS } from "./prune-scripts";
import type { Snapshot } from "./snapshot";
import { TO_CONFIGURATION, TO_RUN } from "./ways";

/**
 * The accounts as which the declared pruner of a namespace runs, and nothing else does: they delete runs, by steps that are
 * known. A finding when a pruner runs other steps, something else runs as one, or somebody may change what one verifies with.
 */
export function runPruners(
    findings: Findings,
    snapshot: Snapshot,
    rights: readonly Right[],
    namespace: string,
): string[] {
    const pods = declaredPods(snapshot);
    const pruners = objectsOf(snapshot, COMPONENTS.runPruner, "CronJob").flatMap(({ resource }) =>
        pods.filter(({ object, spec }) => object.resource.urn === resource.urn && servedBy(spec) === namespace),
    );
    return pruners.map((pruner) => {
        const { object, spec, subject } = pruner;
        if (!runsKnownSteps(spec)) {
            findings.fail(
                `${object.resource.name} deletes runs by other steps than those that requirements/prune-scripts.ts knows`,
            );
        }
        checkPruneEnvironment(findings, snapshot, pruner);
        const { namespace: own = "" } = object;
        closed(findings, rights, [...TO_RUN, ...TO_CONFIGURATION], own, []);
        // Kubernetes writes the token of an account into a Secret that asks for it.
        const token = { verbs: ["create"], group: "", resource: "secrets", namespace: own };
        only(findings, rights, token, [], `take the token of the pruner by a Secret in ${own}`);
        for (const other of pods.filter((one) => one.subject === subject && one !== pruner)) {
            findings.fail(`${other.object.resource.name} runs as ${subject}, which may delete runs in ${namespace}`);
        }
        return subject;
    });
}

/** The one namespace in which the steps of a pruner act. */
function servedBy(spec: DeclaredPods["spec"]): unknown {
    const named = new Set(
        containersOf(spec)
            .map((container) => environment(container, "NAMESPACE"))
            .filter((name) => name !== undefined),
    );
    return named.size === 1 ? [...named][0] : undefined;
}

/** What would run in a container beside its command, or change what that does. */
const BESIDE = ["args", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];

function runsKnownSteps(spec: unknown): boolean {
    const containers = containersOf(spec);
    return (
        containers.map((container) => valueAt(container, ["name"])).join() === Object.keys(PRUNE_SCRIPTS).join() &&
        containers.every((container) => {
            const [shell, option, script, ...more] = list(container, "command");
            return (
                shell === "sh" &&
                option === "-c" &&
                more.length === 0 &&
                BESIDE.every((key) => valueAt(container, [key]) === undefined) &&
                typeof script === "string" &&
                scriptHash(script) === PRUNE_SCRIPTS[String(valueAt(container, ["name"]))]
            );
        })
    );
}

function environment(container: unknown, name: string): unknown {
    return valueAt(
        list(container, "env").find((variable) => valueAt(variable, ["name"]) === name),
        ["value"],
    );
}
