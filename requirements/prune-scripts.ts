/**
 * The steps that prune runs, in their order, each with the sha256 of its script's text. They may delete runs, so it matters
 * that they do so only where provenance was verified. Kept by hand: when a script changes, read it, and then write down its
 * new hash, which test/requirements/prune-scripts.test.ts names. What they verify with is the script of a merge.
 */
export const PRUNE_SCRIPTS: Readonly<Record<string, string>> = {
    "find-ended": "7189708b31d5d11a9dc906fbe2b75e6af347cb4728080877a54f9f358df88d4b",
    "verify-ended": "37adcb6c60b4c7d4b35022351c4491830d6e20adc816fa21b0e4bd6d3dac5650",
    "delete-runs": "0cf56d1c675d3dfaa9bfddc1ba0aedf989250e249b38ac5e54d60aeb00e0c79f",
};
