import { setTimeout as sleep } from "node:timers/promises";
import { OBJECTS } from "../../../names";
import { digestOf } from "../../../lab/platform/verifier";
import { kubectl } from "../lab-kubectl";
import { ACCOUNTS, as } from "./account";
import { BUILDS, imageOf, kubectlLong, runsOf, statements, type Platform } from "./platform";

/** One commit, built again. */
export function againSuite(the: () => Platform): void {
    it("gives the same digest and both attestations, also when both runs go at the same time", async () => {
        const { lab, first } = the();
        const image = imageOf(first, "crane");
        expect(await statements(the(), image)).toHaveLength(1);
        const steps = ["configmap", OBJECTS.mergeTrigger, "--output", "jsonpath={.data.steps\\.json}"];
        const [create] = JSON.parse(await kubectl(lab, ["--namespace", BUILDS, "get", ...steps])) as {
            env: Record<string, string>;
        }[];
        const run = JSON.parse((create?.env["RUN"] ?? "").replace("@COMMIT@", first.commit)) as object;
        const ask = ["create", "--filename", "-", "--output", "name"];
        const two = await Promise.all([1, 2].map(() => as(lab, ACCOUNTS.trigger, ask, run)));
        expect(two.map(({ allowed }) => allowed)).toEqual([true, true]);
        for (const { said } of two) {
            const name = said.trim().split("/").pop() ?? "";
            const ended = ["wait", `pipelinerun/${name}`, "--for=condition=Succeeded", "--timeout=600s"];
            await kubectlLong(lab, ["--namespace", BUILDS, ...ended]);
            const results = ["get", "pipelinerun", name, "--output", "jsonpath={.status.results}"];
            expect(await kubectl(lab, ["--namespace", BUILDS, ...results])).toContain(digestOf(image));
        }
        const uids = (await runsOf(lab, first.commit)).map(({ metadata }) => metadata.uid).sort();
        expect(uids).toHaveLength(3);
        let attested: (string | undefined)[] = [];
        for (const deadline = Date.now() + 60_000; Date.now() < deadline && attested.length < uids.length;) {
            await sleep(1000);
            attested = (await statements(the(), image)).map(
                ({ predicate }) => predicate.runDetails.metadata.invocationId,
            );
        }
        expect([...attested].sort()).toEqual(uids);
    });
}
