import { setTimeout as sleep } from "node:timers/promises";

import { runProgram } from "../../lab/cluster/run-program";
import type { Lab } from "../../lab/lab";

/** kubectl as the lab's administrator; returns its standard output. */
export async function kubectl(lab: Lab, command: readonly string[], input?: string): Promise<string> {
    const program = [lab.programs["kubectl"] ?? "", "--kubeconfig", lab.kubeconfig, ...command];
    const env = { HOME: lab.stateDir };
    const { stdout } = await runProgram(program, input === undefined ? { env } : { env, input });
    return stdout.trim();
}

export async function apply(lab: Lab, ...objects: object[]): Promise<void> {
    await kubectl(lab, ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
}

export async function wait(lab: Lab, namespace: string, what: string, condition: string): Promise<void> {
    await kubectl(lab, ["--namespace", namespace, "wait", what, `--for=${condition}`, "--timeout=60s"]);
}

/** Waits until a pod has ended and returns what it said. Throws, with what it said, unless it ended well in 90 s. */
export async function succeeded(lab: Lab, namespace: string, name: string): Promise<string> {
    const get = ["--namespace", namespace, "get", "pod", name, "-o", "jsonpath={.status.phase}"];
    let phase = "";
    await eventually(90, true, async () => {
        phase = await kubectl(lab, get);
        return phase === "Succeeded" || phase === "Failed";
    });
    const said = await kubectl(lab, ["--namespace", namespace, "logs", name]).catch(String);
    if (phase !== "Succeeded") {
        throw new Error(`Pod ${name} is ${phase}, not Succeeded. It said:\n${said}`);
    }
    return said;
}

export interface PodOptions {
    readonly image?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly claim?: string;
    readonly hostNetwork?: boolean;
}

/** A pod of one container that runs a shell script as the images' own user. */
export function pod(lab: Lab, namespace: string, name: string, script: string, options: PodOptions = {}): object {
    const mounts = options.claim === undefined ? [] : [{ name: "data", mountPath: "/data" }];
    const volumes =
        options.claim === undefined ? [] : [{ name: "data", persistentVolumeClaim: { claimName: options.claim } }];
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: { app: name, ...options.labels } },
        spec: {
            restartPolicy: "Never",
            terminationGracePeriodSeconds: 0,
            hostNetwork: options.hostNetwork ?? false,
            containers: [
                {
                    name: "main",
                    image: options.image ?? lab.images["busybox"]?.reference,
                    command: ["/bin/sh", "-c", script],
                    volumeMounts: mounts,
                },
            ],
            volumes,
        },
    };
}

/** Whether a pod gets the page at a URL within three seconds. */
export async function podReaches(lab: Lab, namespace: string, name: string, url: string): Promise<boolean> {
    try {
        const fetch = ["exec", name, "--", "timeout", "3", "wget", "-q", "-O", "-", url];
        return (await kubectl(lab, ["--namespace", namespace, ...fetch])) !== "";
    } catch {
        return false;
    }
}

/** Asks until the answer is the wanted one, for at most the given seconds; returns the last answer. */
export async function eventually<T>(seconds: number, wanted: T, ask: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const answer = await ask();
        if (answer === wanted || Date.now() > deadline) {
            return answer;
        }
        await sleep(250);
    }
}
