/**
 * The steps that prune runs, in their order, each with the sha256 of its script's text. They may delete runs, so it matters
 * that they do so only where provenance was verified. Kept by hand: when a script changes, read it, and then write down its
 * new hash, which test/requirements/prune-scripts.test.ts names. What they verify with is the script of a merge.
 */
export const PRUNE_SCRIPTS: Readonly<Record<string, string>> = {
    "find-ended": "4ac5e351ca08040c6f1c652480978c456895d088ffe12fa8a651edcb1475e748",
    "verify-ended": "37adcb6c60b4c7d4b35022351c4491830d6e20adc816fa21b0e4bd6d3dac5650",
    "delete-runs": "a45643bd481212936f096ba2274b1a163cf2c7bd923cbaff50788bef5dc694b1",
};
