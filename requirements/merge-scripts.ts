/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it, verify what it made and move tags to it, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "0b2de66444d6a3fb72046d79948b81a9d9a6f781892e93879d2b5b1971afcce3",
    "wait-run": "17c10dd6d4fdea94636358335ac6123754f1156b1c395813ec114c730b1c29a1",
    verify: "bdcb8d96e90016e570507853cb979749377f922f671e9f213baa99f2d5511878",
    "find-newer": "a6f92349e5967a2234504297d8f87f5a60d0d4e36f0011592bb3cf8f9f6578ad",
    promote: "34be341efa07d275a87af29d526d7c8a53f2dc525be0cf392b7ee5f80e6c7ee6",
};
