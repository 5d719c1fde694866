import { isJsonMap, text } from "../property";
import type { JsonMap } from "../property";
import type { ApiServer } from "./api-server";
import { at, identity, mapsAt, numberAt, textAt } from "./object";

const lastEvents = 6;

/**
 * Why an object does not work, as far as the cluster tells: its conditions, the state of its pods' containers, and the last
 * events of both. It never fails: an explanation that cannot be had is left out.
 */
export async function explain(object: JsonMap, api: ApiServer): Promise<string[]> {
    const { namespace, kind } = identity(object);
    const conditions = mapsAt(object, "status", "conditions")
        .filter((entry) => textAt(entry, "status") !== "True" && textAt(entry, "message") !== "")
        .map((entry) => `condition ${textAt(entry, "type")}: ${textAt(entry, "message")}`);
    if (namespace === undefined) {
        return conditions;
    }
    const pods = kind === "Pod" ? [object] : await podsOf(object, namespace, api);
    return [
        ...conditions,
        ...pods.flatMap(containerStates),
        ...(await eventsOf(identity(object).name, namespace, api)),
    ];
}

async function podsOf(object: JsonMap, namespace: string, api: ApiServer): Promise<JsonMap[]> {
    const labels = at(object, "spec", "selector", "matchLabels");
    if (!isJsonMap(labels)) {
        return [];
    }
    const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${text(value)}`)
        .join(",");
    return list(api, `/api/v1/namespaces/${namespace}/pods`, { labelSelector });
}

function containerStates(pod: JsonMap): string[] {
    const containers = [
        ...mapsAt(pod, "status", "initContainerStatuses"),
        ...mapsAt(pod, "status", "containerStatuses"),
    ];
    return containers.flatMap((container) => {
        const waiting = at(container, "state", "waiting");
        const ended = at(container, "state", "terminated") ?? at(container, "lastState", "terminated");
        const state = waiting ?? ended;
        const reason = textAt(state, "reason");
        if (state === undefined || reason === "Completed") {
            return [];
        }
        const code = ended === undefined ? "" : `, exit code ${numberAt(ended, "exitCode").toString()}`;
        const message = textAt(state, "message");
        return [
            `container ${textAt(container, "name")} of pod ${identity(pod).name}: ${reason}${code}${message && `: ${message}`}`,
        ];
    });
}

async function eventsOf(name: string, namespace: string, api: ApiServer): Promise<string[]> {
    const events = await list(api, `/api/v1/namespaces/${namespace}/events`, {});
    return events
        .map((event) => ({ about: textAt(event, "involvedObject", "name"), event }))
        .filter(({ about }) => about === name || about.startsWith(`${name}-`)) // its ReplicaSets and pods are called after it
        .slice(-lastEvents)
        .map(
            ({ about, event }) =>
                `event of ${textAt(event, "involvedObject", "kind")} ${about}: ${textAt(event, "message")}`,
        );
}

async function list(api: ApiServer, path: string, query: Record<string, string>): Promise<JsonMap[]> {
    return api.send("GET", path, query).then(
        (answer) => mapsAt(answer, "items"),
        () => [],
    );
}
