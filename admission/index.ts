import { policiesOf, type BoundPolicy } from "./policy";
import type { Build, Rule } from "./rule";
import { definitionsFixed } from "./rules/definitions-fixed";
import { noEntry } from "./rules/no-entry";
import { podImagesFixed } from "./rules/pod-images-fixed";
import { podLabelsByTekton } from "./rules/pod-labels-by-tekton";
import { podOwnersByControllers } from "./rules/pod-owners-by-controllers";
import { podStatusByKubelet } from "./rules/pod-status-by-kubelet";
import { podsBoundByScheduler } from "./rules/pods-bound-by-scheduler";
import { podsByTekton } from "./rules/pods-by-tekton";
import { recordByControllers } from "./rules/record-by-controllers";
import { resolutionsByTekton } from "./rules/resolutions-by-tekton";
import { resultsAsDeclared } from "./rules/results-as-declared";
import { runAsDeclared } from "./rules/run-as-declared";
import { runIsNew } from "./rules/run-is-new";
import { runNamedByCommit } from "./rules/run-named-by-commit";
import { runsKept } from "./rules/runs-kept";
import { runsByTrigger } from "./rules/runs-by-trigger";
import { runsInBuildNamespaces } from "./rules/runs-in-build-namespaces";
import { surroundingsFixed } from "./rules/surroundings-fixed";
import { taskRunsByTekton } from "./rules/task-runs-by-tekton";
import { tokensByAdministrator } from "./rules/tokens-by-administrator";
import { volumesByTekton } from "./rules/volumes-by-tekton";

export type { BoundPolicy, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "./policy";
export type { Build, Rule } from "./rule";

/** All rules, in the order of a build: its run, what the run sets off, its record, its definitions and surroundings, its pods. */
export const RULES: readonly Rule[] = [
    runsByTrigger,
    runAsDeclared,
    runNamedByCommit,
    runIsNew,
    runsInBuildNamespaces,
    taskRunsByTekton,
    podsByTekton,
    volumesByTekton,
    recordByControllers,
    resultsAsDeclared,
    runsKept,
    definitionsFixed,
    surroundingsFixed,
    resolutionsByTekton,
    noEntry,
    podsBoundByScheduler,
    podImagesFixed,
    podLabelsByTekton,
    podOwnersByControllers,
    podStatusByKubelet,
    tokensByAdministrator,
];

/**
 * The policies that keep builds what they were declared, each with the binding that puts it into force. They ask Kubernetes
 * 1.30 or newer.
 *
 * @param args.builds - every namespace in which builds run, and what may run there
 * @throws Error when no build is given or two are in one namespace
 */
export function admissionPolicies(args: { readonly builds: readonly Build[] }): readonly BoundPolicy[] {
    const namespaces = args.builds.map(({ namespace }) => namespace);
    if (namespaces.length === 0) {
        throw new Error(
            "No build is given, so nothing could be kept from runs elsewhere: name at least one namespace.",
        );
    }
    for (const { namespace, runTemplate } of args.builds) {
        if (namespaces.indexOf(namespace) !== namespaces.lastIndexOf(namespace)) {
            throw new Error(`Two builds run in ${namespace}: give each a namespace of its own.`);
        }
        if (runTemplate.namespace !== namespace) {
            throw new Error(
                `The runs of ${namespace} are declared for ${runTemplate.namespace}: give the template of this namespace.`,
            );
        }
    }
    return RULES.flatMap((rule) => policiesOf(rule, args.builds));
}
