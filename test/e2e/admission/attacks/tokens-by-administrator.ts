import { create } from "../requests";
import { attacksOn, entry } from "./attack";

const token = create("serviceaccounts/merge-trigger/token", { spec: { audiences: null } });

export const tokensByAdministrator = attacksOn("tokens-by-administrator", {
    E: [
        entry("a token of the trigger", "editor", "runs in the trigger's name", token),
        entry("a token of the trigger by a build's account", "builder", "a build that starts builds", token),
        entry(
            "a Secret that Kubernetes fills with the trigger's token",
            "editor",
            "a token that never expires",
            create("secrets", {
                metadata: { name: "mine", annotations: { "kubernetes.io/service-account.name": "merge-trigger" } },
                type: "kubernetes.io/service-account-token",
            }),
        ),
    ],
});
