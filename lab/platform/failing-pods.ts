import { z } from "zod";
import { runProgram } from "../cluster/run-program";
import type { Lab } from "../lab";

/** A container that waits or has ended says why; one that runs says neither. */
const state = z.object({
    waiting: z.object({ reason: z.string().default("") }).optional(),
    terminated: z.object({ exitCode: z.number() }).optional(),
});

const podList = z.object({
    items: z.array(
        z.object({
            metadata: z.object({ namespace: z.string(), name: z.string() }),
            status: z.object({
                containerStatuses: z
                    .array(z.object({ name: z.string(), state, lastState: state.default({}) }))
                    .default([]),
            }),
        }),
    ),
});

const LINES = "8";

/** What the containers said last that ended with an error, one paragraph a container; empty when there is none. */
export async function failingPods(lab: Lab): Promise<string> {
    const kubectl = async (...command: string[]): Promise<string> => {
        const program = [lab.programs["kubectl"] ?? "kubectl", "--kubeconfig", lab.kubeconfig, ...command];
        return (await runProgram(program, { env: { HOME: lab.stateDir }, timeout: 30 })).stdout;
    };
    const { items } = podList.parse(JSON.parse(await kubectl("get", "pods", "--all-namespaces", "--output", "json")));
    const failed = items.flatMap(({ metadata, status }) =>
        status.containerStatuses
            .filter(({ state: now, lastState }) =>
                [now, lastState].some((one) => (one.terminated?.exitCode ?? 0) !== 0),
            )
            .map(({ name, state: now }) => ({ ...metadata, container: name, again: now.terminated === undefined })),
    );
    const paragraphs = failed.map(async ({ namespace, name, container, again }) => {
        const log = ["logs", "--namespace", namespace, name, "--container", container, "--tail", LINES];
        const said = await kubectl(...log, ...(again ? ["--previous"] : [])).catch(String);
        return `container ${container} of pod ${namespace}/${name} said last:\n${said.trimEnd()}`;
    });
    return (await Promise.all(paragraphs)).join("\n");
}
