import type { Judgement } from "../requirements/requirement";
import type { PlannedStack } from "./stack";

/** out/slsa.md: the announcement's table with a verdict and the declared evidence for each row. */
export function report({ snapshot, remarks }: PlannedStack, judgements: readonly Judgement[]): string {
    const rows = judgements.map(
        ({ requirement, verdict }) =>
            `| ${cell(requirement.title)} | ${cell(requirement.announcement)} | **${verdict.status}** |`,
    );
    const sections = judgements.map(({ requirement, verdict }) =>
        [
            `## ${requirement.title}: ${verdict.status}`,
            "",
            `> ${requirement.text}`,
            "",
            `[SLSA v0.1](${requirement.specification})`,
            "",
            ...verdict.reasons.map((reason) => `- **not met:** ${reason}`),
            ...(verdict.status === "met" ? [] : [`- **cure:** ${requirement.cure}`]),
            ...(verdict.evidence.length === 0
                ? []
                : [
                      "",
                      "| declared resource | property | value |",
                      "| --- | --- | --- |",
                      ...verdict.evidence.map(
                          ({ urn, property, value }) =>
                              `| \`${cell(urn)}\` | \`${cell(property)}\` | \`${cell(value)}\` |`,
                      ),
                  ]),
        ].join("\n"),
    );
    return [
        `# SLSA 2, stack ${snapshot.stack}`,
        "",
        `Judged from ${String(snapshot.resources.length)} declared resources, not from a running cluster.`,
        "",
        "| requirement | the announcement's means | verdict |",
        "| --- | --- | --- |",
        ...rows,
        "",
        ...sections.flatMap((section) => [section, ""]),
        "## What this plan installs from elsewhere",
        "",
        ...remarks.map((remark) => `- ${remark}`),
        "",
    ].join("\n");
}

function cell(text: string): string {
    return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
