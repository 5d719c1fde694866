import { z } from "zod";
import { DEFAULT_PLATFORM, PLATFORM } from "../subjects";

/** What an image is for, `os/arch` each. */
export const platforms = z
    .array(z.string().regex(PLATFORM, "must be platforms like linux/arm64"))
    .min(1, "must name at least one platform")
    .refine((given) => new Set(given).size === given.length, "must not name a platform twice")
    .default([DEFAULT_PLATFORM]);
