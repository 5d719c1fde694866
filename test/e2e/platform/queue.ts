import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { changeGreeting } from "../../../lab/platform/hello-source";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { BUILD_IDENTITIES, buildsNamespace } from "../../../names";
import { PENDING } from "../../../pipelines/tekton";
import { kubectl } from "../lab-kubectl";
import { as, type Answer } from "./account";
import { ended, HELLO, type Platform } from "./platform";

const NAMESPACE = buildsNamespace(HELLO);
const TRIGGER = { namespace: NAMESPACE, name: BUILD_IDENTITIES.trigger };

/** The setting `maxRuns` of {@link HELLO}: stacks/Pulumi.local.yaml has it. */
const MAX_RUNS = 2;
const MERGES = 4;

/** A run, as far as it waits, goes on or has ended. */
const runSchema = z.object({
    metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
    spec: z.object({ status: z.string().optional() }),
    status: z.object({ startTime: z.string().optional(), completionTime: z.string().optional() }).default({}),
});

type Run = z.infer<typeof runSchema>;

/** Merges that come at once, more of them than builds may go on. */
export function queueSuite(the: () => Platform): void {
    async function runs(): Promise<Run[]> {
        const list = ["--namespace", NAMESPACE, "get", "pipelineruns", "--output", "json"];
        return z.object({ items: z.array(runSchema) }).parse(JSON.parse(await kubectl(the().lab, list))).items;
    }
    const waits = ({ spec }: Run): boolean => spec.status === PENDING;
    const goesOn = (run: Run): boolean => !waits(run) && run.status.completionTime === undefined;

    it("wait in the cluster for their turn: no more go on than may, none is lost, and the first to come is the first to start", async () => {
        const { lab, forge } = the();
        const source = workingCopy(workingFolder(lab, HELLO));
        const commits: string[] = [];
        for (let merge = 1; merge <= MERGES; merge += 1) {
            changeGreeting(source.folder, `number ${String(merge)} of those at once`);
            commits.push(await source.commit(`Merge ${String(merge)} of those at once`));
            await source.push("main");
        }
        const isOver = (): boolean =>
            commits.every((commit) => (forge.record(HELLO, commit)?.status ?? "running") !== "running");
        let most = 0;
        const waited = new Set<string>();
        let cancelled: Answer | undefined;
        while (!isOver()) {
            const now = await runs();
            const going = now.filter(goesOn).length;
            most = Math.max(most, going);
            const waiting = now.filter(waits).map(({ metadata }) => metadata.name);
            if (going === MAX_RUNS) {
                waiting.forEach((name) => waited.add(name));
            }
            if (waiting[0] !== undefined && cancelled === undefined) {
                const patch = JSON.stringify({ spec: { status: "Cancelled" } });
                const command = ["--namespace", NAMESPACE, "patch", "pipelinerun", waiting[0], "--dry-run=server"];
                cancelled = await as(lab, TRIGGER, [...command, "--type", "merge", "--patch", patch]);
            }
            await sleep(200);
        }
        const merges = await Promise.all(commits.map((commit) => ended(forge, HELLO, commit)));
        const states = merges.map(({ record }) => `${record.status} ${record.step}`);
        expect(states).toEqual(commits.map(() => "green promote"));
        expect(most).toBe(MAX_RUNS);
        expect(waited.size).toBe(MERGES - MAX_RUNS);
        const told = commits.filter((commit) =>
            forge.log(HELLO, commit).includes(`and no more than ${String(MAX_RUNS)} may go on: waiting\n`),
        );
        expect(told.map((commit) => `ko-${commit}`).sort()).toEqual([...waited].sort());
        const built = (await runs()).filter(({ metadata }) =>
            commits.some((commit) => metadata.name === `ko-${commit}`),
        );
        const key = ({ metadata, status }: Run): string => `${status.startTime ?? ""} ${metadata.creationTimestamp}`;
        const arrivals = built
            .sort((one, other) => (key(one) < key(other) ? -1 : 1))
            .map(({ metadata }) => metadata.creationTimestamp);
        expect(arrivals).toEqual([...arrivals].sort());
        // The setting `cancelOlder` is off here.
        expect(cancelled).toEqual({
            allowed: false,
            said: expect.stringContaining("denied request: record-by-controllers: ") as string,
        });
    });
}
