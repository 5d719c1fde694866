import { googleName } from "../../components/google-name";

describe("a name on Google Cloud", () => {
    it.each([
        ["cluster", "a".repeat(40)],
        ["service account", "a".repeat(30)],
        ["service account", "builds"],
        ["network", "a".repeat(63)],
        ["key ring", "a1-b"],
        ["bucket", "abc"],
    ] as const)("of a %s may be %s", (kind, name) => {
        expect(googleName(kind, name)).toBe(name);
    });

    it.each([
        ["cluster", "a".repeat(41), "it has 41 characters, 1 to 40 are allowed. Give the component a shorter name."],
        ["service account", "a".repeat(31), "it has 31 characters, 6 to 30 are allowed"],
        ["service account", "ab-cd", "it has 5 characters, 6 to 30 are allowed. Give the component a longer name."],
        ["network", "a".repeat(64), "it has 64 characters"],
        ["bucket", "ab", "it has 2 characters, 3 to 63 are allowed"],
        ["network", "Builds", "lower-case letters, digits"],
        ["network", "1builds", "a letter first"],
        ["network", "builds-", 'no "-" last'],
        ["network", "builds_1", 'is no name of a network: lower-case letters, digits and "-" are allowed'],
        ["network", "", "lower-case letters, digits"],
        ["network", "builds\n", "lower-case letters, digits"],
    ] as const)("of a %s may not be %j", (kind, name, message) => {
        expect(() => googleName(kind, name)).toThrow(message);
    });
});
