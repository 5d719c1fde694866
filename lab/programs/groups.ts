/** One program of a group: the name it gets in the lab, and the Go package it is built from. */
export interface ProgramSource {
    readonly program: string;
    readonly package: string;
}

/**
 * Programs that are built from one Go module: `lab/programs/<name>/go.mod` and `go.sum` pin everything in them.
 * `stamp` gives the linker's `-X` values through which a program knows its own version.
 */
export interface ProgramGroup {
    readonly name: string;
    readonly programs: readonly ProgramSource[];
    readonly stamp?: Readonly<Record<string, string>>;
}

const kubernetesVersion = "v1.34.2";

/** Kubernetes reads its version from two packages: one for its servers, one for its clients. */
function kubernetesStamp(): Record<string, string> {
    const values = {
        gitVersion: kubernetesVersion,
        gitMajor: "1",
        gitMinor: "34",
        gitTreeState: "clean",
        buildDate: "2026-01-01T00:00:00Z",
    };
    const stamp: Record<string, string> = {};
    for (const owner of ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]) {
        for (const [name, value] of Object.entries(values)) {
            stamp[`${owner}.${name}`] = value;
        }
    }
    return stamp;
}

const kubernetes = (program: string): ProgramSource => ({ program, package: `k8s.io/kubernetes/cmd/${program}` });
const tekton = (program: string): ProgramSource => ({
    program: `tekton-${program}`,
    package: `github.com/tektoncd/pipeline/cmd/${program}`,
});

/**
 * Every program that the lab builds, in the order of building: what others wait for comes first, and the first program
 * of a group carries most of the group's compile time.
 */
export const groups: readonly ProgramGroup[] = [
    {
        name: "kube",
        stamp: kubernetesStamp(),
        programs: [
            { program: "etcd", package: "go.etcd.io/etcd/server/v3" },
            kubernetes("kube-apiserver"),
            kubernetes("kubectl"),
        ],
    },
    {
        name: "pulumi-cli",
        stamp: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.259.0" },
        programs: [{ program: "pulumi", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" }],
    },
    {
        name: "pulumi-lang",
        stamp: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.68.0" },
        programs: [
            {
                program: "pulumi-language-nodejs",
                package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
            },
        ],
    },
    {
        name: "kube",
        stamp: kubernetesStamp(),
        programs: ["kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"].map(kubernetes),
    },
    {
        name: "oci",
        stamp: {
            "github.com/distribution/distribution/v3/version.version": "v3.1.2",
            "github.com/google/go-containerregistry/cmd/crane/cmd.Version": "v0.22.1",
            "github.com/google/ko/pkg/commands.Version": "v0.19.1",
        },
        programs: [
            { program: "registry", package: "github.com/distribution/distribution/v3/cmd/registry" },
            { program: "crane", package: "github.com/google/go-containerregistry/cmd/crane" },
            { program: "ko", package: "github.com/google/ko" },
        ],
    },
    { name: "coredns", programs: [{ program: "coredns", package: "." }] },
    { name: "pause", programs: [{ program: "pause", package: "." }] },
    {
        name: "kube-router",
        stamp: { "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": "v2.1.0" },
        programs: [{ program: "kube-router", package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router" }],
    },
    { name: "volumes", programs: [{ program: "volumes", package: "." }] },
    {
        name: "tekton",
        programs: [
            "controller",
            "webhook",
            "events",
            "resolvers",
            "entrypoint",
            "nop",
            "workingdirinit",
            "sidecarlogresults",
        ].map(tekton),
    },
    {
        name: "chains",
        programs: [{ program: "chains-controller", package: "github.com/tektoncd/chains/cmd/controller" }],
    },
    {
        name: "rekor",
        stamp: { "sigs.k8s.io/release-utils/version.gitVersion": "v1.5.4" },
        programs: [
            { program: "trillian_log_server", package: "github.com/google/trillian/cmd/trillian_log_server" },
            { program: "trillian_log_signer", package: "github.com/google/trillian/cmd/trillian_log_signer" },
            { program: "createtree", package: "github.com/google/trillian/cmd/createtree" },
            { program: "rekor-server", package: "github.com/sigstore/rekor/cmd/rekor-server" },
            { program: "rekor-cli", package: "github.com/sigstore/rekor/cmd/rekor-cli" },
        ],
    },
    {
        name: "cosign",
        stamp: { "sigs.k8s.io/release-utils/version.gitVersion": "v3.1.3" },
        programs: [{ program: "cosign", package: "github.com/sigstore/cosign/v3/cmd/cosign" }],
    },
    {
        name: "kaniko",
        stamp: { "github.com/chainguard-dev/kaniko/pkg/version.version": "v1.25.1" },
        programs: [{ program: "kaniko", package: "github.com/chainguard-dev/kaniko/cmd/executor" }],
    },
];

/** Names of all programs, in the order of building. */
export const programNames: readonly string[] = groups.flatMap((group) => group.programs.map(({ program }) => program));
