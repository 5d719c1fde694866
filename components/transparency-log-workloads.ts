import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { readAtStart } from "./checksum";
import { DNS_PORTS, namesFrom } from "./name-servers";
import { READINESS } from "./readiness";
import { RESTRICTED_CONTAINER, restrictedPod } from "./restricted";
import type { RestrictedNamespace } from "./restricted-namespace";
import { FIND_TREE, INIT_DATABASE, LOAD_SCHEMA } from "./transparency-log-scripts";
import type { TransparencyLogArgs } from "./transparency-log";

/**
 * The largest statement whose body the log keeps, in bytes (Rekor's own default). A larger one is logged without its
 * body, with only a line in Rekor's log to say so.
 */
export const MAX_ATTESTATION_BYTES = 102_400;

const UID = 65532;
/** initdb and postgres look their own user up: it must be the image's `postgres`, which is 70 in Alpine's. */
const POSTGRES_UID = 70;
const PORTS = { postgres: 5432, redis: 6379, trillian: 8090, rekor: 3000 } as const;

/** Where the pods of the log itself listen. */
export const LOG_PORT = PORTS.rekor;

/** Arguments of {@link logWorkloads}. */
export interface LogWorkloadsArgs {
    metadata: RestrictedNamespace["metadata"];
    images: TransparencyLogArgs["images"];
    rekorAddress: { host: string; port: number };
    options: pulumi.CustomResourceOptions;
    /** The log's key, PEM, which the Secret `rekor-signer` holds. */
    signingKey: pulumi.Input<string>;
    /** CIDRs of name servers. */
    nameServers: readonly string[];
    /** What every workload reads when it starts. */
    ready: pulumi.Resource[];
}

/** The log's Deployments, Services and network policies; all names are fixed within the log's namespace. */
export function logWorkloads(
    name: string,
    { metadata, images, rekorAddress, options, signingKey, nameServers, ready }: LogWorkloadsArgs,
): void {
    const databaseEnvironment: types.input.core.v1.EnvVar[] = [
        { name: "PGHOST", value: "postgres" },
        { name: "PGUSER", value: "trillian" },
        { name: "PGDATABASE", value: "trillian" },
        { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } },
    ];
    const postgresUri = "--postgresql_uri=postgresql://trillian:$(PGPASSWORD)@postgres:5432/trillian?sslmode=disable";
    const container = (
        spec: Omit<types.input.core.v1.Container, "securityContext">,
    ): types.input.core.v1.Container => ({
        resources: { requests: { cpu: "10m", memory: "64Mi" } },
        ...spec,
        securityContext: RESTRICTED_CONTAINER,
    });
    const deployment = (
        app: keyof typeof PORTS | "trillian-signer",
        uid: number,
        spec: types.input.core.v1.PodSpec,
        after: pulumi.Resource[] = [],
        annotations?: Record<string, pulumi.Input<string>>,
    ): apps.Deployment =>
        new apps.Deployment(
            `${name}-${app}`,
            {
                metadata: metadata(app),
                spec: {
                    replicas: 1,
                    strategy: { type: "Recreate" },
                    selector: { matchLabels: { app } },
                    template: {
                        metadata: { labels: { app }, ...(annotations === undefined ? {} : { annotations }) },
                        spec: {
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            securityContext: restrictedPod(uid),
                            ...spec,
                        },
                    },
                },
            },
            { ...options, dependsOn: [...ready, ...after] },
        );
    /** There once a pod answers: whoever needs `app` by name waits for its Service. */
    const service = (
        app: keyof typeof PORTS,
        deployed: apps.Deployment,
        port: number = PORTS[app],
        clusterIP?: string,
    ): core.Service =>
        new core.Service(
            `${name}-${app}-service`,
            {
                metadata: metadata(app),
                spec: {
                    ...(clusterIP === undefined ? {} : { clusterIP }),
                    selector: { app },
                    ports: [{ name: app, port, targetPort: PORTS[app], protocol: "TCP" }],
                },
            },
            { ...options, dependsOn: [deployed] },
        );
    /** Who may call `app`; everyone when nobody is named. */
    const callers = (app: keyof typeof PORTS, from?: string[]): networking.NetworkPolicy =>
        new networking.NetworkPolicy(
            `${name}-${app}-network`,
            {
                metadata: metadata(`${app}-callers`),
                spec: {
                    podSelector: { matchLabels: { app } },
                    policyTypes: ["Ingress"],
                    ingress: [
                        {
                            ports: [{ port: PORTS[app], protocol: "TCP" }],
                            ...(from === undefined
                                ? {}
                                : { from: from.map((caller) => ({ podSelector: { matchLabels: { app: caller } } })) }),
                        },
                    ],
                },
            },
            options,
        );

    callers("postgres", ["trillian", "trillian-signer", "rekor"]);
    callers("redis", ["rekor"]);
    callers("trillian", ["rekor"]);
    callers("rekor");
    // A policy for each direction: kube-router takes what one policy lets out for let in by it, where both pods are of it.
    new networking.NetworkPolicy(
        `${name}-network-no-other-callers`,
        { metadata: metadata("no-other-callers"), spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [] } },
        options,
    );
    new networking.NetworkPolicy(
        `${name}-network-calls-the-log`,
        {
            metadata: metadata("calls-the-log"),
            spec: {
                podSelector: {},
                policyTypes: ["Egress"],
                egress: [
                    { to: [{ podSelector: {} }] },
                    // Its parts call each other by name: where no name servers are named, any may be asked.
                    ...(nameServers.length === 0 ? [{ ports: [...DNS_PORTS] }] : namesFrom(nameServers)),
                ],
            },
        },
        options,
    );

    const temporary = { name: "temporary", emptyDir: {} };
    const temporaryMount = { name: "temporary", mountPath: "/tmp" };
    const claim = (volume: string): types.input.core.v1.Volume => ({
        name: volume,
        persistentVolumeClaim: { claimName: volume },
    });

    const postgres = deployment("postgres", POSTGRES_UID, {
        initContainers: [
            container({
                name: "init-database",
                image: images.postgres,
                command: ["sh", "-c", INIT_DATABASE],
                env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } }],
                volumeMounts: [{ name: "database", mountPath: "/var/lib/database" }, temporaryMount],
            }),
        ],
        containers: [
            container({
                name: "postgres",
                image: images.postgres,
                command: ["postgres", "-D", "/var/lib/database/data"],
                readinessProbe: { exec: { command: ["pg_isready", "--host=127.0.0.1"] }, ...READINESS },
                volumeMounts: [{ name: "database", mountPath: "/var/lib/database" }, temporaryMount],
            }),
        ],
        volumes: [claim("database"), temporary],
    });
    const redis = deployment("redis", UID, {
        containers: [
            container({
                name: "redis",
                image: images.redis,
                command: [
                    "redis-server",
                    "--bind",
                    "0.0.0.0",
                    "--protected-mode",
                    "no",
                    "--dir",
                    "/var/lib/index",
                    "--appendonly",
                    "yes",
                ],
                readinessProbe: { tcpSocket: { port: PORTS.redis }, ...READINESS },
                volumeMounts: [{ name: "index", mountPath: "/var/lib/index" }],
            }),
        ],
        volumes: [claim("index")],
    });
    const database = [service("postgres", postgres)];
    const index = [service("redis", redis)];
    const trillian = deployment(
        "trillian",
        UID,
        {
            initContainers: [
                container({
                    name: "load-schema",
                    image: images.postgres,
                    command: ["sh", "-c", LOAD_SCHEMA],
                    env: databaseEnvironment,
                    volumeMounts: [{ name: "schema", mountPath: "/etc/trillian-schema", readOnly: true }],
                }),
            ],
            containers: [
                container({
                    name: "trillian-log-server",
                    image: images.trillianLogServer,
                    args: [
                        "--storage_system=postgresql",
                        "--quota_system=postgresql",
                        postgresUri,
                        `--rpc_endpoint=0.0.0.0:${String(PORTS.trillian)}`,
                        "--http_endpoint=0.0.0.0:8091",
                        "--alsologtostderr",
                    ],
                    env: databaseEnvironment,
                    readinessProbe: { httpGet: { port: 8091, path: "/healthz" }, ...READINESS },
                    volumeMounts: [temporaryMount],
                }),
            ],
            volumes: [{ name: "schema", configMap: { name: "trillian-schema" } }, temporary],
        },
        database,
    );
    const tree = [service("trillian", trillian)];
    deployment(
        "trillian-signer",
        UID,
        {
            containers: [
                container({
                    name: "trillian-log-signer",
                    image: images.trillianLogSigner,
                    args: [
                        "--storage_system=postgresql",
                        "--quota_system=postgresql",
                        postgresUri,
                        "--rpc_endpoint=0.0.0.0:8090",
                        "--http_endpoint=0.0.0.0:8091",
                        // There is one signer, so it need not be elected.
                        "--force_master",
                        "--sequencer_interval=200ms",
                        "--batch_size=100",
                        "--alsologtostderr",
                    ],
                    env: databaseEnvironment,
                    volumeMounts: [temporaryMount],
                }),
            ],
            volumes: [temporary],
        },
        tree,
    );
    const rekor = deployment(
        "rekor",
        UID,
        {
            initContainers: [
                container({
                    name: "find-tree",
                    image: images.postgres,
                    command: ["sh", "-c", FIND_TREE],
                    env: databaseEnvironment,
                    volumeMounts: [{ name: "configuration", mountPath: "/etc/rekor" }],
                }),
            ],
            containers: [
                container({
                    name: "rekor",
                    image: images.rekor,
                    args: [
                        "serve",
                        "--config=/etc/rekor/rekor-server.yaml",
                        "--rekor_server.address=0.0.0.0",
                        `--port=${String(PORTS.rekor)}`,
                        "--rekor_server.hostname=rekor.transparency-log",
                        "--rekor_server.signer=/etc/rekor-signer/rekor.pem",
                        "--trillian_log_server.address=trillian",
                        `--trillian_log_server.port=${String(PORTS.trillian)}`,
                        "--redis_server.address=redis",
                        `--redis_server.port=${String(PORTS.redis)}`,
                        "--enable_attestation_storage",
                        // Without no_tmp_dir Rekor writes to /tmp first, cannot rename across volumes, and keeps nothing.
                        "--attestation_storage_bucket=file:///var/lib/attestations?no_tmp_dir=true",
                        `--max_attestation_size=${String(MAX_ATTESTATION_BYTES)}`,
                    ],
                    readinessProbe: { httpGet: { port: PORTS.rekor, path: "/api/v1/log" }, ...READINESS },
                    volumeMounts: [
                        { name: "configuration", mountPath: "/etc/rekor", readOnly: true },
                        { name: "signer", mountPath: "/etc/rekor-signer", readOnly: true },
                        { name: "attestations", mountPath: "/var/lib/attestations" },
                        temporaryMount,
                    ],
                }),
            ],
            volumes: [
                { name: "configuration", emptyDir: {} },
                { name: "signer", secret: { secretName: "rekor-signer" } },
                claim("attestations"),
                temporary,
            ],
        },
        [...tree, ...index],
        readAtStart(signingKey),
    );
    service("rekor", rekor, rekorAddress.port, /^[0-9.]+$/.test(rekorAddress.host) ? rekorAddress.host : undefined);
}
