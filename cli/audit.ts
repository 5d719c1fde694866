import { readFileSync } from "node:fs";
import { parseSnapshot } from "../plan/snapshot-file";
import { judge } from "../requirements/slsa2";
import { InputError, options } from "./input-error";
import { verdicts } from "./text";

/** `slsa audit --plan FILE`: judges a saved plan.json by the same requirements as `slsa plan`. */
export function audit(args: string[]): Promise<number> {
    const { plan } = options(args, ["plan"]);
    if (plan === undefined) {
        throw new InputError("no plan given; allowed: --plan FILE, where FILE is the plan.json that `slsa plan` wrote");
    }
    let text: string;
    try {
        text = readFileSync(plan, "utf8");
    } catch (error) {
        throw new InputError(
            `cannot read ${plan}: ${String(error)}; give the path of a plan.json that \`slsa plan\` wrote`,
        );
    }
    const judgements = judge(parseSnapshot(text, plan));
    process.stdout.write(verdicts(judgements));
    return Promise.resolve(judgements.every(({ verdict }) => verdict.status === "met") ? 0 : 1);
}
