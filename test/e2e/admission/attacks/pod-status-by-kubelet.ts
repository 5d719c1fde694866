import { ADDRESSES, EVIL_DIGEST, terminated } from "../builds";
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
        entry(
            "a build that is said to have failed",
            "editor",
            "a build without its network policies while it is stopped: networks leave out pods that have ended",
            merge("pods", "build-pod/status", { status: { phase: "Failed" } }),
        ),
        entry(
            "a build that is said to have ended well by whoever cleans up",
            "podGarbageCollector",
            "the same with a token of Kubernetes' own",
            merge("pods", "build-pod/status", { status: { phase: "Succeeded" } }),
        ),
        ...(
            [
                ["another address of a build's pod", { podIP: "10.244.0.9", podIPs: [{ ip: "10.244.0.9" }] }],
                ["the address of a build's pod taken off", { podIP: null, podIPs: null }],
                ["one address more of a build's pod", { podIPs: [...ADDRESSES.podIPs, { ip: "fd00::9" }] }],
                ["another node's address of a build's pod", { hostIP: "10.0.0.9", hostIPs: [{ ip: "10.0.0.9" }] }],
                ["one node's address more of a build's pod", { hostIPs: [...ADDRESSES.hostIPs, { ip: "fd00::9" }] }],
            ] as const
        ).map(([name, status]) =>
            entry(
                name,
                "editor",
                "a build without its network policies, where the network takes addresses from here",
                merge("pods", "owned-pod/status", { status }),
            ),
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
