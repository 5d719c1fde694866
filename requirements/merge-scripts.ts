/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it, verify what it made and move tags to it, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "5654698b27f81c96559e07ac79f3c7d45f0dbbb13a570308b90c249aac85560d",
    "wait-run": "33c6082dfcc48e10ad8f1dcf5610106a6ad542686c6152a322bf68c95de98466",
    verify: "b088e6b23c9e79b78db3731ff5f1ea662fc507fe40c243141b327ec07eb0d69c",
    promote: "551fbdb2adb195c314a7d0aaaca5df53e4927b92e5da7cf1fac6702f17549eb0",
};
