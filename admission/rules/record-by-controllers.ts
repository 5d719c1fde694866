import { all, any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byChains, byGarbageCollector, byTekton } from "../who";

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

/**
 * What the controllers write, by their code (Tekton Pipelines v1.15.0, Chains v0.26.3): Tekton's controller the status,
 * labels and annotations of all runs, and `spec.status` with `spec.statusMessage` of task runs that it cancels; Chains its
 * annotations and finalizers and nothing else; Kubernetes' garbage collector finalizers and owner references.
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
                        `oldObject.spec.all(key, key in ["status", "statusMessage"] || (key in object.spec && object.spec[key] == oldObject.spec[key]))`,
                        `object.spec.all(key, key in ["status", "statusMessage"] || key in oldObject.spec)`,
                    ),
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
