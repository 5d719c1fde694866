/** Where the build leaves each image: `images/<index>/` is an OCI image layout with one image or index. */
export const LAYOUTS_DIRECTORY = "images";

/** The layout of the n-th declared image, relative to the workspace. Names of images never become paths. */
export function layoutOf(index: number): string {
    return `${LAYOUTS_DIRECTORY}/${String(index)}`;
}

/** One line an entry, words parted by a blank: what a constant script reads its list from. */
export function lines(entries: readonly (readonly string[])[]): string {
    return entries.map((words) => words.join(" ")).join("\n");
}
