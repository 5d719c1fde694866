import { PROJECT_FOLDER } from "../../plan/project";
import { planStack, stackNames } from "../../plan/stack";
import { valueAt } from "../../requirements/findings";
import { scriptHash } from "../../requirements/merge-steps";
import { containersOf } from "../../requirements/pods";
import { PRUNE_SCRIPTS } from "../../requirements/prune-scripts";

/** Fails with the new hash when a script changes: read the script, then write the hash to requirements/prune-scripts.ts. */
it.each(stackNames(PROJECT_FOLDER))(
    "the scripts that prune runs of stack %s are those that were read",
    async (stack) => {
        const { resources } = (await planStack(stack, PROJECT_FOLDER)).snapshot;
        const declared = resources.find(({ name }) => name === "run-pruner-builds-crane");
        const pod = valueAt(declared?.inputs, ["spec", "jobTemplate", "spec", "template", "spec"]);
        const scripts = containersOf(pod).map((container) => [
            valueAt(container, ["name"]),
            scriptHash(String(valueAt(container, ["command", "2"]))),
        ]);
        expect(scripts).toEqual(Object.entries(PRUNE_SCRIPTS));
    },
);
