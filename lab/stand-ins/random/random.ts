import { KeptInState } from "../kept-in-state";
import { packageVersion } from "../package-version";
import { randomId } from "./id";
import { randomPassword } from "./password";

/** The stand-in for the provider of `@pulumi/random`. */
export function random(): KeptInState {
    return new KeptInState(
        packageVersion("random"),
        new Map([
            ["random:index/randomPassword:RandomPassword", randomPassword],
            ["random:index/randomId:RandomId", randomId],
        ]),
    );
}
