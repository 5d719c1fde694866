import { TYPE_HINTS } from "../names";
import { layoutOf, LAYOUTS_DIRECTORY, lines } from "./image-layouts";
import { CA_DIRECTORY, CA_FILE } from "./ko-image";
import { configMapFile, emptyDirectory, secretFile, task, type Shell, type StepImage, type Task } from "./tekton";

const CREDENTIALS_DIRECTORY = "/var/run/registry-credentials";

/**
 * What a TaskRun's results may take. The kubelet passes them on in the pod's termination message, 4096 bytes in all, in
 * which Tekton also writes names, types and a start time.
 *
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/docs/tasks.md#larger-results-using-sidecar-logs
 */
export const MAX_RESULT_BYTES = 4096 - 256;

const DIGEST_BYTES = "@sha256:".length + 64;
/** A line break takes two bytes: results travel as JSON. */
const LINE_BREAK_BYTES = 2;

/** `host.name/path` or `host:port/path`; paths by https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const REPOSITORY = /^(?=[^/]*[.:])[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$/;

const SCRIPT = `set -eu
export LC_ALL=C
fail() { printf 'push-images: %s\\n' "$1" >&2; exit 1; }

# One digest a layout, computed from the bytes that will be pushed: what the build said of them does not count.
digest_of() {
    [ -d "$1" ] || fail "$1 is missing: the build did not leave it"
    [ -z "$(find "$1" ! -type f ! -type d)" ] || fail "$1 holds something that is neither file nor directory"
    digest=$(tr -d ' \\t\\r\\n' < "$1/index.json" | grep -o '"digest":"sha256:[0-9a-f]*"' | cut -d '"' -f 4)
    [ "$(printf '%s\\n' "$digest" | grep -c .)" -eq 1 ] || fail "$1 does not hold exactly one image"
    blob=$(sha256sum < "$1/blobs/sha256/\${digest#sha256:}")
    [ "sha256:\${blob%% *}" = "$digest" ] || fail "$1 holds a manifest that does not have its digest $digest"
}

: > "$TMPDIR/references"
while read -r layout image; do
    digest_of "$WORKSPACE/$layout"
    printf '%s %s@%s\\n' "$layout" "$image" "$digest" >> "$TMPDIR/references"
done <<LIST
$IMAGES
LIST

while read -r layout reference; do
    pushed=$(crane push "$WORKSPACE/$layout" "$reference" < /dev/null) || fail "$reference cannot be pushed"
    [ "\${pushed##*@}" = "\${reference##*@}" ] || fail "pushed $pushed instead of $reference"
    printf 'pushed %s\\n' "$reference"
done < "$TMPDIR/references"

cut -d ' ' -f 2 "$TMPDIR/references" > "$TMPDIR/images"
bytes=$(wc -c < "$TMPDIR/images")
[ "$bytes" -le "$MAX_RESULT_BYTES" ] || fail "the result has $bytes bytes, more than the $MAX_RESULT_BYTES that fit"
cp "$TMPDIR/images" "$IMAGES_RESULT"
`;

/**
 * The Task that pushes what the build left, by digest, and says what it pushed. It alone mounts the registry credential, and
 * it runs nothing that comes from the source.
 *
 * Nothing is pushed before every layout was checked; the result is written after the last push, so a run that fails on the
 * way names no image and Chains attests none.
 *
 * @param args.image - holds crane and a shell with the usual text tools
 * @param args.repositories - full repository names, in the order of the layouts
 * @param args.pushSecret - Secret of type `kubernetes.io/dockerconfigjson`
 * @param args.caConfigMap - ConfigMap whose key `ca.crt` is the certificate of the registry's CA
 * @throws Error when a repository has no valid name or the result of that many images would not fit
 */
export function pushImages(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly repositories: readonly string[];
    readonly pushSecret: string;
    readonly caConfigMap: string;
}): Task<never, typeof TYPE_HINTS.images, "workspace"> {
    checkRepositories(args.repositories);
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
                    IMAGES: lines(args.repositories.map((repository, index) => [layoutOf(index), repository])),
                    MAX_RESULT_BYTES: String(MAX_RESULT_BYTES),
                    IMAGES_RESULT: results[TYPE_HINTS.images].path,
                    DOCKER_CONFIG: CREDENTIALS_DIRECTORY,
                    SSL_CERT_FILE: `${CA_DIRECTORY}/${CA_FILE}`,
                    HOME: "/tmp",
                    TMPDIR: "/tmp",
                },
                mounts: [
                    emptyDirectory("tmp", "/tmp"),
                    secretFile("registry-credentials", CREDENTIALS_DIRECTORY, {
                        secretName: args.pushSecret,
                        key: ".dockerconfigjson",
                        path: "config.json",
                    }),
                    configMapFile("registry-ca", CA_DIRECTORY, {
                        configMapName: args.caConfigMap,
                        key: CA_FILE,
                        path: CA_FILE,
                    }),
                ],
                requests: { cpu: "100m", memory: "256Mi" },
            },
        ],
    });
}

function checkRepositories(repositories: readonly string[]): void {
    if (repositories.length === 0) {
        throw new Error("No image to push: name at least one repository.");
    }
    for (const [index, repository] of repositories.entries()) {
        if (!REPOSITORY.test(repository)) {
            throw new Error(
                `"${repository}" is no repository: write <registry host[:port]>/<path>, without a tag or digest.`,
            );
        }
        if (repositories.indexOf(repository) !== index) {
            throw new Error(`"${repository}" would receive two images: give each a repository of its own.`);
        }
    }
    const bytes = repositories
        .map((repository) => repository.length + DIGEST_BYTES + LINE_BREAK_BYTES)
        .reduce((sum, length) => sum + length);
    if (bytes > MAX_RESULT_BYTES) {
        throw new Error(
            `${String(repositories.length)} images need ${String(bytes)} bytes of results, and ${String(MAX_RESULT_BYTES)} fit: ` +
                "shorten the repository names or build the images in several pipelines.",
        );
    }
}
