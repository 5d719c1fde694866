/**
 * Text that is itself again once Cloud Build has substituted what it knows: `$$` stands for one `$`, whatever follows.
 *
 * @see https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
 */
export function escapeSubstitutions(text: string): string {
    return text.split("$").join("$$");
}

/** An image by its digest alone: a tag beside it says nothing, and not everything that reads names of images takes both. */
export function withoutTag(image: string): string {
    return image.replace(/:[^:/@]+@/, "@");
}
