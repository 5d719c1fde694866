import { FOREIGN_OWNER } from "../builds";
import { apply, jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

export const podOwnersByControllers = attacksOn("pod-owners-by-controllers", {
    E: [
        entry(
            "the owner of a build's pod taken off",
            "editor",
            "a build that goes on unseen until its time is over",
            jsonPatch("pods", "owned-pod", [{ op: "remove", path: "/metadata/ownerReferences" }]),
        ),
        entry(
            "another task run as the owner of a pod",
            "editor",
            "a pod that Tekton takes for that of another task run",
            jsonPatch("pods", "owned-pod", [
                {
                    op: "replace",
                    path: "/metadata/ownerReferences/0/uid",
                    value: "8b4f5f0e-0000-4000-8000-000000000004",
                },
            ]),
        ),
        entry(
            "an owner of the attacker's beside a pod's own",
            "builder",
            "a pod that waits for an object of the attacker's before it goes",
            jsonPatch("pods", "owned-pod", [{ op: "add", path: "/metadata/ownerReferences/-", value: FOREIGN_OWNER }]),
        ),
        entry(
            "an owner by server-side apply",
            "editor",
            "the same by another kind of patch",
            apply("pods", {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "build-pod", ownerReferences: [FOREIGN_OWNER] },
            }),
        ),
        entry(
            "the owner of a pod by its kubelet",
            "kubelet",
            "the same with the credential of a node",
            merge("pods", "build-pod", { metadata: { ownerReferences: [FOREIGN_OWNER] } }),
        ),
    ],
});
