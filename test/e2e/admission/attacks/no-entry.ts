import { merge, path } from "../requests";
import { attacksOn, entry } from "./attack";

const ephemeral = merge("pods", "build-pod/ephemeralcontainers", {
    spec: { ephemeralContainers: [{ name: "in", image: "tools.test/shell" }] },
});

export const noEntry = attacksOn("no-entry", {
    E: [
        entry("a command in a pod", "editor", "a shell in a build", {
            method: "POST",
            path: `${path("pods", "build-pod/exec")}?command=sh&stdin=true&stdout=true`,
            stored: true,
        }),
        entry("attached to a pod", "editor", "the input of a step", {
            method: "POST",
            path: `${path("pods", "build-pod/attach")}?stdin=true&stdout=true`,
            stored: true,
        }),
        entry("a port of a pod", "editor", "what listens in a build", {
            method: "POST",
            path: `${path("pods", "build-pod/portforward")}?ports=80`,
            stored: true,
        }),
        entry("a pod by the API server's proxy", "editor", "what listens in a build", {
            method: "GET",
            path: path("pods", "build-pod/proxy/"),
        }),
        entry("an ephemeral container", "editor", "a container in a build, with its volumes", ephemeral),
        entry(
            "an ephemeral container by Tekton's controller",
            "tekton",
            "a build entered with the token of a controller",
            ephemeral,
        ),
    ],
});
