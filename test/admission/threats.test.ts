import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RULES } from "../../admission";
import { PROJECT_FOLDER } from "../../plan/project";
import { ATTACKS } from "../e2e/admission/attacks";
import { CASES } from "../e2e/admission/cases";

/** The cells of the rows below a heading that begins with the letter. */
function rows(letter: string): string[][] {
    const [, section = ""] = readFileSync(join(PROJECT_FOLDER, "docs/threats.md"), "utf8").split(`\n## ${letter}: `);
    return (section.split("\n## ")[0] ?? "")
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .slice(2)
        .map((line) =>
            line
                .slice(1, -1)
                .split("|")
                .map((cell) => cell.trim()),
        );
}

const LETTERS = ["D", "E", "F"] as const;

it.each(LETTERS)("docs/threats.md has the attacks of threat %s that are tried, and no others", (letter) => {
    const tried = ATTACKS.filter(({ threat }) => threat === letter).map(({ name, as, wouldGain, refusedBy }) => [
        name,
        as,
        wouldGain,
        `\`${refusedBy}\``,
    ]);
    expect(tried.length).toBeGreaterThan(0);
    expect(rows(letter)).toEqual(tried);
});

it("each attack is under a letter that the document has", () => {
    expect([...new Set(ATTACKS.map(({ threat }) => threat))]).toEqual(LETTERS);
});

it("no two attacks have one name", () => {
    const names = ATTACKS.map(({ name, as }) => `${name} as ${as}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it("each rule has its case and an attack that it alone refuses", () => {
    const names = RULES.map(({ name }) => name).sort();
    expect(Object.keys(CASES).sort()).toEqual(names);
    expect([...new Set(ATTACKS.map(({ refusedBy }) => refusedBy))].sort()).toEqual(names);
});
