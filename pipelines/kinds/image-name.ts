import { z } from "zod";

/** Last part of an image's name: it is pushed to `<registry>/<repository's name>/<name>`. */
export const imageName = z
    .string()
    .regex(
        /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/,
        "must be a repository name: lower-case letters, digits, . _ - and /",
    );
