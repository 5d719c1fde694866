import { imageNames, lockedReference, readImagesLock } from "../../locks/images";
import { PROJECT_FOLDER } from "../../plan/project";
import { planSettings, planStack, readStackFile } from "../../plan/stack";
import { valueAt } from "../../requirements/findings";
import { kubernetesObjects } from "../../requirements/objects";
import { containersOf, list } from "../../requirements/pods";
import type { Snapshot } from "../../requirements/snapshot";
import { parseSettings } from "../../stacks/settings";
import { copyOf } from "../snapshot-edit";

/** URNs that a resource waits for, directly or through others, components included. */
function waitsFor(snapshot: Snapshot, urn: string, seen = new Set<string>()): Set<string> {
    for (const next of snapshot.resources.find((candidate) => candidate.urn === urn)?.dependencies ?? []) {
        if (!seen.has(next)) {
            seen.add(next);
            waitsFor(snapshot, next, seen);
        }
    }
    return seen;
}

/** Objects in a declared namespace that do not wait for it. */
function early(snapshot: Snapshot): string[] {
    const objects = kubernetesObjects(snapshot);
    const namespaces = new Map(
        objects.flatMap((object) => (object.kind === "Namespace" ? [[object.name, object.resource.urn]] : [])),
    );
    return objects
        .filter(({ namespace }) => namespace !== undefined)
        .filter(({ namespace, resource }) => {
            const urn = namespaces.get(namespace ?? "");
            return urn === undefined || !waitsFor(snapshot, resource.urn).has(urn);
        })
        .map(({ resource }) => resource.name);
}

interface Scripted {
    image: string;
    command: string[];
}

/** Names of the resources that the engine refuses to delete. */
function kept(snapshot: Snapshot): string[] {
    return snapshot.resources.filter(({ protect }) => protect).map(({ name }) => name);
}

describe("stack local", () => {
    let plan: Snapshot;

    beforeAll(async () => {
        plan = (await planStack("local", PROJECT_FOLDER)).snapshot;
    });

    it("gives the run pruner more time than it begins to verify in, and lets nobody call it", () => {
        const inPruner = kubernetesObjects(plan).filter(({ namespace }) => namespace === "run-pruner");
        const jobs = inPruner
            .filter(({ kind }) => kind === "CronJob")
            .map(({ resource }) => valueAt(resource.inputs, ["spec", "jobTemplate", "spec"]));
        expect(jobs).toHaveLength(parseSettings("local", readStackFile("local", PROJECT_FOLDER)).repositories.length);
        for (const job of jobs) {
            const begun = containersOf(valueAt(job, ["template", "spec"]))
                .flatMap((container) => list(container, "env"))
                .filter((variable) => valueAt(variable, ["name"]) === "BUDGET_SECONDS")
                .map((variable) => Number(valueAt(variable, ["value"])));
            expect(begun).toHaveLength(1);
            expect(valueAt(job, ["activeDeadlineSeconds"])).toBeGreaterThanOrEqual(2 * Math.max(...begun));
        }
        const policies = inPruner
            .filter(({ kind }) => kind === "NetworkPolicy")
            .map(({ resource }) => valueAt(resource.inputs, ["spec"]));
        expect(policies).toContainEqual({ podSelector: {}, policyTypes: ["Ingress"], ingress: [] });
        const calls = policies.flatMap((policy) => list(policy, "egress"));
        expect(calls.map((rule) => list(rule, "ports").map((port) => valueAt(port, ["port"])))).toEqual([
            [5000],
            [3000],
            [443, 6443],
        ]);
    });

    it("creates every namespace before what is in it", () => {
        expect(early(plan)).toEqual([]);
        const changed = copyOf(plan);
        for (const resource of changed.resources.filter(({ name }) => name === "builds-crane-quota")) {
            resource.dependencies = [];
        }
        expect(early(changed)).toEqual(["builds-crane-quota"]);
    });

    it("protects what cannot be made again, unless it is told not to", async () => {
        expect(kept(plan).sort()).toEqual([
            "image-registry-images",
            "signing-key",
            "signing-key-key",
            "transparency-log-attestations",
            "transparency-log-database",
            "transparency-log-database",
            "transparency-log-index",
            "transparency-log-key",
        ]);
        const settings = { ...readStackFile("local", PROJECT_FOLDER), protectData: false };
        const given = await planSettings("local", parseSettings("local", settings), PROJECT_FOLDER);
        expect(kept(given.snapshot)).toEqual([]);
    });

    it("lets Chains attest one run after another: it appends to what an image has without a lock", () => {
        const containers = kubernetesObjects(plan)
            .filter(({ kind, namespace }) => kind === "Deployment" && namespace === "tekton-chains")
            .flatMap(({ resource }) => containersOf(valueAt(resource.inputs, ["spec", "template", "spec"])));
        expect(containers.map((container) => list(container, "args").slice(-2))).toEqual([
            ["-threads-per-controller", "1"],
        ]);
    });

    it("restarts pods when what they read at their start changes", () => {
        const origins = Object.fromEntries(
            kubernetesObjects(plan)
                .filter(({ kind }) => kind === "Deployment")
                .flatMap(({ name, resource }) => {
                    const checksum = valueAt(resource.inputs, [
                        "spec",
                        "template",
                        "metadata",
                        "annotations",
                        "slsa-build-platform/read-at-start",
                    ]);
                    const sources = [...String(checksum).matchAll(/::([a-z-]+#[A-Za-z0-9]+)\]/g)];
                    return checksum === undefined ? [] : [[name, sources.map(([, source]) => source)]];
                }),
        );
        expect(origins).toEqual({
            "image-registry": [
                "image-registry-salt#hex",
                "image-registry-chains#result",
                "image-registry-promote-crane#result",
                "image-registry-promote-hello#result",
                "image-registry-promote-page#result",
                "image-registry-push-crane#result",
                "image-registry-push-hello#result",
                "image-registry-push-page#result",
                "registry-certificate-certificate#certPem",
                "registry-certificate-key#privateKeyPem",
            ],
            rekor: ["transparency-log-key#privateKeyPemPkcs8"],
            "tekton-chains-controller": ["registry-certificate-authority#certPem"],
        });
    });

    it("gives each namespace the registry's credential of its own source repository, and that of promoting to no build", () => {
        const held = kubernetesObjects(plan)
            .filter(
                ({ kind, resource }) =>
                    kind === "Secret" && JSON.stringify(resource.inputs).includes("::image-registry-"),
            )
            .map(({ name, namespace, resource }) => [
                `${String(namespace)}/${name}`,
                [...JSON.stringify(resource.inputs).matchAll(/::image-registry-([a-z-]+)#/g)].map(([, of]) => of),
            ]);
        expect(Object.fromEntries(held)).toEqual({
            "builds-crane/registry-credentials": ["push-crane"],
            "builds-hello/registry-credentials": ["push-hello"],
            "builds-page/registry-credentials": ["push-page"],
            "tekton-chains/registry-credentials": ["chains"],
            "image-registry/promote-crane": ["promote-crane"],
            "image-registry/promote-hello": ["promote-hello"],
            "image-registry/promote-page": ["promote-page"],
            "image-registry/push-identities": [
                "salt",
                "chains",
                "promote-crane",
                "promote-hello",
                "promote-page",
                "push-crane",
                "push-hello",
                "push-page",
            ],
        });
    });

    it("lets a trigger cancel runs where `cancelOlder` is on, and nowhere else", () => {
        const verbs = kubernetesObjects(plan)
            .filter(({ kind, name }) => kind === "Role" && name === "merge-trigger")
            .map(({ namespace, resource }) => [namespace, valueAt(resource.inputs, ["rules", "0", "verbs"])]);
        const starting = ["create", "get", "list", "watch", "patch"];
        expect(Object.fromEntries(verbs)).toEqual({
            "builds-crane": starting,
            "builds-hello": starting,
            "builds-page": [...starting, "cancel"],
        });
    });

    it("runs every image of images.lock.json: one that nobody runs would be resolved and mirrored for nothing", () => {
        const lock = readImagesLock(PROJECT_FOLDER);
        const planned = JSON.stringify(plan.resources);
        const idle = imageNames(lock).filter((name) => !planned.includes(lockedReference(lock, name)));
        expect(idle).toEqual([]);
    });

    it("runs a script only in an image that is locked with a shell", () => {
        const { images } = readImagesLock(PROJECT_FOLDER);
        const shells = new Map(
            imageNames({ images }).map((name) => [lockedReference({ images }, name), images[name].shell]),
        );
        const declared = (kind: string): unknown[] =>
            kubernetesObjects(plan)
                .filter((object) => object.kind === kind)
                .map(({ resource }) => resource.inputs);
        const tasks = declared("Task").flatMap((task) => valueAt(task, ["spec", "steps"]) as Scripted[]);
        expect(tasks.map(({ image, command }) => [image, ...command.slice(0, 2)])).toEqual(
            tasks.map(({ image }) => [image, shells.get(image), "-c"]),
        );
        const merge = kubernetesObjects(plan).find(
            ({ name, kind }) => name === "merge-trigger" && kind === "ConfigMap",
        );
        const steps = JSON.parse(String(valueAt(merge?.resource.inputs, ["data", "steps.json"]))) as {
            image: string;
        }[];
        expect(steps.map(({ image }) => shells.get(image))).toEqual([
            "/bin/sh",
            "/bin/sh",
            "/busybox/sh",
            "/bin/sh",
            "/busybox/sh",
        ]);
        expect(tasks.length).toBe(10);
    });

    it("puts every object under the cluster's own provider, never an ambient one", () => {
        const providers = new Set(kubernetesObjects(plan).map(({ resource }) => resource.provider));
        expect([...providers]).toEqual(["urn:pulumi:local::slsa-build-platform::pulumi:providers:kubernetes::cluster"]);
    });

    it("starts Chains only when its signing key is there, and removes runs before Chains", () => {
        const named = (name: string): string =>
            plan.resources.find((candidate) => candidate.name === name)?.urn ?? `no ${name}`;
        const chains = named("tekton-chains/Deployment/tekton-chains/tekton-chains-controller");
        expect(waitsFor(plan, chains)).toContain(named("tekton-chains-signing-key"));
        // Pulumi deletes in reverse order.
        expect(waitsFor(plan, named("builds-crane-namespace"))).toContain(chains);
    });
});
