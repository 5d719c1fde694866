/**
 * The steps that prune runs, in their order, each with the sha256 of its script's text. They may delete runs, so it matters
 * that they do so only where provenance was verified. Kept by hand: when a script changes, read it, and then write down its
 * new hash, which test/requirements/prune-scripts.test.ts names. What they verify with is the script of a merge.
 */
export const PRUNE_SCRIPTS: Readonly<Record<string, string>> = {
    "find-ended": "44a96d0d6a89741273a84348f98ebf17d71e1aa81f1f87568cee8ac1221718dc",
    "verify-ended": "7930d357ab5c45722aee812bf2f47f2a1eddb211f710d76083d9500941a169cb",
    "delete-runs": "577dabf4015c7691888df3d57acc971d6c733829951dd4a3f90ea1f259453ed0",
};
