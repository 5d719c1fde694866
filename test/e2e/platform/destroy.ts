import { labSettings } from "../../../lab/platform/settings";
import { platform } from "../../../lab/platform/platform";
import { eventually, kubectl } from "../lab-kubectl";
import { machineState, type MachineState, withoutOtherLabs } from "../lab-machine";
import { NAME, npmRun, type Platform } from "./platform";

/** Taking the platform down: by Pulumi, and with its lab. */
export function destroySuite(the: () => Platform): void {
    let made: number;

    it("is refused while volumes and keys are protected, and nothing is deleted", async () => {
        const { stack } = the();
        made = (await stack.exportState()).deployment.resources.length;
        await expect(stack.destroy()).rejects.toThrow("protect");
        expect((await stack.exportState()).deployment.resources).toHaveLength(made);
        const { changes } = await stack.up();
        expect(Object.keys(changes)).toEqual(["same"]);
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
        expect(left.split(" ").filter((name) => /^(tekton|builds|image-registry|transparency-log)/.test(name))).toEqual(
            [],
        );
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
        await eventually(10, wanted["processes"]?.join(), () => Promise.resolve(after()["processes"]?.join()));
        expect(after()).toEqual(wanted);
    });
}
