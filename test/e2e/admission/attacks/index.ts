import type { Attack } from "./attack";
import { definitionsFixed } from "./definitions-fixed";
import { noEntry } from "./no-entry";
import { podImagesFixed } from "./pod-images-fixed";
import { podLabelsByTekton } from "./pod-labels-by-tekton";
import { podOwnersByControllers } from "./pod-owners-by-controllers";
import { podStatusByKubelet } from "./pod-status-by-kubelet";
import { podsBoundByScheduler } from "./pods-bound-by-scheduler";
import { podsByTekton } from "./pods-by-tekton";
import { recordByControllers } from "./record-by-controllers";
import { resolutionsByTekton } from "./resolutions-by-tekton";
import { resultsAsDeclared } from "./results-as-declared";
import { runAsDeclared } from "./run-as-declared";
import { runIsNew } from "./run-is-new";
import { runNamedByCommit } from "./run-named-by-commit";
import { runsKept } from "./runs-kept";
import { runsByTrigger } from "./runs-by-trigger";
import { runsInBuildNamespaces } from "./runs-in-build-namespaces";
import { surroundingsFixed } from "./surroundings-fixed";
import { taskRunsByTekton } from "./task-runs-by-tekton";
import { tokensByAdministrator } from "./tokens-by-administrator";
import { volumesByTekton } from "./volumes-by-tekton";

/** All of them, in the order of SLSA's threats. */
export const ATTACKS: readonly Attack[] = [
    runAsDeclared,
    runsByTrigger,
    runNamedByCommit,
    runIsNew,
    runsInBuildNamespaces,
    taskRunsByTekton,
    podsByTekton,
    volumesByTekton,
    noEntry,
    podsBoundByScheduler,
    podImagesFixed,
    podLabelsByTekton,
    podOwnersByControllers,
    podStatusByKubelet,
    tokensByAdministrator,
    definitionsFixed,
    surroundingsFixed,
    resolutionsByTekton,
    recordByControllers,
    resultsAsDeclared,
    runsKept,
]
    .flat()
    .sort((one, other) => one.threat.localeCompare(other.threat));
