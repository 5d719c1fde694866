import { type ChildProcess, spawn } from "node:child_process";
import type { Lab } from "../lab";

/** The command that calls kubectl as the lab's administrator. */
export function kubectlCommand(lab: Lab, command: readonly string[]): string[] {
    return [lab.programs["kubectl"] ?? "kubectl", "--kubeconfig", lab.kubeconfig, ...command];
}

/** Runs a command until it is killed, and hands on each line that it writes; what it complains of is seen by whoever measures. */
export function follow(lab: Lab, command: readonly string[], take: (line: string) => void): ChildProcess {
    const [program = "", ...rest] = command;
    const child = spawn(program, rest, {
        env: { PATH: process.env["PATH"], HOME: lab.stateDir },
        stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        const whole = text.split("\n");
        text = whole.pop() ?? "";
        whole.filter((line) => line !== "").forEach(take);
    });
    return child;
}
