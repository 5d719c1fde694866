import { PROJECT_FOLDER } from "../../plan/project";
import { planStack, stackNames } from "../../plan/stack";
import { valueAt } from "../../requirements/findings";
import { scriptHash } from "../../requirements/merge-steps";
import { containersOf, list } from "../../requirements/pods";
import { PRUNE_VARIABLES } from "../../requirements/prune-environment";
import { PRUNE_SCRIPTS } from "../../requirements/prune-scripts";

async function steps(stack: string): Promise<unknown[]> {
    const { resources } = (await planStack(stack, PROJECT_FOLDER)).snapshot;
    const declared = resources.find(({ name }) => name === "run-pruner-builds-crane");
    return containersOf(valueAt(declared?.inputs, ["spec", "jobTemplate", "spec", "template", "spec"]));
}

describe.each(stackNames(PROJECT_FOLDER))("what prunes runs of stack %s", (stack) => {
    /** Fails with the new hash when a script changes: read the script, then write the hash to requirements/prune-scripts.ts. */
    it("runs the scripts that were read", async () => {
        const scripts = (await steps(stack)).map((container) => [
            valueAt(container, ["name"]),
            scriptHash(String(valueAt(container, ["command", "2"]))),
        ]);
        expect(scripts).toEqual(Object.entries(PRUNE_SCRIPTS));
    });

    it("is given what its scripts read, none of which Kubernetes would write into one", async () => {
        for (const container of await steps(stack)) {
            const texts = [String(valueAt(container, ["command", "2"]))];
            const names = list(container, "env").map((variable) => {
                texts.push(String(valueAt(variable, ["value"])));
                return String(valueAt(variable, ["name"]));
            });
            expect(names).toEqual(PRUNE_VARIABLES[String(valueAt(container, ["name"]))]);
            expect(names.filter((name) => texts.some((text) => text.includes(`$(${name})`)))).toEqual([]);
        }
    });
});
