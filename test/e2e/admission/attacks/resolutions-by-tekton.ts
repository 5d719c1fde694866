import { ANSWER, renamed, RESOLUTION } from "../builds";
import { create, jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

export const resolutionsByTekton = attacksOn("resolutions-by-tekton", {
    E: [
        entry(
            "an answer to a resolution",
            "editor",
            "a pipeline of the attacker's under the declared name",
            merge("resolutionrequests", "cluster-0123456789/status", ANSWER),
        ),
        entry(
            "a resolution asked before the run asks",
            "editor",
            "an answer that is ready when Tekton looks for it",
            create("resolutionrequests", renamed(RESOLUTION, "cluster-early")),
        ),
        entry(
            "another question",
            "editor",
            "an answer to what was not asked",
            jsonPatch("resolutionrequests", "cluster-0123456789", [
                { op: "replace", path: "/spec/params/0/value", value: "task" },
            ]),
        ),
    ],
});
