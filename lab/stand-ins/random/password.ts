import { randomInt } from "node:crypto";
import { hash } from "bcryptjs";
import type { JsonMap } from "../property";
import type { Kind } from "../kept-in-state";

/** The characters of a class, as the real provider has them. */
const classes = {
    Lower: "abcdefghijklmnopqrstuvwxyz",
    Upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    Numeric: "0123456789",
    Special: "!@#$%&*()-_=+[]{}<>:?",
};

/** What the real provider uses for `bcryptHash`. */
const bcryptCost = 10;

const inputs = {
    length: undefined,
    keepers: undefined,
    overrideSpecial: undefined,
    lower: true,
    upper: true,
    numeric: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
};

/**
 * `random.RandomPassword`.
 * @see https://registry.terraform.io/providers/hashicorp/random/latest/docs/resources/password
 */
export const randomPassword: Kind = {
    inputs,
    required: ["length"],
    secret: ["result", "bcryptHash"],
    computed: ["result", "bcryptHash", "number"],
    check: (given) => {
        const least = Object.keys(classes).reduce((sum, name) => sum + Number(given[`min${name}`]), 0);
        const length = Number(given["length"]);
        if (!Number.isInteger(length) || length < 1 || length < least) {
            const reason = `It is ${JSON.stringify(given["length"])}; a whole number of at least ${Math.max(1, least).toString()} is allowed.`;
            return [{ property: "length", reason }];
        }
        return alphabet(given) === ""
            ? [{ property: "lower", reason: "No class of characters is left to draw from." }]
            : [];
    },
    make: async (given) => {
        const result = password(given);
        return {
            id: "none",
            outputs: { result, bcryptHash: await hash(result, bcryptCost), number: given["numeric"] !== false },
        };
    },
};

function password(given: JsonMap): string {
    const drawn: string[] = [];
    for (const name of Object.keys(classes)) {
        for (let count = Number(given[`min${name}`]); count > 0; count -= 1) {
            drawn.push(pick(characters(given, name)));
        }
    }
    while (drawn.length < Number(given["length"])) {
        drawn.push(pick(alphabet(given)));
    }
    // The required characters must not always come first.
    for (let last = drawn.length - 1; last > 0; last -= 1) {
        const other = randomInt(last + 1);
        [drawn[last], drawn[other]] = [drawn[other] ?? "", drawn[last] ?? ""];
    }
    return drawn.join("");
}

function alphabet(given: JsonMap): string {
    return Object.keys(classes)
        .filter((name) => given[name.toLowerCase()] !== false)
        .map((name) => characters(given, name))
        .join("");
}

function characters(given: JsonMap, name: string): string {
    const own = given["overrideSpecial"];
    return name === "Special" && typeof own === "string" ? own : classes[name as keyof typeof classes];
}

function pick(from: string): string {
    return from.charAt(randomInt(from.length));
}
