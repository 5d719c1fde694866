import { randomBytes } from "node:crypto";
import { hasUnknown } from "../property";
import type { Json, JsonMap, PropertyMap } from "../property";
import { packageVersion } from "../package-version";
import { InitializationError, noDifference } from "../stand-in";
import type { CheckFailure, Difference, Existing, Host, ReadResult, StandIn } from "../stand-in";
import { ApiError, ApiServer } from "./api-server";
import { Cluster } from "./cluster";
import type { Target } from "./cluster";
import { compare, isAsDeclared } from "./compare";
import { declared, ignoring, prune } from "./difference";
import { connection } from "./kubeconfig";
import { masked } from "./mask";
import { idOf, identity, kindOf, normalize, parseId, textAt, toObject, toOutputs } from "./object";
import { checkSettings, settings } from "./settings";
import type { Settings } from "./settings";
import { NotReadyError, untilGone, untilReady } from "./wait";
import type { Wait } from "./wait";

/** The output in which the state keeps under whose name the object is applied; the real provider calls it so too. */
const fieldManagerOutput = "__fieldManager";

/** The stand-in for the provider of `@pulumi/kubernetes`; see README.md for what it does like the real one and what not. */
export class Kubernetes implements StandIn {
    readonly version = packageVersion("kubernetes");
    private configured: { cluster: Cluster; settings: Settings; host: Host; cancelled: AbortSignal } | undefined;

    checkConfig(news: PropertyMap): CheckFailure[] {
        return checkSettings(news);
    }

    diffConfig(olds: PropertyMap, news: PropertyMap): Difference {
        const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
            (name) =>
                JSON.stringify(toObject({ value: olds[name] ?? null })) !==
                JSON.stringify(toObject({ value: news[name] ?? null })),
        );
        return { ...noDifference, changes: new Map(changed.map((name) => [name, "update"])) };
    }

    configure(config: PropertyMap, host: Host, cancelled: AbortSignal): void {
        const set = settings(config);
        const { namespace, ...how } = connection(set.kubeconfig, set.context);
        const api = new ApiServer({ ...how, namespace: set.namespace ?? namespace });
        this.configured = { cluster: new Cluster(api), settings: set, host, cancelled };
    }

    check({ type, news }: Parameters<StandIn["check"]>[0]): ReturnType<StandIn["check"]> {
        const { apiVersion, kind } = kindOf(type);
        const inputs = normalize({ apiVersion, kind, ...news });
        const failures: CheckFailure[] = [];
        if (apiVersion.startsWith("helm.sh/") || apiVersion.startsWith("yaml/") || kind.endsWith("List")) {
            failures.push({ reason: `The stand-in does not make ${type}. Declare the objects one by one.` });
        }
        const { metadata } = toObject(inputs);
        if (!hasUnknown(inputs["metadata"] ?? null) && textAt(metadata, "name") === "") {
            const reason = "It has to be set: the stand-in invents no names, and no other names would be audited.";
            failures.push({ property: "metadata.name", reason });
        }
        return { inputs, failures };
    }

    async diff(request: Parameters<StandIn["diff"]>[0]): Promise<Difference> {
        const { cluster, settings: set, host } = this.ready();
        const planned = { ...request, fieldManager: managerOf(request.oldOutputs) };
        return masked(request.news, () =>
            compare(cluster, set, planned, (message) => {
                host.warn(request.urn, message);
            }),
        );
    }

    async create(request: Parameters<StandIn["create"]>[0]): ReturnType<StandIn["create"]> {
        const { news, preview } = request;
        const manager = `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
        return masked(news, async () => {
            if (preview) {
                return { id: "", outputs: await this.previewCreate(request.type, news, manager) };
            }
            const { cluster, settings: set } = this.ready();
            const upsert = kindOf(request.type).isPatch || set.upsertExistingObjects;
            const [target, applied] = await cluster.create(toObject(news), manager, set.enablePatchForce, upsert);
            const live = await this.awaited(request, target, applied, manager);
            return { id: idOf(live), outputs: checkpoint(live, news, manager) };
        });
    }

    async read(request: Existing): Promise<ReadResult | undefined> {
        const { cluster } = this.ready();
        const { id, oldInputs, oldOutputs } = request;
        const target = await cluster.locate({ ...kindOf(request.type), ...parseId(id) });
        const live = target === undefined ? undefined : await cluster.live(target);
        if (live === undefined) {
            return undefined;
        }
        const manager = managerOf(oldOutputs);
        return masked(oldInputs, async () => ({
            id,
            inputs: await this.liveInputs(live, oldInputs, manager),
            outputs: checkpoint(live, oldInputs, manager),
        }));
    }

    async update(request: Parameters<StandIn["update"]>[0]): Promise<PropertyMap> {
        const { news, preview } = request;
        const { cluster, settings: set } = this.ready();
        const fieldManager = managerOf(request.oldOutputs);
        const inputs = toObject(news);
        return masked(news, async () => {
            const target = hasUnknown(news) ? undefined : await cluster.locate(identity(inputs));
            const live = target === undefined ? undefined : await cluster.live(target);
            if (target === undefined || live === undefined) {
                if (preview) {
                    return news;
                }
                throw new Error(
                    `${request.id} is not in the cluster any more. Run \`pulumi refresh\`, then it is made again.`,
                );
            }
            const object = ignoring(inputs, live, request.ignoreChanges);
            const how = { fieldManager, force: set.enablePatchForce, dryRun: preview };
            const applied = await cluster.update(target, live, object, how);
            const after = preview ? applied : await this.awaited(request, target, applied, fieldManager);
            return checkpoint(after, news, fieldManager);
        });
    }

    async delete(request: Parameters<StandIn["delete"]>[0]): Promise<void> {
        const { cluster } = this.ready();
        const { isPatch, ...kind } = kindOf(request.type);
        const target = await cluster.locate({ ...kind, ...parseId(request.id) });
        const live = target === undefined ? undefined : await cluster.live(target);
        if (target === undefined || live === undefined) {
            return;
        }
        if (isPatch) {
            const { apiVersion, metadata } = { ...kind, metadata: { name: target.name } };
            const nothing = { apiVersion, kind: kind.kind, metadata };
            const fieldManager = managerOf(request.oldOutputs);
            await cluster.apply(target, nothing, { fieldManager, force: true, dryRun: false });
            return;
        }
        await cluster.delete(target, live);
        await untilGone(textAt(live, "metadata", "uid"), this.wait(request, target));
    }

    /** Asks the server what would come out, where it can be asked: its namespace and kind may come in the same update. */
    private async previewCreate(type: string, news: PropertyMap, fieldManager: string): Promise<PropertyMap> {
        const { cluster } = this.ready();
        const object = toObject(news);
        const target = hasUnknown(news) || kindOf(type).isPatch ? undefined : await cluster.locate(identity(object));
        // An object that is there is about to be replaced, or the update will say that it exists.
        if (target === undefined || (await cluster.live(target)) !== undefined) {
            return news;
        }
        try {
            const made = await cluster.apply(target, object, { fieldManager, force: true, dryRun: true });
            return checkpoint(declared(made), news, fieldManager);
        } catch (error) {
            const isEarly = error instanceof ApiError && error.code === 404 && error.kind === "namespaces";
            const isForbidden = error instanceof ApiError && error.code === 403 && error.reason === "Forbidden";
            if (isEarly || isForbidden) {
                return news;
            }
            throw error;
        }
    }

    private async liveInputs(live: JsonMap, oldInputs: PropertyMap, manager: string): Promise<PropertyMap> {
        const inputs = toObject(oldInputs);
        if (Object.keys(inputs).length === 0) {
            return toOutputs(declared(live), {});
        }
        if (await isAsDeclared(this.ready().cluster, live, inputs, manager)) {
            return oldInputs;
        }
        const pruned: Json = prune(live, inputs);
        return toOutputs(pruned as JsonMap, oldInputs);
    }

    /** Waits for what was applied. When that is in vain the state keeps the object all the same, with the reasons. */
    private async awaited(
        request: { urn: string; news: PropertyMap; timeoutSeconds: number },
        target: Target,
        applied: JsonMap,
        manager: string,
    ): Promise<JsonMap> {
        try {
            return await untilReady(applied, this.wait(request, target));
        } catch (error) {
            if (error instanceof NotReadyError) {
                const outputs = checkpoint(error.object, request.news, manager);
                throw new InitializationError(idOf(error.object), outputs, request.news, error.reasons);
            }
            throw error;
        }
    }

    private wait(request: { urn: string; timeoutSeconds: number }, target: Target): Wait {
        const { cluster, host, cancelled } = this.ready();
        return {
            api: cluster.api,
            path: target.path,
            timeoutSeconds: request.timeoutSeconds,
            cancelled,
            status: (message) => {
                host.status(request.urn, message);
            },
        };
    }

    private ready() {
        if (this.configured === undefined) {
            throw new Error("The kubernetes stand-in was not configured: the engine has to send a kubeconfig first.");
        }
        return this.configured;
    }
}

function checkpoint(live: JsonMap, inputs: PropertyMap, manager: string): PropertyMap {
    return { ...toOutputs(live, inputs), [fieldManagerOutput]: manager };
}

function managerOf(outputs: PropertyMap): string {
    const name = outputs[fieldManagerOutput];
    return typeof name === "string" ? name : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
