import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { debianPrograms, directory, executable, file, link, text, tree } from "./files";
import type { ImageConfig } from "./store";
import type { Entry } from "./tar";

/** An image: its layers from the bottom up (shared ones first, so that a node unpacks them once) and how it runs. */
export interface Recipe {
    readonly name: string;
    readonly layers: readonly (readonly Entry[])[];
    readonly config: ImageConfig;
}

/** What recipes are made from. */
export interface Sources {
    /** Absolute paths of the built programs by name. */
    readonly programs: Readonly<Record<string, string>>;
    /** The unpacked Debian packages' file system root. */
    readonly debian: string;
}

/** The user of all images but postgres and kaniko: the one that distroless images call `nonroot`. */
const nonroot = 65532;
const user = "65532:65532";
const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What every image starts from: accounts, a home, a folder for certificates and a /tmp; no program at all. */
function baseLayer(): Entry[] {
    const accounts = ["root:x:0:0:root:/root:/sbin/nologin", "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin"];
    accounts.push("nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin");
    return [
        text("etc/passwd", `${accounts.join("\n")}\n`),
        text("etc/group", "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"),
        text("etc/nsswitch.conf", "hosts: files dns\n"),
        directory("etc/ssl/certs", 0o755),
        directory("home/nonroot", 0o700, nonroot),
        directory("tmp", 0o1777),
    ];
}

function busyboxApplets(busybox: string): string[] {
    const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
    return applets.filter((name) => name !== "busybox");
}

function busyboxLayer(debian: string): Entry[] {
    const source = path.join(debian, "bin/busybox");
    return [executable(source, "bin/busybox"), ...busyboxApplets(source).map((name) => link(`bin/${name}`, "busybox"))];
}

/** kaniko unpacks other images over its own root: what it needs lies where it puts nothing, as in images.lock.json's image. */
function kanikoLayer(debian: string, executor: string): Entry[] {
    const source = path.join(debian, "bin/busybox");
    return [
        executable(executor, "kaniko/executor"),
        executable(source, "busybox/busybox"),
        ...busyboxApplets(source).map((name) => link(`busybox/${name}`, "busybox")),
    ];
}

function gitLayer(debian: string): Entry[] {
    return [
        ...debianPrograms(debian, ["usr/bin/git", "usr/lib/git-core/git-remote-http"]),
        link("usr/lib/git-core/git-remote-https", "git-remote-http"),
        link("usr/lib/git-core/git", "../../bin/git"),
        ...["receive-pack", "upload-archive", "upload-pack"].map((name) => link(`usr/bin/git-${name}`, "git")),
        directory("usr/share/git-core/templates", 0o755),
    ];
}

function postgresLayer(debian: string): Entry[] {
    const home = "usr/lib/postgresql/15";
    // The modules that initdb itself loads; the contributed ones would bring libraries of their own.
    const modules = /^(dict_snowball|plpgsql|libpqwalreceiver|pgoutput|.*(_and_|2004).*)\.so$/;
    return [
        ...debianPrograms(
            debian,
            ["initdb", "pg_isready", "postgres", "psql"].map((name) => `${home}/bin/${name}`),
        ),
        ...tree(path.join(debian, home, "lib"), `${home}/lib`, (name) => modules.test(name)),
        ...tree(path.join(debian, "usr/share/postgresql/15"), "usr/share/postgresql/15", (name) => name !== "man"),
        file(path.join(debian, "usr/share/zoneinfo/Etc/UTC"), "usr/share/zoneinfo/UTC"),
        file(path.join(debian, "usr/share/zoneinfo/Etc/UTC"), "usr/share/zoneinfo/Etc/UTC"),
        // initdb and postgres look their user up; in the image of images.lock.json it is this one.
        text("etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\npostgres:x:70:70:postgres:/tmp:/sbin/nologin\n"),
        text("etc/group", "root:x:0:\npostgres:x:70:\n"),
    ];
}

function nginxLayer(debian: string): Entry[] {
    return [
        ...debianPrograms(debian, ["usr/sbin/nginx"]),
        file(path.join(debian, "etc/nginx/mime.types"), "etc/nginx/mime.types"),
        directory("var/lib/nginx", 0o755, nonroot),
        directory("var/log/nginx", 0o755, nonroot),
        link("var/log/nginx/access.log", "/dev/stdout"),
        link("var/log/nginx/error.log", "/dev/stderr"),
        directory("run", 0o1777),
    ];
}

/** The Go toolchain without its tests and documents. */
function goLayer(): Entry[] {
    const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
    const dropped = new Set(["api", "doc", "misc", "test"]);
    return tree(goroot, "usr/local/go", (name) => !dropped.has(name) && !name.split("/").includes("testdata"));
}

const goEnvironment = [
    "PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin",
    "HOME=/home/nonroot",
    "GOTOOLCHAIN=local",
    "GOPROXY=off",
    "GOSUMDB=off",
    "CGO_ENABLED=0",
];

/** Every image of the lab. Reading the Go toolchain's file list makes this a matter of some tenths of a second. */
export function recipes({ programs, debian }: Sources): Recipe[] {
    const base = baseLayer();
    const busybox = busyboxLayer(debian);
    const program = (name: string): string => {
        const found = programs[name];
        if (found === undefined) {
            throw new Error(`An image of the lab needs the program "${name}", which is none of the lab's programs.`);
        }
        return found;
    };
    /** One static program and nothing else. */
    const single = (name: string, source: string, target: string): Recipe => ({
        name,
        layers: [base, [executable(program(source), target.slice(1))]],
        config: { Entrypoint: [target], User: user, Env: [searchPath], WorkingDir: "/" },
    });
    const placed = (name: string): Entry => executable(program(name), `usr/local/bin/${name}`);
    /** Programs beside a shell, for steps and jobs with scripts. */
    const shell = (name: string, own: readonly Entry[], config: ImageConfig = {}): Recipe => ({
        name,
        layers: own.length === 0 ? [base, busybox] : [base, busybox, own],
        config: { Cmd: ["/bin/sh"], User: user, Env: [searchPath, "HOME=/home/nonroot"], WorkingDir: "/", ...config },
    });
    const tekton = ["controller", "entrypoint", "events", "nop", "sidecarlogresults", "webhook"];
    return [
        single("pause", "pause", "/pause"),
        { name: "static", layers: [base], config: { User: user, Env: [searchPath], WorkingDir: "/" } },
        shell("busybox", []),
        shell("git", gitLayer(debian)),
        // As in the image of images.lock.json, its scripts find their shell here.
        shell("crane", [placed("crane"), link("busybox/sh", "/bin/busybox")]),
        {
            name: "kaniko",
            layers: [kanikoLayer(debian, program("kaniko"))],
            config: {
                Entrypoint: ["/kaniko/executor"],
                User: "0:0",
                Env: ["PATH=/usr/local/bin:/kaniko:/busybox", "HOME=/root"],
                WorkingDir: "/",
            },
        },
        shell("cosign", [placed("cosign")]),
        shell("kubectl", [placed("kubectl")]),
        shell("createtree", [placed("createtree")]),
        {
            name: "gobuild",
            layers: [base, busybox, goLayer(), [placed("ko"), placed("crane")]],
            config: { Cmd: ["/bin/sh"], User: user, Env: goEnvironment, WorkingDir: "/" },
        },
        shell("nginx", nginxLayer(debian), { Entrypoint: ["/usr/sbin/nginx", "-g", "daemon off;"], Cmd: [] }),
        single("registry", "registry", "/bin/registry"),
        shell("postgres", postgresLayer(debian), {
            User: "70:70",
            Env: [`${searchPath}:/usr/lib/postgresql/15/bin`, "HOME=/tmp"],
        }),
        shell("redis", debianPrograms(debian, ["usr/bin/redis-server", "usr/bin/redis-cli"])),
        single("trillian-log-server", "trillian_log_server", "/trillian_log_server"),
        single("trillian-log-signer", "trillian_log_signer", "/trillian_log_signer"),
        single("rekor-server", "rekor-server", "/usr/local/bin/rekor-server"),
        {
            ...single("tekton-resolvers", "tekton-resolvers", "/ko-app/resolvers"),
            // The release starts it as `/sbin/tini -- /ko-app/resolvers`.
            layers: [
                base,
                [
                    executable(program("tekton-resolvers"), "ko-app/resolvers"),
                    executable(path.join(debian, "usr/bin/tini-static"), "sbin/tini"),
                ],
            ],
        },
        ...[...tekton, "workingdirinit"].map((name) => single(`tekton-${name}`, `tekton-${name}`, `/ko-app/${name}`)),
        single("chains-controller", "chains-controller", "/ko-app/controller"),
    ];
}
