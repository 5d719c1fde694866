/** Labels that a release's rendering sets to its version; `devel` in the tagged source. */
const VERSION_LABELS: ReadonlySet<string> = new Set([
    "app.kubernetes.io/version",
    "version",
    "pipeline.tekton.dev/release",
    "chains.tekton.dev/release",
    "resolution.tekton.dev/release",
]);

/** Whether a label tells a release's version and nothing else. */
export function isVersionLabel(key: string): boolean {
    return VERSION_LABELS.has(key);
}
