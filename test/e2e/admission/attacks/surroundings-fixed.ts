import { create, jsonPatch, merge, path, remove } from "../requests";
import { attacksOn, entry } from "./attack";

export const surroundingsFixed = attacksOn("surroundings-fixed", {
    E: [
        entry(
            "other steps of the trigger",
            "editor",
            "commands of the attacker with the credentials of trigger and promoter",
            merge("configmaps", "merge-trigger", { data: { "steps.json": "[{}]" } }),
        ),
        entry(
            "the declaration of the trigger deleted",
            "editor",
            "its name, to give it to another",
            remove("configmaps", "merge-trigger"),
        ),
        entry("all ConfigMaps deleted", "editor", "all names at once", {
            method: "DELETE",
            path: `${path("configmaps")}?fieldSelector=metadata.name%3Dmerge-trigger`,
        }),
        entry(
            "another authority for the registry",
            "editor",
            "a registry of the attacker's, to which the push shows its credential",
            merge("configmaps", "registry-ca", { data: { "ca.crt": "mine" } }),
        ),
        entry(
            "a cloud's role for the builds' account",
            "editor",
            "the credential of that role in the task that runs the source",
            merge("serviceaccounts", "builder", {
                metadata: { annotations: { "iam.gke.io/gcp-service-account": "a@b.test" } },
            }),
        ),
        entry(
            "a token for each pod of the builds' account",
            "editor",
            "the API of the cluster from within a build",
            jsonPatch("serviceaccounts", "builder", [
                { op: "add", path: "/automountServiceAccountToken", value: true },
            ]),
        ),
        entry(
            "other steps of the trigger by the garbage collector",
            "garbageCollector",
            "the same with a token of Kubernetes' own that takes finalizers off",
            merge("configmaps", "merge-trigger", { data: { "steps.json": "[{}]" }, metadata: { finalizers: [] } }),
        ),
        entry(
            "one network policy more",
            "editor",
            "the registry and every other address from within a build",
            create("networkpolicies", {
                metadata: { name: "all" },
                spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{}] },
            }),
        ),
        entry(
            "the network policy of builds deleted",
            "trigger",
            "the same where no other policy is left",
            remove("networkpolicies", "nothing-by-default"),
        ),
    ],
    F: [
        entry(
            "another key to verify with",
            "editor",
            "tags on images whose provenance the attacker signed",
            merge("configmaps", "merge-trigger", { data: { "signing.pub": "mine" } }),
        ),
    ],
});
