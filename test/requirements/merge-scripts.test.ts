import { PROJECT_FOLDER } from "../../plan/project";
import { planStack, stackNames } from "../../plan/stack";
import { MERGE_SCRIPTS } from "../../requirements/merge-scripts";
import { scriptHash } from "../../requirements/merge-steps";

/** Fails with the new hash when a script changes: read the script, then write the hash to requirements/merge-scripts.ts. */
it.each(stackNames(PROJECT_FOLDER))("the scripts of a merge of stack %s are those that were read", async (stack) => {
    const { resources } = (await planStack(stack, PROJECT_FOLDER)).snapshot;
    const declared = resources.find(({ name }) => name === "merge-trigger-crane-steps")?.inputs["data"];
    const steps = JSON.parse((declared as Record<string, string>)["steps.json"] ?? "") as {
        name: string;
        script: string;
    }[];
    expect(steps.map(({ name, script }) => [name, scriptHash(script)])).toEqual(Object.entries(MERGE_SCRIPTS));
});
