import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { cacheDirectory } from "./cache";
import { type Addresses, addressesOf, serviceAddress } from "./cluster/addresses";
import { createCgroups } from "./cluster/cgroups";
import { alive, type Claim, claimNumber, findClaim, releaseNumber, writeClaim } from "./cluster/claims";
import { startCluster } from "./cluster/cluster";
import { adminKubeconfig, type Layout } from "./cluster/layout";
import { prepareNamespace, removeEverything } from "./cluster/namespace";
import { writeRegistrySettings } from "./cluster/node";
import { NodeSpace } from "./cluster/node-space";
import { type RunOptions, type RunResult } from "./cluster/run-program";
import { buildImages } from "./images/build";
import { buildPrograms } from "./programs/build";
import { installHostPackages } from "./programs/debian";
import { programBuilds } from "./programs/program-key";
import { requireMachine } from "./requirements";

/** What a lab is called when nobody names it. */
export const DEFAULT_NAME = "local";

/** A one-node Kubernetes cluster that is up, with everything that others need of it. */
export interface Lab {
    readonly name: string;
    /** 0 to 15; it is in every address of the lab. */
    readonly number: number;
    /** Everything the lab writes is in this folder, and goes with it. */
    readonly stateDir: string;
    /** Path of the administrator's kubeconfig; it works on the host and in the node's namespaces. */
    readonly kubeconfig: string;
    readonly nodeIp: string;
    /** Where the platform's own registry is meant to stand: reachable under this name by pods, node and host. */
    readonly registryHostPort: string;
    /** Where the transparency log is meant to stand. */
    readonly rekorUrl: string;
    /** The n-th ClusterIP. Kubernetes hands out those from 17 on by itself, so only 1 to 16 can be fixed safely. */
    serviceIp(n: number): string;
    /** The lab's images as pods may use them, by digest. */
    readonly images: Readonly<Record<string, { readonly reference: string }>>;
    /** Absolute paths of the programs that the lab built, by name. */
    readonly programs: Readonly<Record<string, string>>;
    /** Runs a program in the node's network and mount namespaces to its end; throws unless it ends with code 0. */
    run(command: readonly string[], options?: RunOptions): Promise<RunResult>;
    /** Starts a program in the node's namespaces that runs until the lab goes down. Log: `<stateDir>/logs/<name>.log`. */
    spawnDaemon(name: string, command: readonly string[], options?: Pick<RunOptions, "env">): void;
    /** Throws, with its last log lines, when a program of the lab that should run does not any more. */
    requireDaemons(): void;
    /** Lets the node pull from a registry whose certificate was issued by this authority; no restart is needed. */
    trustRegistry(hostPort: string, caPem: string): void;
}

export interface UpOptions {
    /** Gets one line for each stage and each build. */
    readonly log: (line: string) => void;
}

/** What `attach` must know of a lab that another process brought up. */
interface LabRecord {
    readonly programs: Readonly<Record<string, string>>;
    readonly images: Readonly<Record<string, string>>;
    readonly processFile: string;
}

/** Where everything of a lab is. @throws for a name that no lab can have */
export function stateDirectory(name: string): string {
    if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
        throw new Error(`"${name}" is no name of a lab: lower-case letters, digits and "-" (1 to 32), a letter first.`);
    }
    return path.join(cacheDirectory(), "labs", name);
}

const recordFile = (stateDir: string): string => path.join(stateDir, "lab.json");

/** Builds what is missing in the cache and installs the Debian packages of the node: the slow part of the first `up`. */
export async function prepare({ log }: UpOptions): Promise<Pick<LabRecord, "programs"> & { images: LabImages }> {
    requireMachine(programBuilds().every(({ output }) => existsSync(output)));
    await installHostPackages(log);
    const programs = await buildPrograms(log);
    return { programs, images: buildImages(programs, log) };
}

type LabImages = ReturnType<typeof buildImages>;

/**
 * Brings a lab up from nothing: whatever an earlier run of the same name left is removed first. Built programs and images
 * come from the cache.
 *
 * @param name names the lab on this machine; labs of different names live side by side.
 * @throws with one clear message when the machine lacks something, and with the last log lines of the part that failed.
 * Then nothing of the lab is left but its logs' last lines in the message.
 */
export async function up(name: string, options: UpOptions): Promise<Lab> {
    const { log } = options;
    const stateDir = stateDirectory(name);
    const start = Date.now();
    const stage = (reached: string): void => {
        log(`${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s  ${reached}`);
    };
    const { programs, images } = await prepare(options);
    stage("programs and images are in the cache");
    const claim = await claimNumber(name);
    const addresses = addressesOf(claim.number);
    try {
        await removeEverything(addresses, stateDir);
        const processFile = createCgroups(addresses.cgroup);
        mkdirSync(stateDir, { recursive: true, mode: 0o755 });
        const space = await NodeSpace.create(processFile, stateDir);
        writeClaim({ ...claim, holder: space.holder });
        await prepareNamespace(space, addresses);
        stage(`network of lab "${name}" (number ${claim.number.toString()}) is there`);
        const references = Object.entries(images).map(([image, { repository, digest }]): [string, string] => [
            image,
            `${addresses.nodeIp}:5000/${repository}@${digest}`,
        ]);
        const layout: Layout = { addresses, stateDir, programs, images: Object.fromEntries(references) };
        await startCluster(layout, space, stage);
        const record: LabRecord = { programs, images: layout.images, processFile };
        writeFileSync(recordFile(stateDir), JSON.stringify(record));
        writeClaim({ name, number: claim.number, holder: space.holder });
        return labOf(name, addresses, space, record);
    } catch (error) {
        await removeEverything(addresses, stateDir);
        await releaseNumber(claim.number);
        throw error;
    }
}

/** A lab that is up. Throws, naming the command that starts it, when it is not. */
export function attach(name: string): Lab {
    const { addresses, space, record } = attachSpace(name);
    return labOf(name, addresses, space, record);
}

function attachSpace(name: string): { addresses: Addresses; space: NodeSpace; record: LabRecord } {
    const stateDir = stateDirectory(name);
    const claim = findClaim(name);
    if (claim?.holder === undefined || !alive(claim.holder) || !existsSync(recordFile(stateDir))) {
        throw new Error(`Lab "${name}" is not up. Start it with: node -r ts-node/register lab/main.ts up ${name}`);
    }
    const record = JSON.parse(readFileSync(recordFile(stateDir), "utf8")) as LabRecord;
    const space = new NodeSpace(claim.holder, record.processFile, stateDir);
    return { addresses: addressesOf(claim.number), space, record };
}

/** The command that runs the given one in the namespaces of a lab that is up; it can be given the caller's terminal. */
export function enterCommand(name: string, command: readonly string[]): string[] {
    return attachSpace(name).space.enter(command);
}

/** Removes every process, mount, namespace, interface, route, firewall rule, cgroup and file of a lab. */
export async function down(name: string): Promise<void> {
    const stateDir = stateDirectory(name);
    const known = findClaim(name);
    if (known === undefined) {
        // A number may be another lab's by now: only the files can be this one's.
        rmSync(stateDir, { recursive: true, force: true });
        return;
    }
    const claim: Claim = await claimNumber(name);
    await removeEverything(addressesOf(claim.number), stateDir);
    await releaseNumber(claim.number);
}

function labOf(name: string, addresses: Addresses, space: NodeSpace, record: LabRecord): Lab {
    const images = Object.entries(record.images).map(([image, reference]): [string, { reference: string }] => [
        image,
        { reference },
    ]);
    return {
        name,
        number: addresses.number,
        stateDir: space.stateDir,
        kubeconfig: adminKubeconfig(space.stateDir),
        nodeIp: addresses.nodeIp,
        registryHostPort: `${serviceAddress(addresses.number, 10)}:5000`,
        rekorUrl: `http://${serviceAddress(addresses.number, 12)}:3000`,
        serviceIp: (n) => serviceAddress(addresses.number, n),
        images: Object.fromEntries(images),
        programs: record.programs,
        run: (command, options) => space.run(command, options),
        spawnDaemon: (daemon, command, options) => {
            space.spawnDaemon(daemon, command, options);
        },
        requireDaemons: () => {
            space.requireDaemons();
        },
        trustRegistry: (hostPort, caPem) => {
            writeRegistrySettings(space.stateDir, hostPort, caPem);
        },
    };
}
