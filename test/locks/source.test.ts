import { koRepository, moduleFolder } from "../../locks/source";
import { lockedFile } from "./fixtures";

describe("the repository that ko gives an image", () => {
    const repository = "ghcr.io/tektoncd/pipeline";
    const path = "github.com/tektoncd/pipeline/cmd/controller";

    test("is the one that Tekton's releases show, by base name and MD5 of the import path", () => {
        expect(koRepository({ repository, naming: "hashed" }, path)).toBe(
            "ghcr.io/tektoncd/pipeline/controller-10a3e32792f33651396d02b6855a6e36",
        );
    });

    test("is the whole import path where the release pipeline preserves it", () => {
        expect(koRepository({ repository, naming: "import-path" }, path)).toBe(`${repository}/${path}`);
    });
});

describe("the tagged source of a release", () => {
    test("cannot be had without Go, and the message says what to do", async () => {
        await expect(moduleFolder(lockedFile(), { PATH: "/nonexistent" })).rejects.toThrow(
            /source example\.com\/schema@v1\.7\.3 cannot be had: there is no program `go`[^]*--source FOLDER/,
        );
    });
});
