import { labSettings } from "../../../lab/platform/settings";
import { joined, platform } from "../../../lab/platform/platform";
import { Verifier } from "../../../lab/platform/verifier";
import { eventually, kubectl } from "../lab-kubectl";
import { machineState, type MachineState, withoutOtherLabs } from "../lab-machine";
import { imageOf, NAME, npmRun, type Platform } from "./platform";

const UIDS = "jsonpath={.items[*].metadata.uid}";

/** Taking the platform down: by Pulumi, and with its lab. */
export function destroySuite(the: () => Platform): void {
    it("keeps volumes and keys, which are protected: after another up, what was signed before still verifies", async () => {
        const { lab, stack, first, outputs, verifier } = the();
        const volumes = (): Promise<string> =>
            kubectl(lab, ["get", "persistentvolumeclaims", "--all-namespaces", "--output", UIDS]);
        const before = await volumes();
        expect(before.split(" ")).toHaveLength(4);
        await expect(stack.destroy()).rejects.toThrow("protect");
        expect(await volumes()).toBe(before);
        await stack.up();
        const again = await joined(lab, stack);
        expect(again.signingPublicKey).toBe(outputs.signingPublicKey);
        expect(again.transparencyLogPublicKey).toBe(outputs.transparencyLogPublicKey);
        const stranger = new Verifier(lab, again);
        const image = imageOf(first, "crane");
        const verified = await eventually(60, true, () =>
            stranger.run(verifier.attestationCommand(image)).then(
                () => true,
                () => false,
            ),
        );
        expect(verified).toBe(true);
    });

    it("leaves nothing once they are not", async () => {
        const { lab } = the();
        const settings = { ...(await labSettings(lab)), protectData: false };
        const stack = await platform(lab, { settings });
        const { changes: up } = await stack.up();
        expect(Object.keys(up)).toEqual(["same"]);
        const { changes } = await stack.destroy();
        expect(changes).toEqual({ delete: up["same"] });
        const left = await kubectl(lab, ["get", "namespaces", "--output", "jsonpath={.items[*].metadata.name}"]);
        expect(
            left.split(" ").filter((name) => /^(tekton|builds-|image-registry|transparency-log)/.test(name)),
        ).toEqual([]);
        const kinds = [
            "customresourcedefinitions",
            "clusterroles",
            "clusterrolebindings",
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
        ];
        const definitions = await kubectl(lab, ["get", kinds.join(","), "--output", "name"]);
        expect(definitions.split("\n").filter((name) => name.includes("tekton"))).toEqual([]);
        expect(await eventually(60, "", () => kubectl(lab, ["get", "persistentvolumes", "--output", "name"]))).toBe("");
    });

    it("`npm run local:down` leaves the machine as it was before `npm run local`", async () => {
        const { lab, before } = the();
        const wanted = withoutOtherLabs(before, lab.number);
        const after = (): MachineState => withoutOtherLabs(machineState(), lab.number);
        expect(after()).not.toEqual(wanted);
        expect(await npmRun("local:down", "--", NAME)).toBe(`nothing of lab "${NAME}" is left\n`);
        expect(await npmRun("local:down", "--", NAME)).toBe(`there is no lab "${NAME}"\n`);
        await eventually(10, wanted["processes"]?.join(), () => Promise.resolve(after()["processes"]?.join()));
        expect(after()).toEqual(wanted);
    });
}
