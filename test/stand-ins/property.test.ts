import * as runtime from "@pulumi/pulumi/runtime";
import {
    decode,
    encode,
    hasSecret,
    hasUnknown,
    reveal,
    Secret,
    secretStrings,
    signatures,
    Unknown,
    unknownSentinels,
} from "../../lab/stand-ins/property";

describe("properties on the wire", () => {
    test("are marked as the Pulumi SDK marks them", () => {
        expect(signatures.key).toBe(runtime.specialSigKey);
        expect(signatures.secret).toBe(runtime.specialSecretSig);
        expect(unknownSentinels.string).toBe(runtime.unknownValue);
    });

    test("come back as they went out, secrets and unknown values included", () => {
        const properties = {
            plain: [1, "a", true, null, { deep: 0 }],
            password: new Secret({ nested: ["hush"] }),
            later: new Unknown(unknownSentinels.string),
        };
        expect(decode(encode(properties))).toEqual(properties);
    });

    test("are refused when they are of a kind that no stand-in speaks", () => {
        const asset = encode({ file: { [signatures.key]: "c44067f5952c0a294b673a41bacd8c17", text: "x" } });
        expect(() => decode(asset)).toThrow("asset");
    });
});

describe("a secret", () => {
    const secret = new Secret("hush");

    test("does not show itself when it is printed or written as JSON", () => {
        expect(`${String(secret)} ${JSON.stringify({ secret })}`).not.toContain("hush");
    });

    test("is opened only on purpose", () => {
        expect(reveal({ a: [secret] })).toEqual({ a: ["hush"] });
    });

    test("is found at any depth, with all its strings", () => {
        const value = { a: [{ b: new Secret({ c: "one", d: ["two"] }) }], e: "three" };
        expect(hasSecret(value)).toBe(true);
        expect(hasSecret({ e: "three" })).toBe(false);
        expect(secretStrings(value)).toEqual(["one", "two"]);
    });
});

test("an unknown value is found inside a secret", () => {
    expect(hasUnknown({ a: new Secret([new Unknown(unknownSentinels.number)]) })).toBe(true);
    expect(hasUnknown({ a: new Secret(["known"]) })).toBe(false);
});
