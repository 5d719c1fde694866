import { SOURCE_DIRECTORY } from "./git-clone";
import { layoutOf, LAYOUTS_DIRECTORY, lines } from "./image-layouts";
import { registryCa } from "./registry-ca";
import { emptyDirectory, filledDirectory, task, type Shell, type Step, type StepImage, type Task } from "./tekton";

/** A Dockerfile that becomes an image. */
export interface DockerfileImage {
    /** Path of the Dockerfile in the repository. */
    readonly dockerfile: string;
    /** Directory of the repository that `COPY` and `ADD` take files from. */
    readonly context: string;
    /**
     * Registries to ask in place of those that the Dockerfile names: `host` -> `host[/path]`. One that has a mirror is never
     * asked itself. Default: none.
     */
    readonly mirrors?: Readonly<Record<string, string>>;
}

/** A path in the repository: it cannot lead out of it, nor be an option. */
export const SOURCE_PATH = /^(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9._][A-Za-z0-9._-]*(?:\/[A-Za-z0-9._-]+)*$/;
/** `host.name` or `host:port` of a registry. */
export const REGISTRY_HOST = /^(?=.*[.:])[a-z0-9][a-z0-9.-]*(?::[0-9]+)?$/;
/** A registry, or a path in one. */
export const REGISTRY_PATH = /^(?=[^/]*[.:])[a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/** What kaniko never takes for a part of the image, and where it keeps its own files. */
const KANIKO_DIRECTORY = "/kaniko";
const LAYOUT_DIRECTORY = `${KANIKO_DIRECTORY}/layout`;
/**
 * Where a build sees the source: at the place of the directory that Tekton otherwise lets all steps write to, through which
 * one image's build could hand files to the next. kaniko takes nothing of a mounted directory for a part of the image, and
 * says nothing of it; here whatever writes breaks off.
 */
const SOURCE_MOUNT = "/workspace";
/** Docker Hub's registry by the name that references are given, and by its own. */
const DOCKER_HUB = { reference: "docker.io", registry: "index.docker.io" } as const;

/** What all builds of a Task together ask the scheduler for: they run one after another. */
const REQUESTS = { milliCpu: 500, mebibytes: 1024 } as const;

const BUILD_SCRIPT = `set -eu
export LC_ALL=C
umask 022
fail() { printf 'dockerfile-image: %s\\n' "$1" >&2; exit 1; }

# A copy, whose owners and modes do not depend on the volume. git's own files differ from clone to clone.
source="$KANIKO_DIR/source"
rm -rf "$source"
cp -R -P "$SOURCE/${SOURCE_DIRECTORY}" "$source"
rm -rf "$source/.git"
chmod -R u=rwX,go=rX,ug-s "$source"
[ -f "$source/$DOCKERFILE" ] || fail "the source has no file $DOCKERFILE"
[ -d "$source/$CONTEXT" ] || fail "the source has no directory $CONTEXT"

set -- --dockerfile "$source/$DOCKERFILE" --context "dir://$source/$CONTEXT" --custom-platform "$PLATFORM"
[ -z "$MIRRORS" ] || set -- "$@" --registry-map "$MIRRORS" --skip-default-registry-fallback
printf 'building %s\\n' "$DOCKERFILE"
"$KANIKO_DIR/executor" "$@" --no-push --oci-layout-path "$LAYOUT" --reproducible --force \\
    --ignore-path "$SHELL_DIRECTORY" --ignore-var-run=false --log-format text < /dev/null ||
    fail "$DOCKERFILE cannot be built. If it says that something is read only: choose a directory outside $SOURCE"
# For the next step, which is not root.
chmod -R a+rX "$LAYOUT"
`;

const COLLECT_SCRIPT = `set -eu
export LC_ALL=C
umask 022
fail() { printf 'dockerfile-image: %s\\n' "$1" >&2; exit 1; }

rm -rf "$WORKSPACE/${LAYOUTS_DIRECTORY}"
mkdir "$WORKSPACE/${LAYOUTS_DIRECTORY}"
while read -r built layout; do
    cp -R -P "$built" "$WORKSPACE/$layout"
    # What the build left is looked at where it can no longer change it.
    odd=$(find "$WORKSPACE/$layout" ! -type f ! -type d) || fail "$layout cannot be searched"
    [ -z "$odd" ] || fail "$layout holds something that is neither file nor directory"
done <<LIST
$LAYOUTS
LIST
`;

/**
 * The Task that builds Dockerfiles with kaniko and leaves OCI image layouts in the workspace. It holds no credential.
 *
 * What a Dockerfile's `RUN` says is run by root, in the container that builds: each image has one of its own, which sees the
 * source read only and no other image. A step that is not root then collects the images. The build must reach the registries
 * of the base images, or their mirrors.
 *
 * The same source gives the same digest as far as the Dockerfile does: times are kept out of the image, and owners, modes
 * and git's own files out of the context, where every file is root's.
 *
 * @param args.image - holds kaniko in `/kaniko`, a shell and file tools
 * @param args.shell - must lie in a directory of its own, since base images are unpacked over the root file system
 * @param args.caConfigMap - ConfigMap whose key `ca.crt` is the certificate of the CA behind the base images' registry
 * @param args.platform - `os/arch`; default `linux/amd64`
 * @throws Error when a path, a mirror or the shell's place cannot be used
 * @see https://github.com/chainguard-dev/kaniko/blob/v1.25.1/README.md
 */
export function dockerfileImage(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly dockerfiles: readonly DockerfileImage[];
    readonly caConfigMap: string;
    readonly platform?: string;
}): Task<never, never, "source" | "workspace"> {
    checkDockerfiles(args.dockerfiles);
    const shellDirectory = shellDirectoryOf(args.shell);
    const layoutVolume = (index: number): string => `layout-${String(index)}`;
    const share = (whole: number): string => String(Math.ceil(whole / args.dockerfiles.length));
    const ca = registryCa(args.caConfigMap, `${KANIKO_DIRECTORY}/registry-ca`);
    return task({
        name: "dockerfile-image",
        description: "Builds Dockerfiles with kaniko into OCI image layouts.",
        params: {},
        results: {},
        workspaces: {
            source: `holds the source in ${SOURCE_DIRECTORY}/`,
            workspace: `receives ${LAYOUTS_DIRECTORY}/<index>/`,
        },
        readOnly: ["source"],
        mountPaths: { source: SOURCE_MOUNT },
        steps: ({ workspaces }) => [
            ...args.dockerfiles.map(({ dockerfile, context, mirrors = {} }, index): Step => ({
                name: `build-${String(index)}`,
                image: args.image,
                shell: args.shell,
                script: BUILD_SCRIPT,
                env: {
                    SOURCE: workspaces.source.path,
                    DOCKERFILE: dockerfile,
                    CONTEXT: context,
                    LAYOUT: LAYOUT_DIRECTORY,
                    MIRRORS: registryMap(mirrors),
                    PLATFORM: args.platform ?? "linux/amd64",
                    SHELL_DIRECTORY: shellDirectory,
                    SSL_CERT_FILE: ca.path,
                    KANIKO_DIR: KANIKO_DIRECTORY,
                    HOME: KANIKO_DIRECTORY,
                },
                workspaces: ["source"],
                security: "baseline",
                mounts: [emptyDirectory(layoutVolume(index), LAYOUT_DIRECTORY), ca.mount],
                requests: { cpu: `${share(REQUESTS.milliCpu)}m`, memory: `${share(REQUESTS.mebibytes)}Mi` },
            })),
            {
                name: "collect",
                image: args.image,
                shell: args.shell,
                script: COLLECT_SCRIPT,
                env: {
                    WORKSPACE: workspaces.workspace.path,
                    LAYOUTS: lines(args.dockerfiles.map((_, index) => [`/layouts/${String(index)}`, layoutOf(index)])),
                },
                workspaces: ["workspace"],
                mounts: args.dockerfiles.map((_, index) =>
                    filledDirectory(layoutVolume(index), `/layouts/${String(index)}`),
                ),
                requests: { cpu: "50m", memory: "64Mi" },
            },
        ],
    });
}

function checkDockerfiles(dockerfiles: readonly DockerfileImage[]): void {
    if (dockerfiles.length === 0) {
        throw new Error("No Dockerfile to build: name at least one.");
    }
    for (const { dockerfile, context, mirrors = {} } of dockerfiles) {
        for (const given of [dockerfile, context].filter((candidate) => !SOURCE_PATH.test(candidate))) {
            throw new Error(
                `"${given}" is no path in the repository: use letters, digits and "._-/", without "..", not beginning with "/" or "-".`,
            );
        }
        for (const [registry, mirror] of Object.entries(mirrors)) {
            if (!REGISTRY_HOST.test(registry) || !REGISTRY_PATH.test(mirror)) {
                throw new Error(
                    `"${registry}" cannot have the mirror "${mirror}": write <host[:port]> and <host[:port]>[/<path>], as in docker.io and mirror.example.com/hub.`,
                );
            }
        }
    }
}

/** kaniko's own way of writing a list of mirrors. */
function registryMap(mirrors: Readonly<Record<string, string>>): string {
    return Object.entries(mirrors)
        .map(([registry, mirror]) => [registry === DOCKER_HUB.reference ? DOCKER_HUB.registry : registry, mirror])
        .map((words) => words.join("="))
        .join(";");
}

function shellDirectoryOf(shell: Shell): string {
    if (shell === "/bin/sh") {
        throw new Error(
            "kaniko's image has its shell at /bin/sh, which base images overwrite: use one with /busybox/sh, as kaniko's debug variant, and say so in images.lock.json.",
        );
    }
    return shell.slice(0, shell.lastIndexOf("/"));
}
