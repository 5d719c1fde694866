import type { Cases } from "./case";
import { podsCases } from "./pods";
import { recordsCases } from "./records";
import { runsCases } from "./runs";
import { surroundingsCases } from "./surroundings";

/** The case of each rule. */
export const CASES: Cases = { ...runsCases, ...recordsCases, ...podsCases, ...surroundingsCases };
