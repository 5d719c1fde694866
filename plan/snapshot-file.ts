import { z } from "zod";
import type { Snapshot } from "../requirements/snapshot";

const urn = z.string().regex(/^urn:pulumi:/, "must be a URN");

const snapshotSchema = z.strictObject({
    stack: z.string().min(1),
    resources: z.array(
        z.strictObject({
            urn,
            type: z.string().min(1),
            name: z.string().min(1),
            parent: urn.exactOptional(),
            inputs: z.record(z.string(), z.unknown()),
            dependencies: z.array(urn),
            propertyDependencies: z.record(z.string(), z.array(urn)),
            provider: z.string().exactOptional(),
            protect: z.boolean(),
        }),
    ),
});

/** Text of plan.json: stable, so that two plans can be compared line by line. */
export function snapshotText(snapshot: Snapshot): string {
    return `${JSON.stringify(snapshot, null, 2)}\n`;
}

/**
 * Reads plan.json.
 *
 * @param file - named in errors
 * @throws Error naming every place that is not as `slsa plan` writes it
 */
export function parseSnapshot(text: string, file: string): Snapshot {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new Error(`${file} is not JSON (${String(error)}); give a plan.json that \`slsa plan\` wrote`, {
            cause: error,
        });
    }
    const result = snapshotSchema.safeParse(value);
    if (!result.success) {
        throw new Error(
            `${file} is not a plan:\n${z.prettifyError(result.error)}\nGive a plan.json that \`slsa plan\` wrote`,
        );
    }
    const urns = result.data.resources.map(({ urn: known }) => known);
    const repeated = urns.filter((known, index) => urns.indexOf(known) !== index);
    if (repeated.length > 0) {
        throw new Error(
            `${file} is not a plan: these URNs stand in it more than once, and a URN names one resource:\n` +
                `${[...new Set(repeated)].join("\n")}\nGive a plan.json that \`slsa plan\` wrote`,
        );
    }
    return result.data;
}
