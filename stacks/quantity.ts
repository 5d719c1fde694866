import { z } from "zod";

/** The size of a volume. */
export const quantity = z
    .string()
    .regex(
        /^[1-9][0-9]{0,3}(?:Mi|Gi|Ti)$/,
        "must be a Kubernetes quantity of one to four digits and Mi, Gi or Ti, for example 2Gi",
    );
