import * as path from "node:path";
import { runProgram } from "../../../lab/cluster/run-program";
import type { Lab } from "../../../lab/lab";
import { accountKubeconfig } from "../../../lab/platform/account";
import { BUILD_IDENTITIES, CONTROLLERS, tektonController } from "../../../names";
import { kubectl } from "../lab-kubectl";
import { BUILDS } from "./platform";

/** A service account. */
export interface Account {
    readonly namespace: string;
    readonly name: string;
}

const inBuilds = (name: string): Account => ({ namespace: BUILDS, name });

/** Who acts in {@link BUILDS}, and the controllers. */
export const ACCOUNTS = {
    builder: inBuilds(BUILD_IDENTITIES.builder),
    pusher: inBuilds(BUILD_IDENTITIES.pusher),
    trigger: inBuilds(BUILD_IDENTITIES.trigger),
    tekton: tektonController(BUILDS),
    resolvers: CONTROLLERS.tektonResolvers,
    chains: CONTROLLERS.tektonChains,
} as const;

/** What the API server said to a request. */
export interface Answer {
    readonly allowed: boolean;
    readonly said: string;
}

/** kubectl with the token of a service account, as its pods would have it. */
export async function as(lab: Lab, account: Account, command: readonly string[], input?: object): Promise<Answer> {
    const file = path.join(lab.stateDir, `${account.namespace}-${account.name}.kubeconfig`);
    await accountKubeconfig(lab, account, file);
    const env = { HOME: lab.stateDir };
    const asked = [lab.programs["kubectl"] ?? "", "--kubeconfig", file, ...command];
    return runProgram(asked, input === undefined ? { env } : { env, input: JSON.stringify(input) }).then(
        ({ stdout }) => ({ allowed: true, said: stdout }),
        (error: unknown) => ({ allowed: false, said: String(error) }),
    );
}

/** kubectl as the administrator. */
export async function asAdministrator(lab: Lab, command: readonly string[], input?: object): Promise<Answer> {
    return kubectl(lab, command, input === undefined ? undefined : JSON.stringify(input)).then(
        (said) => ({ allowed: true, said }),
        (error: unknown) => ({ allowed: false, said: String(error) }),
    );
}
