import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { changeGreeting } from "../../../lab/platform/hello-source";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { buildsNamespace, CONTROLLERS, NAMESPACES, runPruner } from "../../../names";
import { eventually, kubectl } from "../lab-kubectl";
import { as } from "./account";
import {
    CRANE,
    ended,
    HELLO,
    imageOf,
    kubectlLong,
    listed,
    merged,
    MANY_IMAGES,
    PAGE,
    runsOf,
    type Platform,
} from "./platform";

const NAMESPACE = buildsNamespace(HELLO);
const PRUNER = runPruner(NAMESPACE);
/** The CronJob's schedule is ten minutes; a Job of it takes less than one. */
const SCHEDULE_SECONDS = 660;

const cronJob = z.looseObject({
    spec: z.looseObject({
        jobTemplate: z.looseObject({
            spec: z.looseObject({
                template: z.looseObject({
                    spec: z.looseObject({
                        initContainers: z.array(
                            z.looseObject({
                                env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
                            }),
                        ),
                    }),
                }),
            }),
        }),
    }),
});

/** Ended runs, when their time is over. */
export function pruneSuite(the: () => Platform): void {
    let jobs = 0;
    /** A Job of the declared CronJob now. @param keep - other times than the declared ones, in seconds */
    async function prune(
        keep?: Readonly<Record<"verified" | "failed", number>>,
    ): Promise<{ ended: string; said: string }> {
        const { lab } = the();
        const inPruner = ["--namespace", PRUNER.namespace];
        const text = await kubectl(lab, [...inPruner, "get", "cronjob", PRUNER.name, "--output", "json"]);
        const { jobTemplate } = cronJob.parse(JSON.parse(text)).spec;
        const env = jobTemplate.spec.template.spec.initContainers[0]?.env ?? [];
        for (const [name, seconds] of Object.entries(keep ?? {})) {
            const variable = env.find((one) => one.name === `KEEP_${name.toUpperCase()}_SECONDS`);
            expect(variable?.value).toMatch(/^[0-9]+$/);
            Object.assign(variable ?? {}, { value: String(seconds) });
        }
        const name = `prune-${String(++jobs)}`;
        const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: jobTemplate.spec };
        await kubectl(lab, [...inPruner, "create", "--filename", "-"], JSON.stringify(job));
        const output = 'jsonpath={.status.conditions[?(@.status=="True")].type}';
        const state = (): Promise<string> => kubectl(lab, [...inPruner, "get", "job", name, "--output", output]);
        let types = "";
        await eventually(120, true, async () => /Complete|Failed/.test((types = await state())));
        const said = await kubectl(lab, [...inPruner, "logs", `job/${name}`, "--all-containers"]);
        return { ended: /Complete|Failed/.exec(types)?.[0] ?? "goes on", said };
    }
    const names = async (kind: "pipelineruns" | "taskruns"): Promise<string[]> =>
        (await listed(the().lab, kind, HELLO)).map(({ metadata }) => metadata.name).sort();
    const pods = (): Promise<string> =>
        kubectl(the().lab, ["--namespace", NAMESPACE, "get", "pods", "--output", "name"]);
    const NOW = { verified: 0, failed: 0 };

    it("stay while they are young, and so does everything of theirs", async () => {
        const before = [await names("pipelineruns"), await names("taskruns")];
        expect(before[0]?.length).toBeGreaterThan(2);
        expect(await prune()).toEqual({ ended: "Complete", said: "" });
        expect([await names("pipelineruns"), await names("taskruns")]).toEqual(before);
    });

    it("cannot be deleted in another order, nor by their pruner where it serves another repository", async () => {
        const { lab } = the();
        const [task = ""] = await names("taskruns");
        const [run = ""] = await names("pipelineruns");
        const attempt = (account: typeof PRUNER, ...command: string[]): ReturnType<typeof as> =>
            as(lab, account, ["--namespace", NAMESPACE, "delete", ...command, "--wait=false"]);
        const forbidden = { allowed: false, said: expect.stringContaining("Forbidden") as string };
        expect(await attempt(PRUNER, "taskrun", task)).toEqual(forbidden);
        expect(await attempt(runPruner(buildsNamespace(CRANE)), "pipelinerun", run)).toEqual(forbidden);
        const refused = { allowed: false, said: expect.stringContaining("denied request: runs-kept: ") as string };
        expect(await attempt(PRUNER, "pipelinerun", run, "--cascade=foreground")).toEqual(refused);
        expect(await attempt(PRUNER, "pipelinerun", run, "--cascade=orphan")).toEqual(refused);
        // An administrator has every right, and is told the same.
        await expect(kubectl(lab, ["--namespace", NAMESPACE, "delete", "taskrun", task])).rejects.toThrow(
            "runs-kept: ",
        );
        await expect(kubectl(lab, ["--namespace", NAMESPACE, "delete", "pipelinerun", run])).rejects.toThrow(
            "runs-kept: ",
        );
    });

    it("go once their provenance verified, or they failed, with their task runs and pods; the provenance stays", async () => {
        const { lab, forge, verifier } = the();
        const before = await listed(lab, "pipelineruns", HELLO);
        changeGreeting(workingFolder(lab, HELLO), "pruned");
        const good = await merged(the(), "A line of a run that is pruned", HELLO);
        expect(good.record.status).toBe("green");
        const { ended: how, said } = await prune(NOW);
        const lines = said.split("\n");
        expect(how).toBe("Complete");
        // The newest that was built stays, and says so: an older merge, delivered again, must find it.
        const [newest] = await runsOf(lab, good.commit, HELLO);
        expect(await names("pipelineruns")).toEqual([newest?.metadata.name]);
        expect(lines).toContain(
            `kept PipelineRun ${String(newest?.metadata.name)}: its provenance is verified, and no newer merge was built`,
        );
        for (const { metadata } of before) {
            expect(lines.filter((line) => line.startsWith(`deleted PipelineRun ${metadata.name}: `))).toHaveLength(1);
        }
        expect(lines.filter((line) => line.endsWith(": it failed")).length).toBeGreaterThan(0);
        expect(lines.filter((line) => line.endsWith(": its provenance is verified")).length).toBeGreaterThan(1);
        const ofNewest = ["build", "clone", "push"].map((task) => `${String(newest?.metadata.name)}-${task}`);
        expect(await eventually(60, true, async () => (await names("taskruns")).length === ofNewest.length)).toBe(true);
        expect(await names("taskruns")).toEqual(ofNewest);
        expect(
            await eventually(60, ofNewest.length, async () => (await pods()).split("\n").filter(Boolean).length),
        ).toBe(ofNewest.length);
        await verifier.run(verifier.attestationCommand(imageOf(good, HELLO)));
        expect(forge.record(HELLO, good.commit)?.status).toBe("green");
    });

    it("stay while they are not signed, whatever their age: the pruner says so and fails", async () => {
        const { lab, forge, verifier } = the();
        const { namespace, name } = CONTROLLERS.tektonChains;
        const chains = (replicas: number): Promise<string> =>
            kubectl(lab, ["--namespace", namespace, "scale", `deployment/${name}`, `--replicas=${String(replicas)}`]);
        await chains(0);
        await kubectlLong(lab, ["--namespace", namespace, "wait", "pod", "--all", "--for=delete", "--timeout=60s"]);
        changeGreeting(workingFolder(lab, HELLO), "not signed yet");
        const source = workingCopy(workingFolder(lab, HELLO));
        const commit = await source.commit("A line that nobody signs for a while");
        const [before] = await names("pipelineruns");
        let run: string | undefined;
        try {
            await source.push("main");
            while (forge.record(HELLO, commit)?.step !== "verify") {
                await sleep(200);
            }
            run = (await runsOf(lab, commit, HELLO))[0]?.metadata.name;
            const kept = await prune(NOW);
            expect(kept.ended).toBe("Failed");
            expect(kept.said).toContain(`kept PipelineRun ${String(run)}: its provenance could not be verified`);
            expect(kept.said).toContain("delete-runs: 1 runs are kept past their time");
            // A newer merge was built, so that the one before goes: as soon as Chains is there to let go of it.
            expect(kept.said).toContain(`deleted PipelineRun ${String(before)}: its provenance is verified`);
            expect(await names("pipelineruns")).toContain(run);
            // By hand it cannot be deleted either: it succeeded, and is not signed.
            const { said } = await as(lab, PRUNER, ["--namespace", NAMESPACE, "delete", "pipelinerun", String(run)]);
            expect(said).toContain("runs-kept: a run is deleted that goes on, or that succeeded and is not signed");
        } finally {
            await chains(1);
        }
        const next = await ended(forge, HELLO, commit);
        expect(next.record.status).toBe("green");
        expect(await eventually(60, 1, async () => (await names("pipelineruns")).length)).toBe(1);
        expect(await prune(NOW)).toEqual({
            ended: "Complete",
            said: `kept PipelineRun ${String(run)}: its provenance is verified, and no newer merge was built`,
        });
        await verifier.run(verifier.attestationCommand(imageOf(next, HELLO)));
    });

    it("are looked after by the schedule, in every namespace", async () => {
        const { lab } = the();
        const last = [
            "get",
            "cronjobs",
            "--output",
            'jsonpath={range .items[*]}{.metadata.name} {.status.lastSuccessfulTime}{"\\n"}{end}',
        ];
        const ran = async (): Promise<string[]> =>
            (await kubectl(lab, ["--namespace", NAMESPACES.runPruner, ...last]))
                .split("\n")
                .filter((line) => /Z$/.test(line));
        const all = [CRANE, HELLO, MANY_IMAGES, PAGE];
        expect(await eventually(SCHEDULE_SECONDS, all.length, async () => (await ran()).length)).toBe(all.length);
        expect((await ran()).map((line) => line.split(" ")[0]).sort()).toEqual(
            all.map((repository) => runPruner(buildsNamespace(repository)).name).sort(),
        );
    });
}
