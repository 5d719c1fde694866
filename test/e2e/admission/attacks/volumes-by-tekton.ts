import { CLAIM, renamed, withField } from "../builds";
import { create, merge } from "../requests";
import { attacksOn, entry } from "./attack";

export const volumesByTekton = attacksOn("volumes-by-tekton", {
    E: [
        entry(
            "a claim under the name that a run's will have",
            "editor",
            "a volume of the attacker's for source and images",
            create(
                "persistentvolumeclaims",
                withField(renamed(CLAIM, "pvc-0123456789"), ["spec", "volumeName"], "mine"),
            ),
        ),
        entry(
            "a claim by another namespace's controller",
            "otherTekton",
            "all namespaces with the token of one controller",
            create("persistentvolumeclaims", renamed(CLAIM, "pvc-0123456789")),
        ),
        entry(
            "another volume for a claim that has none yet",
            "editor",
            "the same without being first",
            merge("persistentvolumeclaims", "pvc-abcdef0123", { spec: { volumeName: "mine" } }),
        ),
    ],
});
