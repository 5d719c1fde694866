/**
 * The steps that prune runs, in their order, each with the sha256 of its script's text. They may delete runs, so it matters
 * that they do so only where provenance was verified. Kept by hand: when a script changes, read it, and then write down its
 * new hash, which test/requirements/prune-scripts.test.ts names. What they verify with is the script of a merge.
 */
export const PRUNE_SCRIPTS: Readonly<Record<string, string>> = {
    "find-ended": "44a96d0d6a89741273a84348f98ebf17d71e1aa81f1f87568cee8ac1221718dc",
    "verify-ended": "37adcb6c60b4c7d4b35022351c4491830d6e20adc816fa21b0e4bd6d3dac5650",
    "delete-runs": "1b740ebe5d3e5faffd9b384af0ab70b87b122a1a8a6ce9474134831a97680fef",
};
