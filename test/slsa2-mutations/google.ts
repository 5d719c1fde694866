import type { Snapshot } from "../../requirements/snapshot";
import { addResource } from "../snapshot-edit";
import type { Mutation, Properties } from "./plan-edit";

/** Declares a resource of Google Cloud, with inputs made of the plan. */
export const google =
    (type: string, inputs: (snapshot: Snapshot) => Properties): Mutation =>
    (snapshot) => {
        addResource(snapshot, type, inputs(snapshot));
    };
