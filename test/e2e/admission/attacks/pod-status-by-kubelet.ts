import { terminated, EVIL_DIGEST } from "../builds";
import { jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

const forged = JSON.stringify([{ key: "IMAGES", value: `registry.test/one@${EVIL_DIGEST}`, type: 1 }]);

export const podStatusByKubelet = attacksOn("pod-status-by-kubelet", {
    E: [
        entry(
            "a pod that is said to have ended well",
            "editor",
            "a push that begins while the build still goes on",
            merge("pods", "build-pod/status", { status: { phase: "Succeeded" } }),
        ),
        entry(
            "a step before the first that is said to have ended",
            "tekton",
            "a state of a pod with the token of a controller",
            merge("pods", "build-pod/status", { status: { initContainerStatuses: [terminated("prepare")] } }),
        ),
    ],
    F: [
        entry(
            "a forged end of a step",
            "editor",
            "good provenance for an image that nobody built",
            merge("pods", "build-pod/status", { status: { containerStatuses: [terminated("step-build", forged)] } }),
        ),
        entry(
            "a forged end of a step by a JSON patch",
            "builder",
            "the same by another kind of patch",
            jsonPatch("pods", "build-pod/status", [
                { op: "add", path: "/status/containerStatuses", value: [terminated("step-build", forged)] },
            ]),
        ),
    ],
});
