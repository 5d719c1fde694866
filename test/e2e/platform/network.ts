import { REGISTRY_PORT } from "../../../components/registry-configuration";
import { GIT_PORT } from "../../../lab/platform/settings";
import { BUILD_IDENTITIES, NAMESPACES, tektonController } from "../../../names";
import { setTimeout as sleep } from "node:timers/promises";
import { userOf } from "../../../admission/who";
import { eventually, kubectl } from "../lab-kubectl";
import { restrictedPod } from "./access";
import { BUILDS, type Platform } from "./platform";

const { registry: REGISTRY, transparencyLog: LOG, runPruner: PRUNER } = NAMESPACES;
const TASK = "tekton.dev/pipelineTask";
/** Answers on a port that the registry's pods do not use. */
const SIDE_DOOR = 7777;

/** A pod from which connections are tried, and what it may reach. */
interface Probe {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly reaches: readonly string[];
}

const PROBES: readonly Probe[] = [
    { namespace: BUILDS, name: "as-clone", labels: { [TASK]: "clone" }, reaches: ["source", "names"] },
    { namespace: BUILDS, name: "as-build", labels: { [TASK]: "build" }, reaches: ["mirror", "names"] },
    { namespace: BUILDS, name: "as-push", labels: { [TASK]: "push" }, reaches: ["registry", "names"] },
    { namespace: BUILDS, name: "as-nobody", labels: {}, reaches: [] },
    {
        namespace: LOG,
        name: "as-rekor",
        labels: { app: "rekor" },
        reaches: ["rekor", "postgres", "redis", "trillian", "names"],
    },
    { namespace: LOG, name: "as-trillian", labels: { app: "trillian" }, reaches: ["rekor", "postgres", "names"] },
    { namespace: LOG, name: "as-nobody", labels: {}, reaches: ["rekor", "names"] },
    { namespace: REGISTRY, name: "as-registry", labels: { app: "probe" }, reaches: [] },
    { namespace: PRUNER, name: "as-pruner", labels: {}, reaches: ["registry", "rekor", "names", "api"] },
    {
        namespace: "default",
        name: "as-visitor",
        labels: {},
        reaches: ["source", "mirror", "registry", "names", "rekor", "api"],
    },
];

/**
 * Every NetworkPolicy of the platform: which connections it lets through, and that the others are refused by it, for without
 * it the very same ones pass.
 */
export function networkSuite(the: () => Platform): void {
    let targets: Record<string, string>;

    beforeAll(async () => {
        const { lab } = the();
        const ip = (namespace: string, app: string): Promise<string> =>
            kubectl(lab, [
                "--namespace",
                namespace,
                "get",
                "pod",
                "--selector",
                `app=${app}`,
                "--field-selector",
                "status.phase=Running",
                "--output",
                "jsonpath={.items[0].status.podIP}",
            ]);
        const registry = await ip(REGISTRY, "image-registry");
        targets = {
            source: `${lab.nodeIp}:${String(GIT_PORT)}`,
            mirror: `${lab.nodeIp}:5000`,
            registry: `${registry}:${String(REGISTRY_PORT)}`,
            "side-door": `${registry}:${String(SIDE_DOOR)}`,
            rekor: `${await ip(LOG, "rekor")}:3000`,
            postgres: `${await ip(LOG, "postgres")}:5432`,
            redis: `${await ip(LOG, "redis")}:6379`,
            trillian: `${await ip(LOG, "trillian")}:8090`,
            names: `${lab.nodeIp}:53`,
            api: `${lab.nodeIp}:6443`,
        };
        // A pod that is never ready gets none of a Service's requests, whatever its labels are.
        for (const probe of PROBES) {
            const made = neverReady(restrictedPod(the(), probe.namespace, probe.name, probing(), probe.labels));
            // Where builds run, nobody else makes pods, nor for another account.
            const inBuilds = probe.namespace === BUILDS;
            const as = inBuilds ? ["--as", userOf(tektonController(BUILDS))] : [];
            const whole = inBuilds ? runningAs(made, BUILD_IDENTITIES.builder) : made;
            await kubectl(lab, ["create", "--filename", "-", ...as], JSON.stringify(whole));
        }
        for (const { namespace, name } of PROBES) {
            await kubectl(lab, [
                "--namespace",
                namespace,
                "wait",
                `pod/${name}`,
                "--for=jsonpath={.status.phase}=Running",
                "--timeout=60s",
            ]);
        }
        const listen = `busybox nc -ll -p ${String(SIDE_DOOR)} -e true > /dev/null 2>&1 &`;
        await kubectl(lab, [
            "--namespace",
            REGISTRY,
            "exec",
            "deployment/image-registry",
            "--container",
            "nginx",
            "--",
            "sh",
            "-c",
            listen,
        ]);
    });

    /** A shell script that tries all targets, round after round, and says after each which it reached. */
    function probing(): string {
        // All at once: a refusal may be silence.
        const tries = Object.entries(targets).map(
            // 1 says that there was no connection; whoever waits for a word from us is cut off, and was reached.
            ([target, address]) =>
                `(timeout 4 nc -w 2 ${address.replace(":", " ")} < /dev/null > /dev/null; [ $? -eq 1 ] || echo '${target}') &`,
        );
        return `round=0
while :; do
    round=$((round + 1))
    reached=$({ ${tries.join(" ")} wait; } 2> /dev/null)
    echo "$round:" $reached
    sleep 1
done`;
    }

    /** What a probe reaches, by name, in a round that began after the question. Nobody can run commands where builds run. */
    async function reached({ namespace, name }: Probe): Promise<string[]> {
        const last = async (): Promise<[number, string[]]> => {
            const line = await kubectl(the().lab, ["--namespace", namespace, "logs", name, "--tail", "1"]);
            const [round = "0", said = ""] = line.split(":");
            return [Number(round), said.trim().split(" ")];
        };
        const [asked] = await last();
        for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
            await sleep(200);
            const [round, told] = await last();
            if (round >= asked + 2) {
                return Object.keys(targets).filter((target) => told.includes(target));
            }
        }
        throw new Error(`the probe ${namespace}/${name} says nothing`);
    }

    const wanted = ({ reaches }: Probe): string[] => Object.keys(targets).filter((target) => reaches.includes(target));
    const everywhere = async (): Promise<string> =>
        JSON.stringify(await Promise.all(PROBES.map(async (probe) => [probe.name, await reached(probe)])));

    it.each(PROBES.map((probe) => [probe.namespace, probe.name, probe] as const))(
        "lets %s/%s reach what it needs and nothing else",
        async (_namespace, _name, probe) => {
            expect(await reached(probe)).toEqual(wanted(probe));
        },
    );

    it("refuses by its policies: without them everything is reached, and refresh and up put them back", async () => {
        const { lab, stack } = the();
        const namespaces = [BUILDS, REGISTRY, LOG, PRUNER];
        const policies = await Promise.all(
            namespaces.map((namespace) =>
                kubectl(lab, ["--namespace", namespace, "get", "networkpolicies", "--output", "name"]),
            ),
        );
        for (const namespace of namespaces) {
            await kubectl(lab, ["--namespace", namespace, "delete", "networkpolicies", "--all"]);
        }
        const all = JSON.stringify(PROBES.map(({ name }) => [name, Object.keys(targets)]));
        expect(await eventually(60, all, everywhere)).toBe(all);
        await stack.refresh();
        const { changes } = await stack.up();
        expect(changes["create"]).toBe(policies.join("\n").split("\n").length);
        const before = JSON.stringify(PROBES.map((probe) => [probe.name, wanted(probe)]));
        expect(await eventually(60, before, everywhere)).toBe(before);
    });

    afterAll(async () => {
        for (const { namespace, name } of PROBES) {
            await kubectl(the().lab, ["--namespace", namespace, "delete", "pod", name, "--now"]);
        }
    });
}

function runningAs(made: object, serviceAccountName: string): object {
    const { spec, ...rest } = made as { spec: object };
    return { ...rest, spec: { ...spec, serviceAccountName } };
}

function neverReady(made: object): object {
    const { spec, ...rest } = made as { spec: { containers: object[] } };
    const readinessProbe = { exec: { command: ["false"] }, periodSeconds: 60 };
    return { ...rest, spec: { ...spec, containers: spec.containers.map((one) => ({ ...one, readinessProbe })) } };
}
