import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseImageReference, UNRESOLVED, withoutTag } from "../../locks/image-reference";
import {
    deployableReference,
    imageNames,
    imageReference,
    IMAGES_LOCK,
    IMAGE_NAMES,
    lockedReference,
    readImagesLock,
    uselessMirrors,
} from "../../locks/images";
import { lockText } from "../../locks/lock-file";
import { digestOf, imagesLock, projectFolder } from "./fixtures";

const LOCK = imagesLock({
    ko: { ...imagesLock().images.ko, digest: UNRESOLVED, digestKnownFrom: "not seen in any public repository" },
});
const CRANE = `registry.example/images/crane:1.0@${digestOf("crane")}`;
const KO = "registry.example/images/ko:1.0@unresolved";

describe("an image of the lock", () => {
    test("is referenced by tag and digest when the digest is known", () => {
        const use = imageReference(LOCK, "crane");
        expect(use).toEqual({ name: "crane", reference: CRANE, state: "resolved", original: CRANE });
        expect(deployableReference(use)).toBe(CRANE);
    });

    test("is planned as unresolved and not deployed when the digest is not known", () => {
        const use = imageReference(LOCK, "ko");
        expect(use).toEqual({ name: "ko", reference: KO, state: "unresolved", original: KO });
        expect(() => deployableReference(use)).toThrow(/image ko [^]* has no known digest[^]*slsa lock --resolve/);
    });

    test("is replaced whole by a mirror, known digest or not", () => {
        const mirror = `10.88.0.1:5000/tools/crane@${digestOf("rebuilt")}`;
        expect(imageReference(LOCK, "crane", { [CRANE]: mirror })).toEqual({
            name: "crane",
            reference: mirror,
            state: "mapped",
            original: CRANE,
        });
        const mapped = imageReference(LOCK, "ko", { [KO]: mirror });
        expect(mapped.state).toBe("mapped");
        expect(deployableReference(mapped)).toBe(mirror);
    });

    test.each(["10.88.0.1:5000/tools/crane:1.0", "10.88.0.1:5000/tools/crane@unresolved", "nonsense@"])(
        "is refused a mirror without a digest: %s",
        (mirror) => {
            expect(() => imageReference(LOCK, "crane", { [CRANE]: mirror })).toThrow("a mirror must be pinned");
        },
    );

    test("keeps its own reference when a mirror is for a part of it; such a mirror is told", () => {
        const mirrors = { "registry.example/images/crane:1.0": `10.88.0.1:5000/crane@${digestOf("x")}` };
        expect(imageReference(LOCK, "crane", mirrors).state).toBe("resolved");
        expect(uselessMirrors(LOCK, mirrors)).toEqual([expect.stringContaining("is no reference of images.lock.json")]);
        expect(uselessMirrors(LOCK, { [CRANE]: mirrors["registry.example/images/crane:1.0"] })).toEqual([]);
    });
});

describe("images.lock.json", () => {
    test("reads back as it was written", () => {
        expect(readImagesLock(projectFolder({ images: LOCK }))).toEqual(LOCK);
    });

    test("is refused with every wrong, missing and unknown key at once", () => {
        const folder = projectFolder();
        const { nginx, ...rest } = imagesLock().images;
        const images = { ...rest, ngnix: nginx, git: { ...rest.git, digest: "sha256:12", tag: "" } };
        writeFileSync(join(folder, IMAGES_LOCK), lockText({ images }));
        expect(() => readImagesLock(folder)).toThrow(/git\.tag[^]*git\.digest[^]*ngnix|ngnix[^]*git/);
        expect(() => readImagesLock(folder)).toThrow(/images\.nginx/);
    });
});

describe("the committed images.lock.json", () => {
    const root = join(__dirname, "../..");
    const lock = readImagesLock(root);

    test("holds every image that our code names, formatted as slsa lock writes it", () => {
        expect(imageNames(lock)).toEqual([...IMAGE_NAMES]);
        expect(readFileSync(join(root, IMAGES_LOCK), "utf8")).toBe(lockText(lock));
    });

    test("says of every digest how many saw it, and of an unknown one that nobody did", () => {
        for (const { digest, digestKnownFrom } of Object.values(lock.images)) {
            expect(digestKnownFrom).toMatch(
                digest === UNRESOLVED ? /^not seen in any public repository/ : /^(?:one|two): |^its own registry on /,
            );
        }
    });

    test("gives every image a reference that a container runtime reads", () => {
        for (const name of imageNames(lock)) {
            expect(parseImageReference(lockedReference(lock, name))).toMatchObject({ tag: lock.images[name].tag });
        }
    });
});

describe("an image reference", () => {
    const digest = digestOf("x");
    test.each([
        ["busybox", { repository: "busybox" }],
        ["localhost:5000/a/b:v1", { repository: "localhost:5000/a/b", tag: "v1" }],
        [`ghcr.io/a/b:v1@${digest}`, { repository: "ghcr.io/a/b", tag: "v1", digest }],
        ["ghcr.io/a/b@unresolved", { repository: "ghcr.io/a/b", digest: "unresolved" }],
        ["ghcr.io/a/b@sha256:12", undefined],
        ["ko://github.com/a/b", undefined],
        ["a sentence of words", undefined],
        ["-flag", undefined],
    ])("%s is read", (text, expected) => {
        expect(parseImageReference(text)).toEqual(expected);
    });

    test("loses its tag only beside a digest", () => {
        expect(withoutTag(`a/b:v1@${digest}`)).toBe(`a/b@${digest}`);
        expect(withoutTag("a/b:v1")).toBe("a/b:v1");
    });
});
