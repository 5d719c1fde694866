import * as path from "node:path";
import { z } from "zod";
import { PROJECT_FOLDER } from "../../plan/project";
import type { Settings } from "../../stacks/settings";
import { engine, type Engine } from "../engine/engine";
import type { Lab } from "../lab";
import { labSettings } from "./settings";

/** What a verifier, and the lab's node, need of the deployed stack. */
const outputsSchema = z.looseObject({
    signingPublicKey: z.string(),
    transparencyLogPublicKey: z.string(),
    registryCa: z.string(),
    repositories: z.array(
        z.object({ name: z.string(), namespace: z.string(), pipeline: z.string(), images: z.array(z.string()) }),
    ),
});

/** Outputs of stack `local`. */
export type Outputs = z.infer<typeof outputsSchema>;

/** How the stack is carried out. */
export interface PlatformOptions {
    /** @default the committed stack's, with what only this lab knows */
    settings?: Settings;
    /** Told every line of the CLI's output. */
    onLine?: (line: string) => void;
}

/** The stack `local` on a lab, carried out by the real Pulumi engine. */
export async function platform(lab: Lab, { settings, onLine }: PlatformOptions = {}): Promise<Engine> {
    const { pulumi, "pulumi-language-nodejs": languageHost } = lab.programs;
    if (pulumi === undefined || languageHost === undefined) {
        throw new Error("the lab has no Pulumi CLI: build it with `node -r ts-node/register lab/main.ts programs`");
    }
    return engine({
        projectDirectory: PROJECT_FOLDER,
        stack: "local",
        stateDirectory: path.join(lab.stateDir, "pulumi"),
        config: { ...(settings ?? (await labSettings(lab))) },
        programs: { pulumi, languageHost },
        // The lab goes with its state: what a killed run left is removed with the namespace it was in.
        saveStateAtEnd: true,
        ...(onLine === undefined ? {} : { onLine }),
    });
}

/** The outputs of a stack that is up; lets the lab's node pull from its registry. */
export async function joined(lab: Lab, stack: Engine): Promise<Outputs> {
    const outputs = outputsSchema.parse(await stack.outputs());
    lab.trustRegistry(lab.registryHostPort, outputs.registryCa);
    return outputs;
}
