import { compare, getRounds } from "bcryptjs";
import { random } from "../../lab/stand-ins/random/random";
import { revealMap, Secret, text } from "../../lab/stand-ins/property";
import type { PropertyMap } from "../../lab/stand-ins/property";
import { connect } from "./provider-client";
import type { ProviderClient } from "./provider-client";

const password = "random:index/randomPassword:RandomPassword";
const id = "random:index/randomId:RandomId";

let client: ProviderClient;

beforeAll(async () => {
    client = await connect(random());
});

afterAll(() => {
    client.stop();
});

async function create(type: string, news: PropertyMap) {
    const { inputs, failures } = await client.check(type, news);
    expect(failures).toEqual([]);
    return client.create(type, inputs);
}

describe("the random stand-in", () => {
    test("makes a password of the length and the characters that were asked for", async () => {
        const { outputs } = await create(password, { length: 40, special: false, upper: false, minNumeric: 30 });
        const result = text(revealMap(outputs)["result"]);
        expect(result).toMatch(/^[a-z0-9]{40}$/);
        expect(result.replace(/[^0-9]/g, "").length).toBeGreaterThanOrEqual(30);
    });

    test("draws special characters from the given ones only", async () => {
        const { outputs } = await create(password, { length: 60, overrideSpecial: "-", minSpecial: 1 });
        expect(text(revealMap(outputs)["result"])).toMatch(/^(?=.*-)[A-Za-z0-9-]{60}$/);
    });

    test("never makes the same password twice", async () => {
        const made = await Promise.all(Array.from({ length: 5 }, () => create(password, { length: 12 })));
        expect(new Set(made.map(({ outputs }) => revealMap(outputs)["result"])).size).toBe(5);
    });

    test("hashes the password with bcrypt at cost 10", async () => {
        const { outputs } = await create(password, { length: 16 });
        const { result, bcryptHash } = revealMap(outputs);
        expect(getRounds(text(bcryptHash))).toBe(10);
        await expect(compare(text(result), text(bcryptHash))).resolves.toBe(true);
        await expect(compare(`${text(result)}x`, text(bcryptHash))).resolves.toBe(false);
    });

    test("gives the password and its hash out as secrets", async () => {
        const { outputs } = await create(password, { length: 16 });
        expect(outputs["result"]).toBeInstanceOf(Secret);
        expect(outputs["bcryptHash"]).toBeInstanceOf(Secret);
    });

    test.each([
        [{ length: 3, minUpper: 2, minLower: 2 }, "length: It is 3; a whole number of at least 4"],
        [{ length: 0 }, "length: It is 0"],
        [{ length: 8, upper: false, lower: false, numeric: false, special: false }, "lower: No class of characters"],
        [{}, "length: It has to be set"],
    ])("refuses a password %j", async (news, failure) => {
        const { failures } = await client.check(password, news);
        expect(failures).toHaveLength(1);
        expect(failures[0]).toContain(failure);
    });

    test("makes a password anew when a keeper changes", async () => {
        const { inputs } = await client.check(password, { length: 8, keepers: { turn: "1" } });
        expect((await client.diff(password, {}, inputs, inputs)).replaces).toEqual([]);
        const turned = { ...inputs, keepers: { turn: "2" } };
        expect((await client.diff(password, {}, inputs, turned)).replaces).toEqual(["keepers"]);
    });

    test("writes one id in four ways", async () => {
        const { id: given, outputs } = await create(id, { byteLength: 4, prefix: "run-" });
        const bytes = Buffer.from(given, "base64url");
        expect(bytes).toHaveLength(4);
        expect(outputs).toMatchObject({
            hex: `run-${bytes.toString("hex")}`,
            dec: `run-${bytes.readUInt32BE().toString()}`,
            b64Std: `run-${bytes.toString("base64")}`,
            b64Url: `run-${bytes.toString("base64url")}`,
        });
    });
});
