import { setTimeout as sleep } from "node:timers/promises";
import type { JsonMap } from "../property";
import { ApiError, objectPath } from "./api-server";
import type { ApiServer } from "./api-server";
import { takeOver } from "./field-managers";
import { annotated, identity, textAt } from "./object";
import type { Identity } from "./object";
import { liveObject } from "./wait";

/** An object's place on the server. */
export interface Target {
    readonly path: string;
    readonly plural: string;
    readonly name: string;
}

/** Who applies, and how. */
export interface Apply {
    readonly fieldManager: string;
    /** Take over fields that somebody else owns. */
    readonly force: boolean;
    /** Have the server answer what would come out, without keeping it. */
    readonly dryRun: boolean;
}

/** Tries to create an object whose namespace or kind is not there yet, as the real provider does: after 1, 2, 4 ... s. */
const createRetries = 5;

const forceAnnotation = "pulumi.com/patchForce";
const propagationAnnotation = "pulumi.com/deletionPropagationPolicy";

/** What the stand-in does with objects, in terms of the API server's verbs. */
export class Cluster {
    constructor(readonly api: ApiServer) {}

    /** @returns undefined when the server does not know the kind */
    async locate({ apiVersion, kind, namespace, name }: Identity): Promise<Target | undefined> {
        const resource = await this.api.resource(apiVersion, kind);
        return resource === undefined
            ? undefined
            : {
                  path: objectPath(apiVersion, resource, namespace ?? this.api.defaultNamespace, name),
                  plural: resource.plural,
                  name,
              };
    }

    /** @returns undefined when there is no such object */
    async live(target: Target): Promise<JsonMap | undefined> {
        return liveObject(this.api, target.path);
    }

    /** A server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
    async apply(target: Target, object: JsonMap, { fieldManager, force, dryRun }: Apply): Promise<JsonMap> {
        const query = { fieldManager, force: String(force), dryRun: dryRun ? "All" : undefined };
        try {
            return await this.api.send("PATCH", target.path, query, {
                type: "application/apply-patch+yaml",
                content: object,
            });
        } catch (error) {
            if (error instanceof ApiError && error.code === 409 && error.reason === "Conflict") {
                const cure = `let go of the field there, or annotate the object with ${forceAnnotation}: "true"`;
                throw new ApiError(
                    409,
                    `${error.message}\nTo mend it: ${cure}.`,
                    error.reason,
                    error.causes,
                    error.kind,
                );
            }
            throw error;
        }
    }

    /**
     * Makes an object that is not there. The server's apply would also change one that is, so it is looked for first.
     * @param upsert take over an object that is there
     */
    async create(object: JsonMap, manager: string, force: boolean, upsert: boolean): Promise<[Target, JsonMap]> {
        for (let tried = 0; ; tried += 1) {
            const target = await this.locate(identity(object));
            try {
                if (target === undefined) {
                    throw new ApiError(404, unknownKind(object), "NotFound", [], "");
                }
                if (!upsert && (await this.live(target)) !== undefined) {
                    throw new ApiError(409, alreadyExists(target), "AlreadyExists", [], target.plural);
                }
                return [
                    target,
                    await this.apply(target, object, {
                        fieldManager: manager,
                        force: forced(object, force),
                        dryRun: false,
                    }),
                ];
            } catch (error) {
                if (!(error instanceof ApiError && error.code === 404 && tried < createRetries)) {
                    throw error;
                }
                await sleep(1000 * 2 ** tried);
            }
        }
    }

    /** Changes an object that is there; what was edited by hand is taken over and put back. */
    async update(
        target: Target,
        live: JsonMap,
        object: JsonMap,
        { fieldManager, force, dryRun }: Apply,
    ): Promise<JsonMap> {
        const managedFields = takeOver(live, fieldManager);
        if (managedFields !== undefined && !dryRun) {
            const resourceVersion = textAt(live, "metadata", "resourceVersion");
            await this.api.send(
                "PATCH",
                target.path,
                {},
                {
                    type: "application/json-patch+json",
                    content: [
                        { op: "replace", path: "/metadata/managedFields", value: managedFields },
                        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
                    ],
                },
            );
        }
        return this.apply(target, object, {
            fieldManager,
            dryRun,
            force: forced(object, force) || (dryRun && managedFields !== undefined),
        });
    }

    /** Deletes this very object, and what it owns before it. */
    async delete(target: Target, live: JsonMap): Promise<void> {
        const given = textAt(live, "metadata", "annotations", propagationAnnotation);
        const propagationPolicy = given === "" ? "Foreground" : `${given.charAt(0).toUpperCase()}${given.slice(1)}`;
        const options = {
            apiVersion: "v1",
            kind: "DeleteOptions",
            propagationPolicy,
            preconditions: { uid: textAt(live, "metadata", "uid") },
        };
        try {
            await this.api.send("DELETE", target.path, {}, { type: "application/json", content: options });
        } catch (error) {
            if (!(error instanceof ApiError && error.code === 404)) {
                throw error;
            }
        }
    }
}

function forced(object: JsonMap, force: boolean): boolean {
    return force || annotated(object, forceAnnotation, "true");
}

function unknownKind(object: JsonMap): string {
    const { apiVersion, kind } = identity(object);
    return `The API server serves no ${kind} of ${apiVersion}. Create its custom resource definition first.`;
}

function alreadyExists({ plural, name }: Target): string {
    return (
        `${plural} "${name}" already exists. Import it (pulumi import), delete it, change single fields of it with a ` +
        "...Patch resource, or set upsertExistingObjects on the provider to take it over."
    );
}
