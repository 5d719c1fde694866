import { koPipeline } from "../../pipelines/ko";
import { MAX_RESULT_BYTES, repositoriesOf, sharesOf, type DeclaredImage } from "../../pipelines/subjects";
import { KO_ARGS, stepOf, taskIn } from "./values";

const LIMIT = 102_400;
const AMD = ["linux/amd64"];
/** `registry.test/000@sha256:<64 digits>` and a line break that JSON writes as two characters. */
const BYTES = "registry.test/000@sha256:".length + 64 + 2;
const FITS = Math.floor(MAX_RESULT_BYTES / BYTES);

function images(count: number, platforms: readonly string[] = AMD): DeclaredImage[] {
    return Array.from({ length: count }, (_, index) => ({
        repository: `registry.test/${String(index).padStart(3, "0")}`,
        platforms,
    }));
}

const sizes = (declared: readonly DeclaredImage[]) => sharesOf(declared, LIMIT).map((share) => share.length);

describe("the shares of the push Tasks", () => {
    test("are one while the names fit a result, and then as few as they need, in order", () => {
        expect(sizes(images(FITS))).toEqual([FITS]);
        expect(sizes(images(FITS + 1))).toEqual([FITS, 1]);
        expect(sizes(images(3 * FITS))).toEqual([FITS, FITS, FITS]);
        expect(sharesOf(images(96), LIMIT).flat()).toEqual(images(96).map((image, index) => ({ image, index })));
    });

    test("count an index and each of its images, and part none of them", () => {
        const four = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"];
        expect(sizes(images(2 * Math.floor(FITS / 5), four))).toEqual([Math.floor(FITS / 5), Math.floor(FITS / 5)]);
        expect(repositoriesOf([...images(1, four), ...images(1)])).toEqual(Array(6).fill("registry.test/000"));
    });

    test("never need more than a result takes", () => {
        const declared = images(300).map((image, index) => ({
            ...image,
            repository: image.repository + "x".repeat((index * 37) % 101),
        }));
        for (const share of sharesOf(declared, LIMIT)) {
            const written = share.map(({ image }) => `${image.repository}@sha256:${"0".repeat(64)}\n`).join("");
            expect(JSON.stringify(written).length - 2).toBeLessThanOrEqual(MAX_RESULT_BYTES);
        }
    });

    test.each<[string, DeclaredImage[], string]>([
        ["an image of no platform", images(1, []), "name at least one, and each once"],
        ["an image of one platform twice", images(1, ["linux/amd64", "linux/amd64"]), "each once"],
        ["a platform that is an option", images(1, ["--all"]), "is no platform"],
        [
            "an image that no result can name",
            [{ repository: `registry.test/${"x".repeat(MAX_RESULT_BYTES)}`, platforms: AMD }],
            "shorten the repository's name",
        ],
        [
            "an index with more images than a result can name",
            images(
                1,
                Array.from({ length: FITS }, (_, index) => `linux/a${String(index)}`),
            ),
            "fewer platforms",
        ],
    ])("are refused for %s", (_what, declared, says) => {
        expect(() => sharesOf(declared, LIMIT)).toThrow(says);
    });

    test("are refused when the log would not keep the statement", () => {
        expect(() => sharesOf(images(600), LIMIT)).not.toThrow();
        expect(() => sharesOf(images(1000), LIMIT)).toThrow("build the images as several entries");
        // Measured with Chains: two subjects and three Tasks make 4163 bytes, 96 subjects 13127.
        expect(() => sharesOf(images(2), 4163)).toThrow("the log keeps none of more than 4163");
        expect(() => sharesOf(images(96), 13_127)).toThrow("the log keeps none of more than 13127");
    });
});

describe("a pipeline with more images than a result can name", () => {
    const built = koPipeline({
        ...KO_ARGS,
        packages: images(2 * FITS + 1).map(({ repository }, index) => ({
            importPath: `./cmd/${String(index)}`,
            image: repository,
        })),
    });
    const pushes = ["push-1", "push-2", "push-3"];

    test("pushes them in parallel, after the build, each Task its own", () => {
        expect(built.taskNames).toEqual({ clone: ["clone"], build: ["build"], push: pushes });
        expect(built.pipeline.spec.tasks.slice(2).map(({ name, runAfter }) => [name, runAfter])).toEqual(
            pushes.map((name) => [name, ["build"]]),
        );
        expect(pushes.flatMap((name) => stepOf(taskIn(built, name), {}).env["IMAGES"]?.split("\n"))).toEqual(
            images(2 * FITS + 1).map(({ repository }, index) => `images/${String(index)} ${repository} 1`),
        );
    });

    test("states them as one result, for Chains reads no other than IMAGES", () => {
        expect(built.pipeline.spec.results?.filter(({ name }) => name.includes("IMAGE"))).toEqual([
            expect.objectContaining({
                name: "IMAGES",
                value: pushes.map((name) => `$(tasks.${name}.results.IMAGES)`).join("\n"),
            }),
        ]);
    });

    test("lets every push run as the account that pushes", () => {
        expect(built.runTemplate.spec.taskRunSpecs.slice(2)).toEqual(
            pushes.map((pipelineTaskName) => ({ pipelineTaskName, serviceAccountName: "pusher" })),
        );
    });
});
