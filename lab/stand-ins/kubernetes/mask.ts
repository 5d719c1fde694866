import { secretStrings } from "../property";
import type { PropertyMap } from "../property";
import { InitializationError } from "../stand-in";

/** Shorter secrets are words that stand in messages for other reasons. */
const shortest = 6;

/**
 * Runs something and keeps secrets out of the message with which it fails: the API server repeats values that it refuses.
 * @param properties whose secrets may show up, as they are or in base64
 */
export async function masked<Result>(properties: PropertyMap, run: () => Promise<Result>): Promise<Result> {
    try {
        return await run();
    } catch (error) {
        const mask = masker(properties);
        if (error instanceof InitializationError) {
            throw new InitializationError(error.id, error.outputs, error.inputs, error.reasons.map(mask));
        }
        throw error instanceof Error ? new Error(mask(error.message)) : error;
    }
}

function masker(properties: PropertyMap): (message: string) => string {
    const secrets = secretStrings(properties)
        .flatMap((text) => [text, Buffer.from(text).toString("base64"), Buffer.from(text, "base64").toString()])
        .filter((text) => text.length >= shortest)
        .sort((one, other) => other.length - one.length);
    return (message) => secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), message);
}
