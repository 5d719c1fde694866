import type { Judgement } from "../requirements/requirement";
import type { PlannedResource, Snapshot } from "../requirements/snapshot";

/** The resources of a plan as a tree by component: name, type, and what protects it. */
export function tree(snapshot: Snapshot): string {
    const children = new Map<string | undefined, PlannedResource[]>();
    for (const resource of snapshot.resources) {
        const siblings = children.get(resource.parent) ?? [];
        siblings.push(resource);
        children.set(resource.parent, siblings);
    }
    const lines: string[] = [];
    const walk = (resource: PlannedResource, indent: string, branch: string): void => {
        lines.push(`${indent}${branch}${resource.name}  ${resource.type}${resource.protect ? "  (protected)" : ""}`);
        const below = children.get(resource.urn) ?? [];
        const deeper = branch === "" ? indent : indent + (branch === "└─ " ? "   " : "│  ");
        below.forEach((child, at) => {
            walk(child, deeper, at === below.length - 1 ? "└─ " : "├─ ");
        });
    };
    for (const root of children.get(undefined) ?? []) {
        walk(root, "", "");
    }
    return `${lines.join("\n")}\n`;
}

/** The verdicts, one requirement after the other, with evidence or cure. */
export function verdicts(judgements: readonly Judgement[]): string {
    const met = judgements.filter(({ verdict }) => verdict.status === "met").length;
    const parts = judgements.map(({ requirement, verdict }) =>
        [
            `${verdict.status.toUpperCase().padEnd(7)} ${requirement.title}`,
            `        SLSA v0.1:    “${requirement.text}”`,
            `        announcement: “${requirement.announcement}”`,
            ...verdict.reasons.map((reason) => `        ! ${reason}`),
            ...(verdict.status === "met" ? [] : [`        cure: ${requirement.cure}`]),
            ...verdict.evidence.map(
                ({ urn, property, value }) => `        · ${shortUrn(urn)} ${property} = ${oneLine(value)}`,
            ),
        ].join("\n"),
    );
    return `${parts.join("\n\n")}\n\n${String(met)} of ${String(judgements.length)} requirements of SLSA 2 met\n`;
}

/** Type and name of a resource: what a person needs of a URN. */
export function shortUrn(urn: string): string {
    const [, , type = "", name = ""] = urn.split("::");
    return `${type.split("$").pop() ?? type} ${name}`;
}

function oneLine(value: string): string {
    return value.replaceAll(/\s+/g, " ");
}
