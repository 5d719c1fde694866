import { SOURCE_DIRECTORY } from "./git-clone";
import { layoutOf, LAYOUTS_DIRECTORY, lines } from "./image-layouts";
import { registryCa } from "./registry-ca";
import { emptyDirectory, task, type Shell, type StepImage, type Task } from "./tekton";

/** Where the script finds OUTPUT, relative to the workspace. */
const OUTPUT_DIRECTORY = "output";

/** Below a directory and nowhere else: no `.` and `..`, and no name that reads as an option. */
export const PATH = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
/** A target pattern of Bazel's, a path, a word; no option. */
export const SUBSECTION = /^(?!-)[A-Za-z0-9._~:/@+=,*-]{1,200}$/;

const BUILD = `set -eu
fail() { printf 'build-script: %s\\n' "$1" >&2; exit 1; }

cd "$WORKSPACE/${SOURCE_DIRECTORY}"
[ -f "$BUILD_SCRIPT" ] && [ -x "$BUILD_SCRIPT" ] || fail "the source has no executable file $BUILD_SCRIPT"
export OUTPUT="$WORKSPACE/${OUTPUT_DIRECTORY}"
rm -rf "$OUTPUT"
mkdir "$OUTPUT"
printf 'building %s with %s\\n' "$SUBSECTION" "$BUILD_SCRIPT"
"$BUILD_SCRIPT" < /dev/null || fail "$BUILD_SCRIPT failed"
`;

const COLLECT = `set -eu
export LC_ALL=C
fail() { printf 'build-script: %s\\n' "$1" >&2; exit 1; }

output="$WORKSPACE/${OUTPUT_DIRECTORY}"
[ -d "$output" ] && [ ! -L "$output" ] || fail "the script left no directory at OUTPUT"
odd=$(find "$output" ! -type f ! -type d) || fail "the script left a directory in OUTPUT that cannot be searched"
[ -z "$odd" ] || fail "the script left something in OUTPUT that is neither file nor directory"

# The declared layouts and the ones that are there must be the same: none missing, none more.
(cd "$output" && find . -type f -name oci-layout) | sed 's|^\\./||; s|/*oci-layout$||' > "$TMPDIR/made"
wrong=
: > "$TMPDIR/declared"
while read -r layout path; do
    grep -qxF -e "$path" "$TMPDIR/made" || wrong="$wrong; $path is missing"
    printf '%s\\n' "$path" >> "$TMPDIR/declared"
done <<LIST
$LAYOUTS
LIST
while read -r path; do
    grep -qxF -e "$path" "$TMPDIR/declared" || wrong="$wrong; \${path:-OUTPUT itself} is not declared"
done < "$TMPDIR/made"
[ -z "$wrong" ] || fail "the script did not leave the declared OCI image layouts\${wrong}"

rm -rf "$WORKSPACE/${LAYOUTS_DIRECTORY}"
mkdir "$WORKSPACE/${LAYOUTS_DIRECTORY}"
while read -r layout path; do
    mv "$output/$path" "$WORKSPACE/$layout"
    printf 'built %s\\n' "$path"
done <<LIST
$LAYOUTS
LIST
`;

/**
 * The Task that runs the repository's own script and takes over the OCI image layouts that it leaves. The script gets OUTPUT,
 * the directory to leave them in, and SUBSECTION, which says what to build. It holds no credential, and its network is what
 * the platform declares.
 *
 * What it left is looked at in a step of its own: the layouts must be exactly the declared ones. A script that knows Tekton can
 * have that step begin while it still runs, and change the layouts behind it; the push, which begins when all of this Task's
 * processes are gone, therefore checks everything that it relies on itself.
 *
 * @param args.image - holds a shell, the usual text tools, and whatever the script runs
 * @param args.script - path of the script in the repository
 * @param args.layouts - path below OUTPUT of each image's layout, in the order of the images
 * @param args.caConfigMap - ConfigMap whose key `ca.crt` is the certificate of the CA behind the registry
 * @throws Error when a path could lead elsewhere, or a layout would lie in another
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function buildScript(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly script: string;
    readonly layouts: readonly string[];
    readonly caConfigMap: string;
}): Task<"subsection", never, "workspace"> {
    checkPaths(args.script, args.layouts);
    const temporary = emptyDirectory("tmp", "/tmp");
    const ca = registryCa(args.caConfigMap);
    return task({
        name: "build-script",
        description: "Runs the repository's own build script and takes over the OCI image layouts that it makes.",
        params: { subsection: "which part of the repository's images is built, in the script's own terms" },
        results: {},
        workspaces: { workspace: `holds the source in ${SOURCE_DIRECTORY}/, receives ${LAYOUTS_DIRECTORY}/<index>/` },
        steps: ({ params, workspaces }) => [
            {
                name: "build",
                image: args.image,
                shell: args.shell,
                script: BUILD,
                env: {
                    WORKSPACE: workspaces.workspace.path,
                    BUILD_SCRIPT: `./${args.script}`,
                    SUBSECTION: params.subsection,
                    SOURCE_DATE_EPOCH: "0",
                    SSL_CERT_FILE: ca.path,
                    HOME: "/tmp",
                    TMPDIR: "/tmp",
                },
                mounts: [temporary, ca.mount],
                requests: { cpu: "500m", memory: "1Gi" },
            },
            {
                name: "collect",
                image: args.image,
                shell: args.shell,
                script: COLLECT,
                env: {
                    WORKSPACE: workspaces.workspace.path,
                    LAYOUTS: lines(args.layouts.map((path, index) => [layoutOf(index), path])),
                    TMPDIR: "/collect",
                },
                // Not the script's own: it could have left anything there.
                mounts: [emptyDirectory("collect", "/collect")],
                requests: { cpu: "100m", memory: "64Mi" },
            },
        ],
    });
}

/** What a run may be told to build. @throws Error when it could be read as an option, or holds what no target needs */
export function checkedSubsection(subsection: string): string {
    if (!SUBSECTION.test(subsection)) {
        throw new Error(
            `"${subsection}" is no subsection: use 1 to 200 letters, digits and "._~:/@+=,*-", not beginning with "-" (//java/...).`,
        );
    }
    return subsection;
}

function checkPaths(script: string, layouts: readonly string[]): void {
    for (const path of [script, ...layouts].filter((candidate) => !PATH.test(candidate))) {
        throw new Error(
            `"${path}" is no path below a directory: use names of letters, digits and "._-", not beginning with "." or "-", and "/" between them.`,
        );
    }
    for (const [index, path] of layouts.entries()) {
        const other = layouts.find((one, at) => at !== index && `${path}/`.startsWith(`${one}/`));
        if (other !== undefined) {
            throw new Error(`The layout "${path}" would lie in "${other}": give each image a directory of its own.`);
        }
    }
}
