import { SOURCE_DIRECTORY } from "./git-clone";
import { layoutOf, LAYOUTS_DIRECTORY, lines } from "./image-layouts";
import { registryCa } from "./registry-ca";
import { emptyDirectory, task, type Shell, type StepImage, type Task } from "./tekton";

/** A Go command that becomes an image. */
export interface KoPackage {
    /** The main package, as `go build` takes it: `./cmd/app` or a full import path. */
    readonly importPath: string;
    /** Packages whose tests must pass first (`./...`). Default: none. */
    readonly test?: readonly string[];
}

const PACKAGE = /^[A-Za-z0-9._~/-]+$/;

const SCRIPT = `set -eu
fail() { printf 'ko-image: %s\\n' "$1" >&2; exit 1; }

cd "$WORKSPACE/${SOURCE_DIRECTORY}"
rm -rf "$WORKSPACE/${LAYOUTS_DIRECTORY}"
mkdir -p "$WORKSPACE/${LAYOUTS_DIRECTORY}"

while read -r package; do
    [ -n "$package" ] || continue
    printf 'testing %s\\n' "$package"
    go test "$package" < /dev/null || fail "the tests of $package do not pass"
done <<LIST
$TESTS
LIST

# Empty, for a .ko.yaml that the source brings could choose another base image.
export KO_CONFIG_PATH="$WORKSPACE/ko.yaml"
: > "$KO_CONFIG_PATH"
while read -r layout package; do
    printf 'building %s\\n' "$package"
    ko build --push=false --oci-layout-path "$WORKSPACE/$layout" --platform "$PLATFORMS" --sbom none "$package" < /dev/null ||
        fail "$package cannot be built"
done <<LIST
$PACKAGES
LIST
`;

/**
 * The Task that tests and builds Go commands with ko and leaves OCI image layouts in the workspace. It holds no credential
 * and needs no network but the registry of the base image: dependencies are vendored.
 *
 * The same source gives the same digest: paths, version control stamps and times are kept out of the binary and the image,
 * and the Go build cache starts empty.
 *
 * @param args.image - holds Go, ko and a shell
 * @param args.baseImage - what ko puts the binary on
 * @param args.caConfigMap - ConfigMap whose key `ca.crt` is the certificate of the CA behind the base image's registry
 * @param args.platforms - `os/arch` each; with more than one, a layout holds an index
 * @see https://ko.build/configuration/
 */
export function koImage(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly baseImage: StepImage;
    readonly packages: readonly KoPackage[];
    readonly caConfigMap: string;
    readonly platforms: readonly string[];
}): Task<never, never, "workspace"> {
    const named = args.packages.flatMap(({ importPath, test = [] }) => [importPath, ...test]);
    for (const name of named.filter((candidate) => !PACKAGE.test(candidate) || candidate.startsWith("-"))) {
        throw new Error(
            `"${name}" is no Go package: use letters, digits and "._~/-", not beginning with "-" (./cmd/app, ./...).`,
        );
    }
    const ca = registryCa(args.caConfigMap);
    return task({
        name: "ko-image",
        description: "Tests and builds Go commands with ko, from vendored sources, into OCI image layouts.",
        params: {},
        results: {},
        workspaces: { workspace: `holds the source in ${SOURCE_DIRECTORY}/, receives ${LAYOUTS_DIRECTORY}/<index>/` },
        steps: ({ workspaces }) => [
            {
                name: "build",
                image: args.image,
                shell: args.shell,
                script: SCRIPT,
                env: {
                    WORKSPACE: workspaces.workspace.path,
                    PACKAGES: lines(args.packages.map(({ importPath }, index) => [layoutOf(index), importPath])),
                    TESTS: lines([...new Set(args.packages.flatMap(({ test = [] }) => test))].map((name) => [name])),
                    PLATFORMS: args.platforms.join(","),
                    KO_DEFAULTBASEIMAGE: args.baseImage,
                    SOURCE_DATE_EPOCH: "0",
                    KO_DATA_DATE_EPOCH: "0",
                    SSL_CERT_FILE: ca.path,
                    CGO_ENABLED: "0",
                    GOFLAGS: "-mod=vendor -trimpath -buildvcs=false",
                    GOPROXY: "off",
                    GOTOOLCHAIN: "local",
                    GOCACHE: "/tmp/go-build",
                    GOPATH: "/tmp/go",
                    HOME: "/tmp",
                },
                mounts: [emptyDirectory("tmp", "/tmp"), ca.mount],
                requests: { cpu: "500m", memory: "1Gi" },
            },
        ],
    });
}
