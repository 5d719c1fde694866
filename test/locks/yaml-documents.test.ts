import { objectsIn } from "../../locks/yaml-documents";

describe("the objects of a YAML file", () => {
    test("are its documents in order, comments and empty documents left out", () => {
        const text =
            "# licence\n---\nkind: A\napiVersion: v1\nmetadata: {name: a}\n---\n---\n# end\n---\n" +
            "kind: B\napiVersion: v1\nmetadata: {name: b}\n";
        expect(objectsIn(text, "f.yaml").map(({ kind }) => kind)).toEqual(["A", "B"]);
        expect(objectsIn("", "f.yaml")).toEqual([]);
    });

    test("are refused with every broken document named", () => {
        const text = "kind: A\n---\nkind: B\nkind: C\n---\n- 1\n---\napiVersion: v1\nkind: D\nmetadata: {name: d}\n";
        expect(() => objectsIn(text, "f.yaml")).toThrow(/f\.yaml[^]*document 1[^]*document 2[^]*unique[^]*document 3/);
    });
});
