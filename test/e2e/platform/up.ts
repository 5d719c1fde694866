import { createPublicKey } from "node:crypto";
import { labSettings } from "../../../lab/platform/settings";
import { NAMESPACES, OBJECTS } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { manifests } from "../../../plan/manifests";
import { planSettings, planStack } from "../../../plan/stack";
import { judge, SLSA2 } from "../../../requirements/slsa2";
import { kubectl } from "../lab-kubectl";
import { NAME, npmRun, type Platform } from "./platform";

/** What `pulumi up` of stack `local` makes. */
export function upSuite(the: () => Platform): void {
    it("is judged as its plan from the locks alone is: six met, with the releases' content and without", async () => {
        const withContent = await planSettings("local", await labSettings(the().lab), PROJECT_FOLDER);
        const without = await planStack("local", PROJECT_FOLDER);
        const verdicts = [withContent, without].map(({ snapshot }) =>
            judge(snapshot).map(({ verdict }) => verdict.status),
        );
        expect(withContent.remarks).toContainEqual(expect.stringContaining("tekton-chains v0.26.3: mapped to "));
        expect(without.remarks).toContainEqual(expect.stringContaining("tekton-chains v0.27.1: content not fetched"));
        expect(verdicts).toEqual([SLSA2.map(() => "met"), SLSA2.map(() => "met")]);
    });

    it("is what the plan says, no more and no less, and nothing the second time", async () => {
        const { snapshot } = await planSettings("local", await labSettings(the().lab), PROJECT_FOLDER);
        const planned = snapshot.resources.map(({ urn }) => urn).sort();
        const { deployment } = await the().stack.exportState();
        const made = deployment.resources
            .map(({ urn }) => urn)
            // The engine adds a provider for each package whose resources name none.
            .filter((urn) => !/::pulumi:providers:[a-z]+::default_/.test(urn))
            .sort();
        expect(made).toEqual(planned);
        const again = await the().stack.up();
        expect(again.changes).toEqual({ same: planned.length });
    });

    it("is put back when somebody switches the webhook off that refuses a run's own specification", async () => {
        const { lab, stack } = the();
        const webhook = ["validatingwebhookconfiguration", "validation.webhook.pipeline.tekton.dev"];
        const policy = (): Promise<string> =>
            kubectl(lab, ["get", ...webhook, "--output", "jsonpath={.webhooks[0].failurePolicy}"]);
        const off = JSON.stringify([{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }]);
        await kubectl(lab, ["patch", ...webhook, "--type", "json", "--patch", off]);
        expect(await policy()).toBe("Ignore");
        await stack.refresh();
        const { changes } = await stack.up();
        expect(changes["update"]).toBe(1);
        expect(await policy()).toBe("Fail");
    });

    it("can be written as manifests that the API server takes", async () => {
        const { lab } = the();
        const { snapshot } = await planSettings("local", await labSettings(lab), PROJECT_FOLDER);
        // A Secret's values are known to a deployment only.
        const texts = manifests(snapshot)
            .map(({ text }) => text)
            .filter((text) => !/^kind: Secret$/m.test(text));
        const said = await kubectl(
            lab,
            ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--output", "name", "--filename", "-"],
            texts.join("---\n"),
        );
        expect(said.split("\n")).toHaveLength(texts.length);
        expect(texts.length).toBeGreaterThan(100);
    });

    it("keeps the signing key encrypted in its state, and out of its outputs", async () => {
        const { lab, stack, outputs } = the();
        const secret = ["secret", OBJECTS.signingSecret, "--output", "jsonpath={.data.x509\\.pem}"];
        const key = await kubectl(lab, ["--namespace", NAMESPACES.tektonChains, "get", ...secret]);
        const pem = Buffer.from(key, "base64").toString("utf8");
        expect(pem).toContain("PRIVATE KEY");
        const [line = ""] = pem.split("\n").slice(1);
        const state = JSON.stringify(await stack.exportState());
        expect(state).toContain("signing-key-key");
        expect(state).not.toContain(line);
        expect(JSON.stringify(outputs)).not.toContain(line);
        expect(createPublicKey(pem).export({ type: "spki", format: "pem" })).toBe(outputs.signingPublicKey);
    });

    it("is not thrown away by another `npm run local`", async () => {
        await expect(npmRun("local", "--", NAME)).rejects.toThrow(`lab "${NAME}" is up`);
        expect((await the().stack.outputs())["signingPublicKey"]).toBe(the().outputs.signingPublicKey);
    });

    it("refuses a name that is none", async () => {
        await expect(npmRun("local", "--", "two", "names")).rejects.toThrow('"two names" is no name of a lab');
    });
}
