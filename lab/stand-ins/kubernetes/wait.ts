import { setTimeout as sleep } from "node:timers/promises";
import type { JsonMap } from "../property";
import { ApiError } from "./api-server";
import type { ApiServer } from "./api-server";
import { explain } from "./explain";
import { annotated, at, identity, textAt } from "./object";
import { readiness, skipAwait } from "./readiness";

/** How long an object may take when the program does not say: the real provider's own limit. */
export const defaultTimeoutSeconds = 600;

const interval = 250;

/** What a wait needs to know. */
export interface Wait {
    readonly api: ApiServer;
    /** Where the object is read. */
    readonly path: string;
    /** 0: {@link defaultTimeoutSeconds}. */
    readonly timeoutSeconds: number;
    readonly cancelled: AbortSignal;
    /** Told what is waited for, whenever that changes. */
    readonly status: (message: string) => void;
}

/** The wait was in vain; `object` is how the object was seen last. */
export class NotReadyError extends Error {
    constructor(
        readonly object: JsonMap,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}

/**
 * Waits until an object works.
 * @param applied the object as the server answered
 * @returns the live object
 * @throws NotReadyError with what was waited for, the last events and the state of the pods
 */
export async function untilReady(applied: JsonMap, wait: Wait): Promise<JsonMap> {
    if (annotated(applied, skipAwait, "true")) {
        return applied;
    }
    const limit = wait.timeoutSeconds || defaultTimeoutSeconds;
    const end = Date.now() + limit * 1000;
    let object = applied;
    let said = "";
    for (;;) {
        const state = await readiness(object, wait.api);
        if (state.ready) {
            return object;
        }
        if (state.failed === true || Date.now() >= end || wait.cancelled.aborted) {
            const { kind, name } = identity(object);
            const why =
                state.failed === true ? "" : ` after ${wait.cancelled.aborted ? "the stop" : `${limit.toString()} s`}`;
            const reasons = await explain(object, wait.api);
            throw new NotReadyError(object, [`${kind} ${name} is not ready${why}: ${state.waitingFor}`, ...reasons]);
        }
        if (state.waitingFor !== said) {
            said = state.waitingFor;
            wait.status(`waiting for ${said}`);
        }
        await pause(wait.cancelled);
        object = await wait.api.send("GET", wait.path);
    }
}

/**
 * Waits until an object is gone.
 * @param uid of the object that was deleted; one of the same name that came after it is another one
 * @throws when it is still there, with the finalizers that hold it
 */
export async function untilGone(uid: string, wait: Wait): Promise<void> {
    const limit = wait.timeoutSeconds || defaultTimeoutSeconds;
    const end = Date.now() + limit * 1000;
    for (;;) {
        const object = await liveObject(wait.api, wait.path);
        if (object === undefined || textAt(object, "metadata", "uid") !== uid) {
            return;
        }
        if (Date.now() >= end || wait.cancelled.aborted) {
            const { kind, name } = identity(object);
            const finalizers = at(object, "metadata", "finalizers");
            const held = Array.isArray(finalizers) ? finalizers.map(String).join(", ") : "none";
            throw new Error(
                `${kind} ${name} is still there after it was deleted (limit ${limit.toString()} s). ` +
                    `Finalizers that hold it: ${held}. Whoever put them there has to take them off.`,
            );
        }
        wait.status("waiting for it to be gone");
        await pause(wait.cancelled);
    }
}

/** A live object; undefined when there is none. */
export async function liveObject(api: ApiServer, path: string): Promise<JsonMap | undefined> {
    try {
        return await api.send("GET", path);
    } catch (error) {
        if (error instanceof ApiError && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

async function pause(cancelled: AbortSignal): Promise<void> {
    // A stop ends the pause; the loop above then says what was waited for.
    await sleep(interval, undefined, { signal: cancelled }).catch(() => undefined);
}
