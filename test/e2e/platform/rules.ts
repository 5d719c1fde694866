import { setTimeout as sleep } from "node:timers/promises";
import { BUILD_IDENTITIES, buildsNamespace, CONTROLLERS, NAMESPACES } from "../../../names";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { kubectl } from "../lab-kubectl";
import { restrictedPod } from "./access";
import { as, asAdministrator, type Answer } from "./account";
import { declaredRun } from "./again";
import { HELLO, listed, type Platform } from "./platform";

const NAMESPACE = buildsNamespace(HELLO);
const TRIGGER = { namespace: NAMESPACE, name: BUILD_IDENTITIES.trigger };
const DRY = ["create", "--dry-run=server", "--filename", "-"];

/** A run, as far as it is changed here. */
interface Run {
    metadata: Record<string, unknown>;
    spec: {
        params: { name: string; value: string }[];
        taskRunTemplate: { podTemplate: Record<string, unknown> };
        taskRunSpecs: { pipelineTaskName: string; serviceAccountName: string }[];
    };
}

/**
 * The admission rules behind Tekton's own webhook, with the tokens of the real accounts. Every rule, and every attack of
 * docs/threats.md, is shown by admission.e2e.ts on an API server without Tekton.
 */
export function rulesSuite(the: () => Platform): void {
    async function asked(change: (run: Run) => void): Promise<Answer> {
        const { lab } = the();
        const commit = await workingCopy(workingFolder(lab, HELLO)).head();
        const run = (await declaredRun(the(), commit, "-9")) as Run;
        change(run);
        return as(lab, TRIGGER, DRY, run);
    }
    const refusedBy = (rule: string): Answer => ({
        allowed: false,
        said: expect.stringMatching(`denied request: ${rule}: `) as string,
    });
    const fork = (run: Run): void => {
        run.spec.params[0] = { name: "url", value: "https://example.com/fork.git" };
    };

    it("let the trigger's declared run through, as Tekton's webhook writes it", async () => {
        expect(await asked(() => undefined)).toMatchObject({ allowed: true });
    });

    it.each<[string, (run: Run) => void, string]>([
        ["a run of a fork", fork, "run-as-declared"],
        [
            "a run whose build is the pusher",
            ({ spec }) => {
                spec.taskRunSpecs = spec.taskRunSpecs.map((task) => ({
                    ...task,
                    serviceAccountName: BUILD_IDENTITIES.pusher,
                }));
            },
            "run-as-declared",
        ],
        [
            "a run on the node's network",
            ({ spec }) => {
                spec.taskRunTemplate.podTemplate["hostNetwork"] = true;
            },
            "run-as-declared",
        ],
        [
            "a run with a label",
            ({ metadata }) => {
                metadata["labels"] = { "tekton.dev/pipelineTask": "push" };
            },
            "run-is-new",
        ],
        [
            "a run under a name of its own",
            ({ metadata }) => {
                metadata["name"] = "attempt";
            },
            "run-named-by-commit",
        ],
    ])("refuse the trigger %s", async (_what, change, rule) => {
        expect(await asked(change)).toEqual(refusedBy(rule));
    });

    it("refuse the administrator a forged record, a pod, a TaskRun where Chains runs, and entry into a pod", async () => {
        const { lab } = the();
        const [run] = await listed(lab, "pipelineruns", HELLO);
        const name = run?.metadata.name ?? "";
        const inBuilds = ["--namespace", NAMESPACE];
        const forge = [...inBuilds, "annotate", "--overwrite", "pipelinerun", name, "chains.tekton.dev/signed=no"];
        expect(await asAdministrator(lab, [...forge, "--dry-run=server"])).toEqual(refusedBy("record-by-controllers"));
        const taskRun = {
            apiVersion: "tekton.dev/v1",
            kind: "TaskRun",
            metadata: { generateName: "attempt-", namespace: NAMESPACES.tektonChains },
            spec: { serviceAccountName: CONTROLLERS.tektonChains.name, taskRef: { name: "anything" } },
        };
        expect(await asAdministrator(lab, DRY, taskRun)).toEqual(refusedBy("runs-in-build-namespaces"));
        const pod = restrictedPod(the(), NAMESPACE, "attempt", "true", {});
        expect(await asAdministrator(lab, DRY, pod)).toEqual(refusedBy("pods-by-tekton"));
        const pods = await kubectl(lab, [...inBuilds, "get", "pods", "--output", "name"]);
        const [first = ""] = pods.split("\n");
        // `kubectl exec` itself would not ask for a pod that has ended.
        const exec = `/api/v1/namespaces/${NAMESPACE}/${first.replace("pod/", "pods/")}/exec?command=true&stdout=true`;
        expect(await asAdministrator(lab, ["get", "--raw", exec])).toEqual(refusedBy("no-entry"));
    });

    it("are what refuses: without its binding the run of a fork passes, and refresh and up put it back", async () => {
        const { lab, stack } = the();
        const binding = `slsa-build-platform.run-as-declared-${NAMESPACE}`;
        await kubectl(lab, ["delete", "validatingadmissionpolicybinding", binding]);
        expect(
            await until(
                () => asked(fork),
                ({ allowed }) => allowed,
            ),
        ).toMatchObject({ allowed: true });
        await stack.refresh();
        const { changes } = await stack.up();
        expect(changes["create"]).toBe(1);
        expect(
            await until(
                () => asked(fork),
                ({ allowed }) => !allowed,
            ),
        ).toEqual(refusedBy("run-as-declared"));
    });
}

/** Asks until the answer is as wanted, for the API server learns of a binding a moment later; returns the last answer. */
async function until(ask: () => Promise<Answer>, wanted: (answer: Answer) => boolean): Promise<Answer> {
    for (const deadline = Date.now() + 30_000; ;) {
        const answer = await ask();
        if (wanted(answer) || Date.now() > deadline) {
            return answer;
        }
        await sleep(250);
    }
}
