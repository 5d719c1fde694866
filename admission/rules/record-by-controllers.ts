import { PENDING } from "../../pipelines/tekton";
import { all, any, literal, text, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byChains, byGarbageCollector, byTekton, byTrigger, may } from "../who";

const CHAINS = "chains.tekton.dev/";
/** The finalizer of Chains before it had one for each kind; it still takes it off. */
const OLD_CHAINS_FINALIZER = "chains.tekton.dev";

const annotations = (object: string): string => `${object}.metadata.?annotations.orValue({})`;
const finalizers = (object: string): string => `${object}.metadata.?finalizers.orValue([])`;

/** The annotations of Chains' (or of all others) that one object has are the same in the other. */
const keptAnnotations = (from: string, to: string, ofChains: boolean): string =>
    `${annotations(from)}.all(key, ${ofChains ? "!" : ""}key.startsWith("${CHAINS}") || ` +
    `(key in ${annotations(to)} && ${annotations(from)}[key] == ${annotations(to)}[key]))`;
const sameAnnotations = (ofChains: boolean): string =>
    all(keptAnnotations("object", "oldObject", ofChains), keptAnnotations("oldObject", "object", ofChains));

const isOfChains = `name.startsWith("${CHAINS}") || name == "${OLD_CHAINS_FINALIZER}"`;
const sameFinalizers = (ofChains: boolean): string => {
    const chosen = (object: string): string =>
        `${finalizers(object)}.filter(name, ${ofChains ? isOfChains : `!(${isOfChains})`})`;
    return all(
        `${chosen("object")}.all(name, name in ${finalizers("oldObject")})`,
        `${chosen("oldObject")}.all(name, name in ${finalizers("object")})`,
    );
};

/** All fields of the spec but these are what they were, and none comes or goes. */
const sameSpecBut = (...fields: readonly string[]): string =>
    all(
        `oldObject.spec.all(key, key in ${literal(fields)} || (key in object.spec && object.spec[key] == oldObject.spec[key]))`,
        `object.spec.all(key, key in ${literal(fields)} || key in oldObject.spec)`,
    );

const statusWas = (...values: readonly string[]): string => `oldObject.spec.?status.orValue("") in ${literal(values)}`;

/** As the trigger starts a run that waits: https://tekton.dev/docs/pipelines/pipelineruns/#pending-pipelineruns */
const started = all(statusWas(PENDING), `!has(object.spec.status)`);

/**
 * As the trigger cancels a run that goes on or waits, where its role has the verb `cancel`, which Kubernetes does not know:
 * https://tekton.dev/docs/pipelines/pipelineruns/#cancelling-a-pipelinerun
 */
const cancelled = all(
    statusWas("", PENDING),
    `object.spec.?status.orValue("") == "Cancelled"`,
    may("cancel", "tekton.dev", text("pipelineruns")),
);

const startedOrCancelled = all(
    `request.resource.resource == "pipelineruns"`,
    any(started, cancelled),
    `!oldObject.?status.?conditions.orValue([]).exists(condition, condition.type == "Succeeded" && condition.status != "Unknown")`,
    sameSpecBut("status"),
);

/**
 * What the controllers write, by their code (Tekton Pipelines v1.15.0, Chains v0.26.3): Tekton's controller the status,
 * labels and annotations of all runs, and `spec.status` with `spec.statusMessage` of task runs that it cancels; Chains its
 * annotations and finalizers and nothing else; Kubernetes' garbage collector finalizers and owner references. The trigger starts
 * runs that wait, where the setting `cancelOlder` is on cancels those that have not ended, and changes nothing else of them.
 */
export const recordByControllers: Rule = {
    name: "record-by-controllers",
    reason: "Chains attests what a run's record says: another digest in a result is another image with good provenance",
    cure: "leave the record to Tekton's controller and Chains, and build again from a merge",
    judges: {
        where: "builds",
        requests: [
            {
                apiGroups: ["tekton.dev"],
                resources: ["pipelineruns", "taskruns", "customruns"].flatMap((kind) => [kind, `${kind}/status`]),
                operations: ["UPDATE"],
            },
        ],
        checks: [
            {
                holds: any(byTekton, unchanged("status")),
                otherwise: "the status of a run is changed by somebody else than the namespace's Tekton controller",
            },
            {
                holds: any(
                    unchanged("spec"),
                    all(
                        byTekton,
                        `request.resource.resource != "pipelineruns"`,
                        sameSpecBut("status", "statusMessage"),
                    ),
                    all(byTrigger, startedOrCancelled),
                ),
                otherwise: "the spec of a run is changed",
            },
            {
                holds: any(byChains, sameAnnotations(true)),
                otherwise: `annotations ${CHAINS}* of a run are changed by somebody else than Chains`,
            },
            {
                holds: any(byTekton, all(unchanged("metadata", "labels"), sameAnnotations(false))),
                otherwise:
                    "labels or annotations of a run are changed by somebody else than the namespace's Tekton controller",
            },
            {
                holds: any(byChains, sameFinalizers(true)),
                otherwise: "Chains' finalizer of a run is changed by somebody else than Chains",
            },
            {
                holds: any(byTekton, byGarbageCollector, sameFinalizers(false)),
                otherwise: "finalizers of a run are changed by somebody else than a controller",
            },
            {
                holds: any(byTekton, byGarbageCollector, unchanged("metadata", "ownerReferences")),
                otherwise: "owners of a run are changed by somebody else than a controller",
            },
        ],
    },
};
