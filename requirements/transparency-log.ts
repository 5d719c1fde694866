import { closed } from "./only";
import { rightsOf } from "./access";
import { valueAt, type Findings } from "./findings";
import { COMPONENTS, kubernetesObjects, mayLieIn, objectsOf, type DeclaredObject } from "./objects";
import { declaredPods, isBelow, list } from "./pods";
import { hasUnknown, type Snapshot } from "./snapshot";
import { TO_RUN, TO_TRAFFIC } from "./ways";

/** Below this many bytes a statement's body would be dropped that the log's own default keeps. */
const LOG_DEFAULT_BYTES = 102_400;
/** Where Rekor listens when no flag says otherwise. */
const LOG_DEFAULT_PORT = "3000";
/** Rekor's only flag here that takes no value. */
const SWITCH = "--enable_attestation_storage";

/**
 * A log of our own must be there, and must keep the bodies of attestations, not only their hashes, where a restart finds
 * them again.
 */
export function checkPrivateLog(findings: Findings, snapshot: Snapshot, url: URL): void {
    const service = objectsOf(snapshot, COMPONENTS.transparencyLog, "Service").find((candidate) =>
        serves(candidate, url),
    );
    if (service?.namespace === undefined) {
        findings.fail(`no declared transparency log is reached at ${url.href}`);
        return;
    }
    findings.show(service.resource, ["spec"]);
    closed(findings, rightsOf(snapshot), [...TO_RUN, ...TO_TRAFFIC], service.namespace, []);
    const log = behind(findings, snapshot, service);
    if (log === undefined) {
        return;
    }
    if (valueAt(log.resource.inputs, ["spec", "replicas"]) === 0) {
        findings.fail(`${log.resource.name} runs in no pod`);
        return;
    }
    const pod = valueAt(log.resource.inputs, ["spec", "template", "spec"]);
    const [container, ...others] = list(pod, "containers");
    if (others.length > 0 || valueAt(container, ["command"]) !== undefined) {
        findings.fail(`${log.resource.name}: the log's pod must run the log's own program, and nothing beside it`);
        return;
    }
    const flags = flagsOf(findings, log, container);
    if (flags === undefined) {
        return;
    }
    checkPort(findings, service, url, flags);
    checkStorage(findings, snapshot, { log, pod, container }, flags);
    findings.show(log.resource, ["spec", "template", "spec", "containers", "0", "args"]);
}

/** The one Deployment whose pods the Service leads to. */
function behind(findings: Findings, snapshot: Snapshot, service: DeclaredObject): DeclaredObject | undefined {
    const selector = (valueAt(service.resource.inputs, ["spec", "selector"]) ?? {}) as Record<string, unknown>;
    const wanted = Object.entries(selector);
    const pods = declaredPods(snapshot)
        .map(({ object }) => object)
        .filter((object) => {
            const labels = valueAt(
                object.resource.inputs,
                object.kind === "Pod" ? ["metadata", "labels"] : ["spec", "template", "metadata", "labels"],
            );
            return (
                mayLieIn(object, service.namespace) &&
                wanted.every(([key, value]) => valueAt(labels, [key]) === value || hasUnknown(labels))
            );
        });
    const [log, ...more] = pods;
    if (log?.kind !== "Deployment" || log.namespace !== service.namespace || more.length > 0 || wanted.length === 0) {
        findings.fail(
            `${service.resource.name}: ${String(pods.length)} declared objects make pods behind the log's Service; it must be one Deployment`,
        );
        return undefined;
    }
    return log;
}

/** Flag -> value, the last of several counting; undefined, with a finding, when they are not written to be read. */
function flagsOf(findings: Findings, log: DeclaredObject, container: unknown): Map<string, string> | undefined {
    const [command, ...args] = list(container, "args").map(String);
    const unread = args.find((arg) => arg !== SWITCH && !/^--[a-z_.]+=/.test(arg));
    if (command !== "serve" || unread !== undefined) {
        findings.fail(
            `${log.resource.name}: the log is told ${unread ?? String(command)}; write serve, and then each flag as --flag=value`,
        );
        return undefined;
    }
    return new Map(
        args.map((arg) => {
            const [flag = "", ...value] = arg.split("=");
            return [flag, arg === SWITCH ? "true" : value.join("=")];
        }),
    );
}

/** What asks the Service must reach the port on which the log listens. */
function checkPort(findings: Findings, service: DeclaredObject, url: URL, flags: Map<string, string>): void {
    const port = list(valueAt(service.resource.inputs, ["spec"]), "ports").find(
        (candidate) => Number(valueAt(candidate, ["port"])) === portOf(url),
    );
    const target = String(valueAt(port, ["targetPort"]) ?? valueAt(port, ["port"]));
    const listens = flags.get("--port") ?? LOG_DEFAULT_PORT;
    if (target !== listens) {
        findings.fail(`${service.resource.name} leads to port ${target}; the log listens on ${listens}`);
    }
}

function checkStorage(
    findings: Findings,
    snapshot: Snapshot,
    { log, pod, container }: { log: DeclaredObject; pod: unknown; container: unknown },
    flags: Map<string, string>,
): void {
    const { name } = log.resource;
    const size = flags.get("--max_attestation_size");
    if (size !== undefined && !(/^[0-9]+$/.test(size) && Number(size) >= LOG_DEFAULT_BYTES)) {
        findings.fail(`${name}: --max_attestation_size=${size} drops statements that the log would keep by default`);
    }
    if (flags.get(SWITCH) !== "true") {
        findings.fail(`${name}: without ${SWITCH} the log keeps hashes, not provenance`);
    }
    /** The volume in which a file of the container lies: that of the longest path. */
    const volumeOf = (file: string): unknown => {
        const [mount] = list(container, "volumeMounts")
            .filter((candidate) => isBelow(file, String(valueAt(candidate, ["mountPath"]))))
            .sort((a, b) => String(valueAt(b, ["mountPath"])).length - String(valueAt(a, ["mountPath"])).length);
        return list(pod, "volumes").find((volume) => valueAt(volume, ["name"]) === valueAt(mount, ["name"]));
    };
    const bucket = flags.get("--attestation_storage_bucket") ?? "";
    const place = URL.canParse(bucket) ? new URL(bucket) : undefined;
    if (place?.protocol !== "file:" || place.searchParams.get("no_tmp_dir") !== "true") {
        findings.fail(
            `${name}: --attestation_storage_bucket must be a file:// folder; it needs ?no_tmp_dir=true or keeps nothing`,
        );
    } else {
        const claim = valueAt(volumeOf(place.pathname), ["persistentVolumeClaim", "claimName"]);
        const claimed = kubernetesObjects(snapshot).some(
            (object) =>
                object.kind === "PersistentVolumeClaim" && object.name === claim && object.namespace === log.namespace,
        );
        if (!claimed) {
            findings.fail(`${name}: ${place.pathname} lies on no declared PersistentVolumeClaim: a restart loses it`);
        }
    }
    const signer = flags.get("--rekor_server.signer") ?? "";
    if (!signer.startsWith("/") || valueAt(volumeOf(signer), ["secret"]) === undefined) {
        findings.fail(`${name}: --rekor_server.signer must be a file of a Secret, or each start has another key`);
    }
}

function portOf(url: URL): number {
    return Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
}

function serves(service: DeclaredObject, url: URL): boolean {
    const hosts = [
        valueAt(service.resource.inputs, ["spec", "clusterIP"]),
        `${service.name}.${String(service.namespace)}`,
        `${service.name}.${String(service.namespace)}.svc`,
        `${service.name}.${String(service.namespace)}.svc.cluster.local`,
    ];
    return (
        hosts.includes(url.hostname) &&
        list(valueAt(service.resource.inputs, ["spec"]), "ports").some(
            (candidate) => Number(valueAt(candidate, ["port"])) === portOf(url),
        )
    );
}
