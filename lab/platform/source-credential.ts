import { randomBytes } from "node:crypto";
import { runProgram } from "../cluster/run-program";
import type { Lab } from "../lab";
import type { Credential } from "../stand-ins/forge/forge";

/** Makes the Secret with which a private repository is cloned, as whoever owns the repository does. */
export async function makeSourceCredential(lab: Lab, namespace: string, name: string): Promise<Credential> {
    const credential = { username: "robot", password: randomBytes(24).toString("base64url") };
    const secret = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace },
        type: "kubernetes.io/basic-auth",
        stringData: credential,
    };
    await runProgram(
        [lab.programs["kubectl"] ?? "kubectl", "--kubeconfig", lab.kubeconfig, "apply", "--filename", "-"],
        {
            env: { HOME: lab.stateDir },
            input: JSON.stringify(secret),
        },
    );
    return credential;
}
