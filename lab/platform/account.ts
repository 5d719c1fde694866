import { writeFileSync } from "node:fs";
import { LIFETIME_HOURS } from "../cluster/certificates";
import { runProgram } from "../cluster/run-program";
import type { Lab } from "../lab";

/**
 * Writes a kubeconfig that holds one service account's token and nothing else. The token is good as long as the lab's
 * certificates: nobody renews it.
 *
 * @returns the file's path
 */
export async function accountKubeconfig(
    lab: Lab,
    account: { namespace: string; name: string },
    file: string,
): Promise<string> {
    const kubectl = [lab.programs["kubectl"] ?? "kubectl", "--kubeconfig", lab.kubeconfig];
    const env = { HOME: lab.stateDir };
    const duration = `${String(LIFETIME_HOURS)}h`;
    const create = ["create", "token", account.name, "--namespace", account.namespace, "--duration", duration];
    const token = await runProgram([...kubectl, ...create], { env });
    const view = await runProgram([...kubectl, "config", "view", "--raw", "--minify", "--output", "json"], { env });
    const { clusters } = JSON.parse(view.stdout) as { clusters: { name: string }[] };
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters,
        users: [{ name: account.name, user: { token: token.stdout.trim() } }],
        contexts: [{ name: account.name, context: { cluster: clusters[0]?.name, user: account.name } }],
        "current-context": account.name,
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
}
