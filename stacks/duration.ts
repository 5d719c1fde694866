import { z } from "zod";

const SECONDS = { m: 60, h: 3600, d: 86_400 } as const;

/** How long something lasts. */
export const duration = z.string().regex(/^[1-9][0-9]{0,3}[mhd]$/, {
    error: "must be a number of minutes, hours or days, for example 90m, 24h or 7d",
    abort: true,
});

/** A {@link duration} in seconds. */
export function secondsOf(text: string): number {
    return Number.parseInt(text, 10) * SECONDS[text.at(-1) as keyof typeof SECONDS];
}
