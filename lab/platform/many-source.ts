import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** As many images as one distroless build of the announcement's days pushed, more or less. */
export const MANY = 96;

/** The image that is one for each of these platforms, beside {@link MANY} others. */
export const EVERYWHERE = { name: "everywhere", platforms: ["linux/amd64", "linux/arm64"] } as const;

/** The build script of the repository: an image for each number, with a file that holds it. distroless has Bazel here. */
const SCRIPT = `#!/bin/sh
set -eu
oci=application/vnd.oci.image

# Moves a file to the layout's blobs and says what a descriptor says of it.
blob() {
    digest=$(sha256sum < "$1")
    digest=\${digest%% *}
    printf '"digest":"sha256:%s","size":%s' "$digest" "$(($(wc -c < "$1")))"
    mv "$1" "$layout/blobs/sha256/$digest"
}

# An image with a file that holds the text, and its descriptor.
image() {
    printf '%s\\n' "$2" > "$TMPDIR/text"
    touch -d '1970-01-01 00:00:00' "$TMPDIR/text"
    chmod 644 "$TMPDIR/text"
    tar -C "$TMPDIR" -c -f "$TMPDIR/layer" text
    diff=$(sha256sum < "$TMPDIR/layer")
    layer=$(blob "$TMPDIR/layer")
    printf '{"architecture":"%s","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \\
        "$1" "\${diff%% *}" > "$TMPDIR/config"
    config=$(blob "$TMPDIR/config")
    printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s",%s},"layers":[{"mediaType":"%s",%s}]}' \\
        "$oci.manifest.v1+json" "$oci.config.v1+json" "$config" "$oci.layer.v1.tar" "$layer" > "$TMPDIR/manifest"
    printf '"mediaType":"%s",%s' "$oci.manifest.v1+json" "$(blob "$TMPDIR/manifest")"
}

layout() {
    layout="$OUTPUT/$1"
    mkdir -p "$layout/blobs/sha256"
    printf '{"imageLayoutVersion":"1.0.0"}' > "$layout/oci-layout"
}

[ "$SUBSECTION" = numbers ] || { echo "there is no subsection $SUBSECTION: build numbers" >&2; exit 1; }
number=1
while [ "$number" -le ${String(MANY)} ]; do
    layout "image-$number"
    printf '{"schemaVersion":2,"manifests":[{%s}]}' "$(image amd64 "$number")" > "$layout/index.json"
    number=$((number + 1))
done

layout ${EVERYWHERE.name}
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{%s,"platform":{"architecture":"amd64","os":"linux"}},{%s,"platform":{"architecture":"arm64","os":"linux"}}]}' \\
    "$oci.index.v1+json" "$(image amd64 everywhere)" "$(image arm64 everywhere)" > "$TMPDIR/index"
printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s",%s}]}' "$oci.index.v1+json" "$(blob "$TMPDIR/index")" > "$layout/index.json"
`;

/** What the lab's stack says of the repository, beside its addresses. */
export const MANY_ENTRY = {
    name: "many",
    pipeline: "images",
    script: "build-images",
    subsection: "numbers",
    images: [...Array.from({ length: MANY }, (_, index) => ({ name: `image-${String(index + 1)}` })), EVERYWHERE],
} as const;

/** Writes the source into a folder; what an earlier run left there is removed. */
export function writeManySource(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, MANY_ENTRY.script), SCRIPT, { mode: 0o755 });
}
