import type { Request } from "../api";
import { attempt, type Attempt } from "../attempt";
import type { UserName } from "../users";

/** What somebody tries who holds the trigger's token, may edit the namespace, or runs in a pod of a build. */
export interface Attack extends Attempt {
    /** Letter of SLSA v1.2, "Threats & mitigations". */
    readonly threat: Threat;
    readonly wouldGain: string;
    /** The rule that refuses it. */
    readonly refusedBy: string;
}

type Threat = "D" | "E" | "F";

/** An attack as it stands below its rule and its threat. */
export type Entry = Omit<Attack, "threat" | "refusedBy">;

export const entry = (name: string, as: UserName, wouldGain: string, request: Request): Entry => ({
    ...attempt(name, as, request),
    wouldGain,
});

/** What a rule refuses, by the threat that it is part of. */
export function attacksOn(
    rule: string,
    entries: Readonly<Partial<Record<Threat, readonly Entry[]>>>,
): readonly Attack[] {
    return Object.entries(entries).flatMap(([threat, those]) =>
        those.map((one) => ({ ...one, threat: threat as Threat, refusedBy: rule })),
    );
}
