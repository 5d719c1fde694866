import { merge } from "../requests";
import { attacksOn, entry } from "./attack";

export const podLabelsByTekton = attacksOn("pod-labels-by-tekton", {
    E: [
        entry(
            "the build's pod labelled as the push's",
            "editor",
            "the registry and the names that only the push may reach",
            merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/pipelineTask": "push" } } }),
        ),
        entry(
            "the label taken off",
            "editor",
            "a pod that no network policy was written for",
            merge("pods", "build-pod", { metadata: { labels: { "tekton.dev/pipelineTask": null } } }),
        ),
        entry(
            "the label by way of the status",
            "kubelet",
            "the same by another endpoint",
            merge("pods", "build-pod/status", { metadata: { labels: { "tekton.dev/pipelineTask": "push" } } }),
        ),
    ],
});
