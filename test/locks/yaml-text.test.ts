import { readYaml, readYamlDocuments } from "../../locks/yaml-text";

describe("a YAML text", () => {
    test("is read as its value", () => {
        expect(readYaml("a: {b: [1, true, c]}\n", "f.yaml")).toEqual({ a: { b: [1, true, "c"] } });
        expect(readYaml("", "f.yaml")).toBeNull();
    });

    test.each([
        ["users:\n  - token: hush\n password: hush\n", "line 3, column 1: All mapping items must start"],
        ["token: hush\n  user: hush\n", "line 1, column 8: "],
        ["token: hush\nhush\n", "line 2, column 1: Implicit map keys need to be followed by map values"],
        ["token: [hush, hush: {\n", "Flow map"],
        ["a: {b: 1 hush: 2}", "Block collections are not allowed within flow collections"],
        ['token: "hush" hush\n', "line 1, column 15: Unexpected scalar at node end"],
        ['token: "\\xhush"\n', "line 1, column 9: Invalid escape sequence"],
        ["token: | hush\n", "line 1, column 10: Not a YAML token"],
        ["token: !hush!hush hush\n", "Unresolved tag"],
        ["%TAG hush\n---\na: 1\n", "Invalid directive"],
        ["token: *hush\n", "an alias has no anchor"],
        ["token: hush\ntoken: hush\n", "line 2, column 1: Map keys must be unique"],
        ["token: @hush\n", "reserved character"],
        ["a: hush\n---\nb: hush\n", "multiple documents"],
        ["a: 1\n]hush\n", "line 2, column 1: Unexpected"],
    ])("that is broken is told by place and reason, and not repeated: %j", (text, message) => {
        let told = "";
        try {
            readYaml(text, "f.yaml");
        } catch (error) {
            told = String(error);
        }
        expect(told).toContain("f.yaml is not YAML: ");
        expect(told).toContain(message);
        expect(told).not.toContain("hush");
        expect(JSON.stringify(readYamlDocuments(text).filter((document) => "problems" in document))).not.toContain(
            "hush",
        );
    });
});
