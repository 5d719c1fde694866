/**
 * The steps of a merge, in their order, each with the sha256 of its script's text. A merge's steps run outside the build
 * service: these create a run, wait for it and verify what it made, and build nothing. Kept by hand: when a script changes,
 * read it, and then write down its new hash, which test/requirements/merge-scripts.test.ts names.
 */
export const MERGE_SCRIPTS: Readonly<Record<string, string>> = {
    "create-run": "52d084cf8beded40dad60e325230cf673e2e7d7eeddba79a1d5ca1f4ae0af6b7",
    "wait-run": "9ab05a3885a2056003cb131d6b66324e406db9141a8396b8d53dcca573127ee9",
    verify: "32959cbfce8f461c2a501393406761d9a0d173178ad9175629fd59050116324c",
};
