import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Something that the person gave cannot be used. The message says what was given, what is allowed, how to mend it. */
export class InputError extends Error {}

/**
 * Reads options that all take a value.
 *
 * @throws InputError for an option that is not known or lacks its value
 */
export function options<Name extends string>(args: string[], names: readonly Name[]): Partial<Record<Name, string>> {
    const config: ParseArgsOptionsConfig = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    try {
        return parseArgs({ args, options: config, strict: true, allowPositionals: false }).values as Partial<
            Record<Name, string>
        >;
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new InputError(`${reason}; allowed: ${names.map((name) => `--${name} VALUE`).join(", ")}`, {
            cause: error,
        });
    }
}
