import { EVIL_DIGEST, TASK_RUN_STATUS } from "../builds";
import { jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

const forged = { name: "IMAGES", type: "string", value: `registry.test/other@${EVIL_DIGEST}` };

export const resultsAsDeclared = attacksOn("results-as-declared", {
    F: [
        entry(
            "an image named by a build",
            "tekton",
            "a signature for an image of another repository",
            merge("taskruns", "crane-done-push/status", {
                status: { ...TASK_RUN_STATUS, taskSpec: { results: null }, results: [forged] },
            }),
        ),
        entry(
            "an image named by a build under another prefix",
            "tekton",
            "the same by the other results that Chains reads",
            jsonPatch("taskruns", "crane-done-push/status", [
                { op: "add", path: "/status/results/-", value: { ...forged, name: "A-IMAGE_URL" } },
            ]),
        ),
    ],
});
