import type { Snapshot } from "../../requirements/snapshot";
import type { Mutation, Properties } from "./plan-edit";

/** Declares a resource of Google Cloud. */
export function declareGoogle(snapshot: Snapshot, type: string, inputs: Properties): void {
    const name = `added-${String(snapshot.resources.length)}`;
    snapshot.resources.push({
        urn: `urn:pulumi:test::slsa-build-platform::${type}::${name}`,
        type,
        name,
        inputs,
        dependencies: [],
        propertyDependencies: {},
        protect: false,
    });
}

/** Declares it, with inputs made of the plan. */
export const google =
    (type: string, inputs: (snapshot: Snapshot) => Properties): Mutation =>
    (snapshot) => {
        declareGoogle(snapshot, type, inputs(snapshot));
    };
