/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it, verify what it made and move tags to it, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "db391d2798b9f5bd9abe2517772d6b7ff61fd33f582602d3531a9059be2d6919",
    "wait-run": "77984952308f4cb8d4e540224b149722ebe0c7378e4d0a329e5141e3133d8017",
    verify: "b088e6b23c9e79b78db3731ff5f1ea662fc507fe40c243141b327ec07eb0d69c",
    promote: "551fbdb2adb195c314a7d0aaaca5df53e4927b92e5da7cf1fac6702f17549eb0",
};
