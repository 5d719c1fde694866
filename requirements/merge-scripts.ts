/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it, verify what it made and move tags to it, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "f34c8095f4f5c0ad4720e757fb7555fd470c2290084d78572a4a720253f033d7",
    "wait-run": "5f1312a3f79b9b3b799da70d94f50a3eeea83932962de9e6ac9b4858d0685bb7",
    verify: "bdcb8d96e90016e570507853cb979749377f922f671e9f213baa99f2d5511878",
    "find-newer": "382d8e9d8727d211f2d927b96d4edfd2c4dfc9edf0a0fe414e00f30f598bbd56",
    promote: "34be341efa07d275a87af29d526d7c8a53f2dc525be0cf392b7ee5f80e6c7ee6",
};
