import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Snapshot } from "../../requirements/snapshot";
import { PROJECT_FOLDER } from "../../plan/project";
import { stackNames } from "../../plan/stack";
import { remove } from "../snapshot-edit";
import { slsa, type Ended } from "./run-slsa";

let out: string;
let planned: Ended;

beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), "slsa-out-"));
    planned = slsa("plan", "--out", out);
});

afterAll(() => {
    rmSync(out, { recursive: true, force: true });
});

const verdictsIn = (text: string): string =>
    text.slice(text.search(/^(MET|UNMET|UNKNOWN)/m), text.indexOf(" of 6 requirements"));

describe("slsa plan", () => {
    it("ends with 0 when all six are met, and prints the tree and the verdicts with the announcement's words", () => {
        expect(planned.stderr).toBe("");
        expect(planned.status).toBe(0);
        expect(planned.stdout).toContain("6 of 6 requirements of SLSA 2 met");
        expect(planned.stdout).toMatch(
            /├─ tekton-chains {2}slsa:index:TektonChains\n(?:.*\n)+?[│ ]+[├└]─ tekton-chains-signing-key {2}kubernetes:core\/v1:Secret/,
        );
        expect(planned.stdout).toContain("announcement: “Provenance is signed with the distroless GCP KMS key”");
    });

    it("says of a release that is not here that it planned from the inventory", () => {
        expect(planned.stdout).toContain("release tekton-pipelines v1.15.0: content not fetched");
    });

    it("writes plan.json with every field, and no secret", () => {
        const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8")) as Snapshot;
        const key = plan.resources.find(({ name }) => name === "tekton-chains-signing-key");
        expect(Object.keys(key ?? {}).sort()).toEqual(
            [
                "dependencies",
                "inputs",
                "name",
                "parent",
                "propertyDependencies",
                "protect",
                "provider",
                "type",
                "urn",
            ].sort(),
        );
        expect(key?.inputs["stringData"]).toEqual({
            "x509.pem": expect.stringMatching(
                /^\[unknown: urn:pulumi:local::.*::signing-key-key#privateKeyPemPkcs8\]$/,
            ) as unknown,
        });
    });

    it("writes a manifest for each object whose content is here, namespaces before what is in them", () => {
        const files = readdirSync(join(out, "manifests")).sort();
        const objects = files.map(
            (file) =>
                parse(readFileSync(join(out, "manifests", file), "utf8")) as {
                    kind: string;
                    metadata: { name: string };
                },
        );
        expect(objects[0]?.kind).toBe("Namespace");
        expect(objects.filter(({ kind }) => kind === "Task")).toHaveLength(9);
        expect(
            objects.filter(
                ({ kind, metadata }) => kind === "Deployment" && metadata.name === "tekton-chains-controller",
            ),
        ).toEqual([]);
    });

    it("writes slsa.md with a verdict for each row", () => {
        expect(readFileSync(join(out, "slsa.md"), "utf8").match(/\| \*\*met\*\* \|/g)).toHaveLength(6);
    });

    it("ends with 2 for a stack that is not there, and names those that are", () => {
        const { status, stderr } = slsa("plan", "--stack", "nowhere");
        expect(status).toBe(2);
        expect(stderr).toBe(
            `slsa plan: there is no stack nowhere; allowed: ${stackNames(PROJECT_FOLDER).join(", ")}. A stack is a file stacks/Pulumi.NAME.yaml\n`,
        );
    });

    it("ends with 2 for an option it does not know, and names those it knows", () => {
        const { status, stderr } = slsa("plan", "--stak", "local");
        expect(status).toBe(2);
        expect(stderr).toContain("allowed: --stack VALUE, --out VALUE");
    });
});

describe("slsa audit", () => {
    it("judges a saved plan as slsa plan did", () => {
        const audited = slsa("audit", "--plan", join(out, "plan.json"));
        expect(audited.status).toBe(0);
        expect(verdictsIn(audited.stdout)).toBe(verdictsIn(planned.stdout));
        expect(verdictsIn(audited.stdout)).toContain("MET     Provenance – Authenticated");
    });

    it("ends with 1 and says what is not met, and its cure", () => {
        const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8")) as Snapshot;
        remove(plan, "tekton-chains-signing-key");
        const file = join(out, "changed.json");
        writeFileSync(file, JSON.stringify(plan));
        const { status, stdout } = slsa("audit", "--plan", file);
        expect(status).toBe(1);
        expect(stdout).toContain("UNMET   Provenance – Authenticated");
        expect(stdout).toContain("Chains would sign nothing and say that it did");
        expect(stdout).toContain("cure: Give the signing key to Chains' Secret");
        expect(stdout).toContain("5 of 6 requirements of SLSA 2 met");
    });

    it("ends with 2 for a plan in which a URN names two resources, and says which", () => {
        const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8")) as Snapshot;
        const [first] = plan.resources;
        plan.resources.push(structuredClone(first as (typeof plan.resources)[number]));
        const file = join(out, "repeated.json");
        writeFileSync(file, JSON.stringify(plan));
        const { status, stderr } = slsa("audit", "--plan", file);
        expect(status).toBe(2);
        expect(stderr).toContain(`more than once, and a URN names one resource:\n${first?.urn ?? "?"}\n`);
    });

    it("ends also when resources are parents of each other", () => {
        const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8")) as Snapshot;
        const component = plan.resources.find(({ type }) => type === "slsa:index:MergeTrigger");
        const child = plan.resources.find(({ parent }) => parent === component?.urn);
        Object.assign(component ?? {}, { parent: child?.urn });
        const file = join(out, "cycle.json");
        writeFileSync(file, JSON.stringify(plan));
        expect(slsa("audit", "--plan", file).status).toBe(0);
    });

    it.each([
        ["no file", []],
        ["a file that is not there", ["--plan", "/nowhere/plan.json"]],
        ["a file that is not a plan", ["--plan", "package.json"]],
        ["a file that is not JSON", ["--plan", "README.md"]],
    ])("ends with 2 for %s, and says what to give", (_what, args) => {
        const { status, stderr } = slsa("audit", ...args);
        expect(status).toBe(2);
        expect(stderr).toContain("plan.json that `slsa plan` wrote");
    });
});

describe("slsa", () => {
    const lines = [...readFileSync(join(PROJECT_FOLDER, "README.md"), "utf8").matchAll(/^npm run slsa -- (.*)$/gm)];
    const documented = lines.map(([, line]) => (line ?? "").replace(/ *#.*$/, "").split(" "));

    it("has every command that the README names, run as the README says", () => {
        expect(documented.map(([command]) => command)).toEqual(["plan", "audit", "lock"]);
        for (const [command = "", ...args] of documented) {
            // Into a folder of the test's own; the audit reads what the plan wrote there.
            const given =
                command === "plan" ? [...args, "--out", out] : args.map((arg) => arg.replace(/^out\//, `${out}/`));
            expect([command, slsa(command, ...given)]).toEqual([command, expect.objectContaining({ status: 0 })]);
        }
    });

    it("says how each command is used", () => {
        for (const command of ["plan", "audit", "lock"]) {
            expect(slsa(command, "--help")).toMatchObject({
                status: 0,
                stdout: expect.stringContaining("slsa ") as unknown,
            });
        }
    });

    it("tells what the locks leave open, and that nothing of it can be deployed yet", () => {
        const status = slsa("lock");
        expect(status.status).toBe(1);
        expect(status.stdout).toContain("tekton-pipelines");
        expect(planned.stdout).toMatch(
            /^not deployable yet: `pulumi up` refuses [1-9][0-9]* of the releases and images above/m,
        );
    });

    it.each(["deploy", "toString"])("has no command %s", (name) => {
        expect(slsa(name)).toMatchObject({
            status: 2,
            stderr: expect.stringContaining(`no command ${name}`) as unknown,
        });
    });
});
