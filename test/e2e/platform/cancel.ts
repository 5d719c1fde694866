import { appendFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "../../../lab/platform/verifier";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { BUILD_IDENTITIES, buildsNamespace } from "../../../names";
import { eventually, kubectl } from "../lab-kubectl";
import { as, type Answer } from "./account";
import { ended, imageOf, merged, PAGE, runsOf, type Platform } from "./platform";

const NAMESPACE = buildsNamespace(PAGE);

/** Longer than both the second that the API server tells a run's age in and what of it is left. */
const ANOTHER_SECOND_MS = 1100;

/** A newer merge in a repository whose setting `cancelOlder` is on: stacks/Pulumi.local.yaml has one. */
export function cancelSuite(the: () => Platform): void {
    /** The name of the one run of a commit. */
    async function runOf(commit: string, repository: string): Promise<string> {
        const [run, ...more] = await runsOf(the().lab, commit, repository);
        expect(more).toEqual([]);
        return run?.metadata.name ?? "no run";
    }
    /** What the trigger's own token may do to a run; nothing is stored. */
    function patched(run: string, patch: object): Promise<Answer> {
        const trigger = { namespace: NAMESPACE, name: BUILD_IDENTITIES.trigger };
        const command = ["--namespace", NAMESPACE, "patch", "pipelinerun", run, "--dry-run=server"];
        return as(the().lab, trigger, [...command, "--type", "merge", "--patch", JSON.stringify(patch)]);
    }
    const CANCELLED = { spec: { status: "Cancelled" } };

    it("cancels the older one's run: that build is red and says why, its pods end, and the newer one is green", async () => {
        const { lab, forge, verifier } = the();
        const source = workingCopy(workingFolder(lab, PAGE));
        const pods = (run: string): Promise<string> =>
            kubectl(lab, [
                "--namespace",
                NAMESPACE,
                "get",
                "pods",
                "--selector",
                `tekton.dev/pipelineRun=${run}`,
                "--field-selector",
                "status.phase!=Succeeded,status.phase!=Failed",
                "--output",
                "name",
            ]);
        const older = await source.commit("A merge that another overtakes");
        await source.push("main");
        const going = async (): Promise<boolean> => {
            const [begun] = await runsOf(lab, older, PAGE);
            return begun !== undefined && (await pods(begun.metadata.name)) !== "";
        };
        expect(await eventually(120, true, going)).toBe(true);
        const run = await runOf(older, PAGE);
        await sleep(ANOTHER_SECOND_MS);
        appendFileSync(path.join(source.folder, "index.html"), "<p>newer</p>\n");
        const newer = await merged(the(), "The merge that overtakes it", PAGE);

        const overtaken = await ended(forge, PAGE, older);
        expect([overtaken.record.status, overtaken.record.step]).toEqual(["red", "wait-run"]);
        expect(overtaken.log).toContain(`PipelineRun ${run} was cancelled, as a newer merge has a run`);
        const output = 'jsonpath={.spec.status} {.status.conditions[?(@.type=="Succeeded")].reason}';
        const state = ["--namespace", NAMESPACE, "get", "pipelinerun", run, "--output", output];
        expect(await kubectl(lab, state)).toBe("Cancelled Cancelled");
        expect(await eventually(60, "", () => pods(run))).toBe("");

        expect([newer.record.status, newer.record.step]).toEqual(["green", "promote"]);
        expect(newer.log).toContain(`cancelled PipelineRun ${run}, which is of an older merge\n`);
        const { stdout } = await verifier.run(["crane", "digest", `${lab.registryHostPort}/page/page:latest`]);
        expect(stdout.trim()).toBe(digestOf(imageOf(newer, PAGE)));
    });

    it("is all that its trigger may do to a run: one that has ended stays as it is, and so does all else of it", async () => {
        const { lab } = the();
        const run = await runOf(await workingCopy(workingFolder(lab, PAGE)).head(), PAGE);
        const refused = {
            allowed: false,
            said: expect.stringContaining("denied request: record-by-controllers: ") as string,
        };
        expect(await patched(run, CANCELLED)).toEqual(refused);
        const signed = { metadata: { annotations: { "chains.tekton.dev/signed": "no" } } };
        expect(await patched(run, signed)).toEqual(refused);
    });
}
