import { randomBytes } from "node:crypto";
import type { Kind } from "../kept-in-state";

/**
 * `random.RandomId`.
 * @see https://registry.terraform.io/providers/hashicorp/random/latest/docs/resources/id
 */
export const randomId: Kind = {
    inputs: { byteLength: undefined, keepers: undefined, prefix: undefined },
    required: ["byteLength"],
    secret: [],
    computed: ["b64Std", "b64Url", "dec", "hex"],
    check: ({ byteLength }) =>
        typeof byteLength === "number" && Number.isInteger(byteLength) && byteLength > 0
            ? []
            : [
                  {
                      property: "byteLength",
                      reason: `It is ${JSON.stringify(byteLength)}; a whole number above 0 is allowed.`,
                  },
              ],
    make: async ({ byteLength, prefix }) => {
        const bytes = randomBytes(Number(byteLength));
        const before = typeof prefix === "string" ? prefix : "";
        const hex = bytes.toString("hex");
        return Promise.resolve({
            id: bytes.toString("base64url"),
            outputs: {
                b64Std: before + bytes.toString("base64"),
                b64Url: before + bytes.toString("base64url"),
                dec: before + BigInt(`0x${hex}`).toString(),
                hex: before + hex,
            },
        });
    },
};
