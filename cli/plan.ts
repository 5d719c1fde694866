import { resolve } from "node:path";
import { PROJECT_FOLDER } from "../plan/project";
import { planStack } from "../plan/stack";
import { writePlan } from "../plan/write";
import { judge } from "../requirements/slsa2";
import { options } from "./input-error";
import { tree, verdicts } from "./text";

/** The stack that `npm start` plans. */
const DEFAULT_STACK = "local";

/** `slsa plan`: evaluates a stack, prints it as a tree with the verdicts, and writes the files of `out/`. */
export async function plan(args: string[]): Promise<number> {
    const { stack = DEFAULT_STACK, out } = options(args, ["stack", "out"]);
    const folder = resolve(out ?? "out");
    const planned = await planStack(stack, PROJECT_FOLDER);
    const judgements = judge(planned.snapshot);
    process.stdout.write(tree(planned.snapshot));
    process.stdout.write(`\n${planned.remarks.map((remark) => `  ${remark}\n`).join("")}`);
    process.stdout.write(`\n${verdicts(judgements)}`);
    const written = writePlan(folder, planned, judgements);
    if (planned.refused.length > 0) {
        process.stdout.write(
            `not deployable yet: \`pulumi up\` refuses ${String(planned.refused.length)} of the releases and images above; ` +
                "see `slsa lock`\n",
        );
    }
    process.stdout.write(`\nwritten to ${folder}: ${written.join(", ")}\n`);
    return judgements.every(({ verdict }) => verdict.status === "met") ? 0 : 1;
}
