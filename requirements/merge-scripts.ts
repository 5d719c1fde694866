/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it, verify what it made and move tags to it, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "5654698b27f81c96559e07ac79f3c7d45f0dbbb13a570308b90c249aac85560d",
    "wait-run": "9ab05a3885a2056003cb131d6b66324e406db9141a8396b8d53dcca573127ee9",
    verify: "9a12bdb6a33a73711f594506520c8d855492eb1a86898b93ca3d59f9574dca94",
    promote: "551fbdb2adb195c314a7d0aaaca5df53e4927b92e5da7cf1fac6702f17549eb0",
};
