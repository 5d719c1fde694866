import { down, type Lab, up } from "../../lab/lab";
import { apply, eventually, kubectl, pod, succeeded } from "./lab-kubectl";

jest.setTimeout(300_000);

const name = "e2e-images";
const space = "default";

/** A script for each image with a shell: it must end with 0 and say what is expected. */
const scripts: Readonly<Record<string, readonly [script: string, says: RegExp]>> = {
    busybox: ["id; test -w /tmp", /uid=65532.*gid=65532/],
    git: [
        "cd /tmp && git init -q r && git -C r config user.name a && git -C r config user.email a@b && " +
            "git -C r commit -q --allow-empty -m one && git clone -q file:///tmp/r c && git -C c log --format=%s && " +
            // No such name, told by the http helper: it runs and finds its libraries.
            "(git ls-remote https://no.such.name/x 2>&1 || true)",
        /one\n.*Could not resolve host: no\.such\.name/s,
    ],
    crane: ["crane version", /^v0\.22\.1$/m],
    cosign: ["cosign version 2>&1", /v3\.1\.3/],
    kubectl: ["kubectl version --client", /v1\.34\.2/],
    createtree: ["createtree --help 2>&1 || true", /admin_server/],
    gobuild: [
        "cd /tmp && mkdir m && cd m && go mod init m 2>/dev/null && " +
            "printf 'package main\\nfunc main() { println(\"built here\") }\\n' > main.go && go vet . && " +
            "go run . 2>&1 && ko version && go version",
        /^built here\nv0\.19\.1\ngo version go1\./m,
    ],
    nginx: [
        "printf 'events {}\\npid /tmp/p;\\nhttp { include /etc/nginx/mime.types; server { listen 8080; " +
            "location / { return 200 served; } } }' > /tmp/n && " +
            "nginx -c /tmp/n && for i in $(seq 60); do nc -w 1 127.0.0.1 8080 < /dev/null && break; sleep 1; done && wget -q -O - http://127.0.0.1:8080/",
        /served/,
    ],
    postgres: [
        "set -e; initdb -D /tmp/d -U u --auth=trust --encoding=UTF8 --locale=C > /dev/null; " +
            "echo dynamic_shared_memory_type=mmap >> /tmp/d/postgresql.conf; " +
            "postgres -D /tmp/d -k /tmp > /tmp/log 2>&1 & " +
            "for i in $(seq 60); do pg_isready -q -h /tmp && break; sleep 1; done; " +
            "psql -h /tmp -U u postgres -c \"DO \\$\\$ BEGIN RAISE NOTICE '%', 6 * 7; END \\$\\$\" 2>&1",
        /NOTICE: {2}42/,
    ],
    redis: [
        "redis-server --port 6379 > /dev/null & for i in $(seq 60); do nc -w 1 127.0.0.1 6379 < /dev/null && break; sleep 1; done; redis-cli set a b && redis-cli get a",
        /OK\nb/,
    ],
};

/** Arguments for each image of a single program: what it says then shows that it is that program. */
const programs: Readonly<Record<string, readonly [args: readonly string[], says: RegExp]>> = {
    registry: [["--version"], /v3\.1\.2/],
    "trillian-log-server": [["--help"], /postgresql_uri/],
    "trillian-log-signer": [["--help"], /sequencer_interval/],
    "rekor-server": [["version"], /v1\.5\.4/],
    "tekton-controller": [["--help"], /entrypoint-image/],
    "tekton-entrypoint": [["--help"], /termination_path/],
    "tekton-events": [["--help"], /kubeconfig/],
    "tekton-nop": [[], /Exiting/],
    "tekton-resolvers": [["--help"], /kubeconfig/],
    "tekton-sidecarlogresults": [["--help"], /results-dir/],
    "tekton-webhook": [[], /SYSTEM_NAMESPACE/],
    "tekton-workingdirinit": [["/tmp"], /^$/],
    "chains-controller": [["--help"], /kubeconfig/],
    kaniko: [["version"], /v1\.25\.1/],
};

/** How the release starts an image, where that is not the image's own entrypoint. */
const entrypoints: Readonly<Record<string, { readonly command: readonly string[] }>> = {
    "tekton-resolvers": { command: ["/sbin/tini", "--", "/ko-app/resolvers"] },
};

/** Images that are not started by these tests: no program in it, and the one under every pod. */
const others = ["pause", "static"];

let lab: Lab;

beforeAll(async () => {
    lab = await up(name, { log: () => undefined });
    const started = Object.entries(scripts).map(([image, [script]]) =>
        pod(lab, space, image, script, { image: lab.images[image]?.reference ?? "" }),
    );
    const single = Object.entries(programs).map(([image, [args]]) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: image, namespace: space },
        spec: {
            restartPolicy: "Never",
            containers: [{ name: "main", image: lab.images[image]?.reference, args, ...entrypoints[image] }],
        },
    }));
    await apply(lab, ...started, ...single);
});

afterAll(async () => {
    await down(name);
});

test("every image of the lab is started by one of these tests", () => {
    expect(Object.keys(lab.images).sort()).toEqual(
        [...Object.keys(scripts), ...Object.keys(programs), ...others].sort(),
    );
});

test.each(Object.entries(scripts))("%s does its work as the image's own user", async (image, [, says]) => {
    expect(await succeeded(lab, space, image)).toMatch(says);
});

test.each(Object.entries(programs))("%s starts", async (image, [, says]) => {
    const exit = "jsonpath={.status.containerStatuses[0].state.terminated.reason}";
    const ended = await eventually(60, true, async () =>
        /Completed|Error/.test(await kubectl(lab, ["get", "pod", image, "-o", exit])),
    );
    expect(ended).toBe(true);
    expect(await kubectl(lab, ["logs", image])).toMatch(says);
});
