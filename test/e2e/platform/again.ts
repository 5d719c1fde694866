import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { digestOf } from "../../../lab/platform/verifier";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { BUILD_IDENTITIES, buildsNamespace, OBJECTS } from "../../../names";
import { PENDING } from "../../../pipelines/tekton";
import { kubectl } from "../lab-kubectl";
import { as } from "./account";
import { ended, HELLO, imageOf, kubectlLong, runsOf, statements, type Platform } from "./platform";

const NAMESPACE = buildsNamespace(HELLO);

/** The run of a commit as the trigger's declared steps make it for an attempt. */
export async function declaredRun({ lab }: Platform, commit: string, attempt: string): Promise<object> {
    const steps = ["configmap", OBJECTS.mergeTrigger, "--output", "jsonpath={.data.steps\\.json}"];
    const declared = JSON.parse(await kubectl(lab, ["--namespace", NAMESPACE, "get", ...steps])) as unknown;
    const [create] = z.array(z.looseObject({ env: z.record(z.string(), z.string()) })).parse(declared);
    const run = create?.env["RUN"] ?? "";
    return JSON.parse(run.replaceAll("@COMMIT@", commit).replace("@ATTEMPT@", attempt)) as object;
}

/** Starts a run that waits, with its trigger's token, as the declared steps do. */
async function start({ lab }: Platform, run: string): Promise<boolean> {
    const patch = JSON.stringify([
        { op: "test", path: "/spec/status", value: PENDING },
        { op: "remove", path: "/spec/status" },
    ]);
    const command = ["--namespace", NAMESPACE, "patch", "pipelinerun", run, "--type", "json", "--patch", patch];
    return (await as(lab, { namespace: NAMESPACE, name: BUILD_IDENTITIES.trigger }, command)).allowed;
}

/** One commit, built again. */
export function againSuite(the: () => Platform): void {
    it("gives the same digest and both attestations, also when both runs go at the same time", async () => {
        const { lab, forge } = the();
        const commit = await workingCopy(workingFolder(lab, HELLO)).head();
        const image = imageOf(await ended(forge, HELLO, commit), HELLO);
        expect(await statements(the(), image)).toHaveLength(1);
        const trigger = { namespace: NAMESPACE, name: BUILD_IDENTITIES.trigger };
        const ask = ["create", "--filename", "-", "--output", "name"];
        const two = await Promise.all(
            ["-2", "-3"].map(async (attempt) => as(lab, trigger, ask, await declaredRun(the(), commit, attempt))),
        );
        expect(two.map(({ allowed }) => allowed)).toEqual([true, true]);
        const names = two.map(({ said }) => said.trim().split("/").pop() ?? "");
        expect(await Promise.all(names.map((name) => start(the(), name)))).toEqual([true, true]);
        for (const name of names) {
            const end = ["wait", `pipelinerun/${name}`, "--for=condition=Succeeded", "--timeout=600s"];
            await kubectlLong(lab, ["--namespace", NAMESPACE, ...end]);
            const results = ["get", "pipelinerun", name, "--output", "jsonpath={.status.results}"];
            expect(await kubectl(lab, ["--namespace", NAMESPACE, ...results])).toContain(digestOf(image));
        }
        const uids = (await runsOf(lab, commit, HELLO)).map(({ metadata }) => metadata.uid).sort();
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
