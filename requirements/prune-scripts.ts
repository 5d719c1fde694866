/**
 * The steps that prune runs, in their order, each with the sha256 of its script's text. They may delete runs, so it matters
 * that they do so only where provenance was verified. Kept by hand: when a script changes, read it, and then write down its
 * new hash, which test/requirements/prune-scripts.test.ts names. What they verify with is the script of a merge.
 */
export const PRUNE_SCRIPTS: Readonly<Record<string, string>> = {
    "find-ended": "7189708b31d5d11a9dc906fbe2b75e6af347cb4728080877a54f9f358df88d4b",
    "verify-ended": "7930d357ab5c45722aee812bf2f47f2a1eddb211f710d76083d9500941a169cb",
    "delete-runs": "3dfeae32dd65c83c79273bafe4bdd4de124e7d78537090d1fd717745a1cd3e84",
};
