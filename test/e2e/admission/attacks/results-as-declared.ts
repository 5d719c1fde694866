import { EVIL_DIGEST, TASK_RUN_STATUS } from "../builds";
import { jsonPatch, merge } from "../requests";
import { attacksOn, entry } from "./attack";

const forged = { name: "IMAGES", type: "string", value: `registry.test/other@${EVIL_DIGEST}` };

const artifact = {
    name: "image",
    values: [{ uri: "pkg:oci/registry.test/other", digest: { sha256: EVIL_DIGEST.replace("sha256:", "") } }],
};

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
        entry(
            "an image as the result of a step",
            "tekton",
            "the same where Chains looks into steps",
            merge("taskruns", "crane-done-push/status", { status: { steps: [{ name: "push", results: [forged] }] } }),
        ),
        ...(["inputs", "outputs"] as const).map((list) =>
            entry(
                `an image among the ${list} of a step`,
                "tekton",
                "the same as an artifact of the step",
                merge("taskruns", "crane-done-push/status", {
                    status: { steps: [{ name: "push", [list]: [artifact] }] },
                }),
            ),
        ),
        ...(["inputs", "outputs"] as const).map((list) =>
            entry(
                `an image among the ${list} of a task`,
                "tekton",
                "the same as an artifact of the task run",
                merge("taskruns", "crane-done-push/status", { status: { artifacts: { [list]: [artifact] } } }),
            ),
        ),
    ],
});
