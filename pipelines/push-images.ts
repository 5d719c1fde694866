import { TYPE_HINTS } from "../names";
import { layoutOf, LAYOUTS_DIRECTORY, lines } from "./image-layouts";
import { registryCa } from "./registry-ca";
import { MAX_RESULT_BYTES, type PlacedImage } from "./subjects";
import { emptyDirectory, secretFiles, task, type Shell, type StepImage, type Task } from "./tekton";

const CREDENTIALS_DIRECTORY = "/var/run/registry-credentials";

const SCRIPT = `set -eu
export LC_ALL=C
fail() { printf 'push-images: %s\\n' "$1" >&2; exit 1; }

# digests_in FILE COUNT WHAT: the digests that a list of images names, one a line; there must be so many, each another. In plain
# ASCII without escapes there is no second way to write a name that crane would read and we would not.
digests_in() {
    tr -d ' \\t\\r\\n' < "$1" > "$TMPDIR/json"
    ! grep -q '[^ -~]' "$TMPDIR/json" && ! grep -q '\\\\' "$TMPDIR/json" || fail "$3 is not listed in plain ASCII without \\\\"
    named=$(grep -oi '"digest"' "$TMPDIR/json" | grep -c .) || :
    grep -o '"digest":"sha256:[0-9a-f]\\{64\\}"' "$TMPDIR/json" | cut -d '"' -f 4 | sort -u > "$TMPDIR/digests"
    if [ "$named" -ne "$2" ] || [ "$(grep -c . "$TMPDIR/digests")" -ne "$2" ]; then
        fail "$3 does not hold exactly $2 image(s)"
    fi
    cat "$TMPDIR/digests"
}

# manifest LAYOUT DIGEST: the file of a manifest, whose digest is computed from the bytes that will be pushed: what the build
# said of them does not count. The names of its fields are plain ASCII without escapes: crane would read others as "manifests"
# too, and push an index, with images that nobody named, where we see one image. What annotations say is free.
manifest() {
    file="$1/blobs/sha256/\${2#sha256:}"
    blob=$(sha256sum < "$file")
    [ "sha256:\${blob%% *}" = "$2" ] || fail "$1 holds a manifest that does not have its digest $2"
    odd=0
    tr -d ' \\t\\r\\n' < "$file" | grep -qE '(\\\\.|[^ -~])([^"\\\\]|\\\\.)*":' || odd=$?
    # 1: there is none.
    [ "$odd" -eq 1 ] || fail "$1 holds a manifest that does not name its fields in plain ASCII without \\\\"
    printf %s "$file"
}

is_index() { grep -qi '"manifests"' "$1"; }

left=$MAX_BYTES
: > "$TMPDIR/layouts"
: > "$TMPDIR/references"
while read -r layout image platforms; do
    directory="$WORKSPACE/$layout"
    [ -d "$directory" ] || fail "$directory is missing: the build did not leave it"
    # A directory that cannot be searched may hide a link.
    odd=$(find "$directory" ! -type f ! -type d) || fail "$directory cannot be searched"
    [ -z "$odd" ] || fail "$directory holds something that is neither file nor directory"
    odd=$(find "$directory" -name '*[!A-Za-z0-9._-]*') || fail "$directory cannot be searched"
    [ -z "$odd" ] || fail "$directory holds a name that no image layout has"
    # A file that is mostly holes takes no room here, and all that it says in the registry, which others share.
    find "$directory" -type f -exec wc -c {} \\; > "$TMPDIR/sizes" || fail "$directory cannot be measured"
    while read -r size _; do
        [ "$size" -le "$left" ] || fail "the images have more than the $MAX_BYTES bytes that their workspace holds"
        left=$((left - size))
    done < "$TMPDIR/sizes"
    digest=$(digests_in "$directory/index.json" 1 "$directory")
    content=$(manifest "$directory" "$digest")
    printf '%s %s@%s\\n' "$layout" "$image" "$digest" >> "$TMPDIR/layouts"
    printf '%s@%s\\n' "$image" "$digest" >> "$TMPDIR/references"
    if [ "$platforms" -eq 1 ]; then
        ! is_index "$content" || fail "$directory holds an index: declare its platforms, or build one image"
        continue
    fi
    is_index "$content" || fail "$directory holds one image instead of an index of $platforms"
    children=$(digests_in "$content" "$platforms" "the index in $directory")
    for child in $children; do
        content=$(manifest "$directory" "$child")
        ! is_index "$content" || fail "$directory holds an index in an index"
        printf '%s@%s\\n' "$image" "$child" >> "$TMPDIR/references"
    done
done <<LIST
$IMAGES
LIST

bytes=$(wc -c < "$TMPDIR/references")
[ "$bytes" -le "$MAX_RESULT_BYTES" ] || fail "the result has $bytes bytes, more than the $MAX_RESULT_BYTES that fit"

while read -r layout reference; do
    pushed=$(crane push "$WORKSPACE/$layout" "$reference" < /dev/null) || fail "$reference cannot be pushed"
    [ "\${pushed##*@}" = "\${reference##*@}" ] || fail "pushed $pushed instead of $reference"
done < "$TMPDIR/layouts"

# An index takes its images along; each that is named must be there.
while read -r reference; do
    there=$(crane digest "$reference" < /dev/null) || fail "$reference is not in the registry"
    [ "$there" = "\${reference##*@}" ] || fail "the registry has $there instead of $reference"
    printf 'pushed %s\\n' "$reference"
done < "$TMPDIR/references"

cp "$TMPDIR/references" "$IMAGES_RESULT"
`;

/**
 * The Task that pushes what the build left, by digest, and says what it pushed. It alone mounts the registry credential, and
 * it runs nothing that comes from the source.
 *
 * Nothing is pushed before every layout of the Task was checked; the result is written after the last push, so a run that
 * fails on the way names no image and Chains attests none. An index and each of its images are named, for each is what
 * somebody may run.
 *
 * @param args.image - holds crane and a shell with the usual text tools
 * @param args.images - one share of the declared images: what one Task's result can name
 * @param args.maxBytes - how much all layouts may have together
 * @param args.pushSecret - Secret of type `kubernetes.io/dockerconfigjson`
 * @param args.caConfigMap - ConfigMap whose key `ca.crt` is the certificate of the registry's CA
 */
export function pushImages(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly images: readonly PlacedImage[];
    readonly maxBytes: number;
    readonly pushSecret: string;
    readonly caConfigMap: string;
}): Task<never, typeof TYPE_HINTS.images, "workspace"> {
    const ca = registryCa(args.caConfigMap);
    return task({
        name: "push-images",
        description: "Pushes OCI image layouts by digest and names what was pushed.",
        params: {},
        results: { [TYPE_HINTS.images]: "every pushed image, one <repository>@sha256:<digest> a line" },
        workspaces: { workspace: `holds ${LAYOUTS_DIRECTORY}/<index>/` },
        steps: ({ results, workspaces }) => [
            {
                name: "push",
                image: args.image,
                shell: args.shell,
                script: SCRIPT,
                env: {
                    WORKSPACE: workspaces.workspace.path,
                    IMAGES: lines(
                        args.images.map(({ image: { repository, platforms }, index }) => [
                            layoutOf(index),
                            repository,
                            String(platforms.length),
                        ]),
                    ),
                    MAX_BYTES: String(args.maxBytes),
                    MAX_RESULT_BYTES: String(MAX_RESULT_BYTES),
                    IMAGES_RESULT: results[TYPE_HINTS.images].path,
                    DOCKER_CONFIG: CREDENTIALS_DIRECTORY,
                    SSL_CERT_FILE: ca.path,
                    HOME: "/tmp",
                    TMPDIR: "/tmp",
                },
                mounts: [
                    emptyDirectory("tmp", "/tmp"),
                    secretFiles("registry-credentials", CREDENTIALS_DIRECTORY, {
                        secretName: args.pushSecret,
                        files: { ".dockerconfigjson": "config.json" },
                    }),
                    ca.mount,
                ],
                requests: { cpu: "100m", memory: "256Mi" },
            },
        ],
    });
}
