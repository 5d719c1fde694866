import { z } from "zod";
import { QUANTITY } from "../pipelines/quantity";

/** The size of a volume. */
export const quantity = z
    .string()
    .regex(QUANTITY, "must be a Kubernetes quantity of one to four digits and Mi, Gi or Ti, for example 2Gi");
