import type { Request } from "../api";
import { jsonPatch } from "../requests";
import { attacksOn, entry } from "./attack";

const image = (container: string, value: string): Request =>
    jsonPatch("pods", "build-pod", [{ op: "replace", path: `/spec/${container}/image`, value }]);

export const podImagesFixed = attacksOn("pod-images-fixed", {
    E: [
        entry(
            "another image of a step",
            "editor",
            "other work under the name of a declared step",
            image("containers/0", "tools.test/evil"),
        ),
        entry(
            "another image of a step before the first",
            "editor",
            "another entrypoint in every step",
            image("initContainers/0", "tools.test/evil"),
        ),
        entry(
            "an image that does nothing, by Tekton's controller",
            "tekton",
            "a step that is skipped",
            image("containers/0", "tools.test/nop"),
        ),
    ],
});
