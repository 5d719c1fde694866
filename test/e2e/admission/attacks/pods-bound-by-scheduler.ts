import { BINDING, withField } from "../builds";
import { create } from "../requests";
import { attacksOn, entry } from "./attack";

const labelled = withField(BINDING, ["metadata", "labels"], { "tekton.dev/pipelineTask": "push" });

export const podsBoundByScheduler = attacksOn("pods-bound-by-scheduler", {
    E: [
        entry(
            "a node for a build",
            "editor",
            "a build on the node of the attacker's choice",
            create("pods/build-pod/binding", BINDING),
        ),
        entry(
            "the label of the push with the node",
            "editor",
            "the network of the push, where Kubernetes copies a binding's labels to its pod",
            create("pods/build-pod/binding", labelled),
        ),
        entry(
            "the label of the push by the older kind of request",
            "editor",
            "the same by another endpoint",
            create("bindings", labelled),
        ),
        entry(
            "a node for a build by Tekton's controller",
            "tekton",
            "the same with the token of a controller",
            create("pods/build-pod/binding", BINDING),
        ),
    ],
});
