import * as grpc from "@grpc/grpc-js";
import { EventsClient } from "@pulumi/pulumi/proto/events_grpc_pb";
import { EventRequest } from "@pulumi/pulumi/proto/events_pb";
import { eventLog, readEvents } from "../../lab/engine/events";

const urn = "urn:pulumi:local::project::parent$kubernetes:core/v1:ConfigMap::settings";

test("the events of an operation tell what it changed and what went wrong", () => {
    const events = [
        { sequence: 1, resourcePreEvent: { metadata: { op: "same", urn: "other" } } },
        { sequence: 2, resourcePreEvent: { metadata: { op: "update", urn } } },
        { sequence: 3, diagnosticEvent: { urn, severity: "error", message: "<{%reset%}>refused<{%reset%}>\n" } },
        { sequence: 4, diagnosticEvent: { severity: "warning", message: "not this" } },
        { sequence: 5, summaryEvent: { resourceChanges: { same: 1, update: 1 } } },
    ];
    expect(readEvents(events.map((event) => JSON.stringify(event)))).toEqual({
        changes: { same: 1, update: 1 },
        steps: [{ urn, op: "update" }],
        errors: ["kubernetes:core/v1:ConfigMap settings: refused"],
    });
});

test("an operation that did not start changed nothing", () => {
    expect(readEvents([])).toEqual({ changes: {}, steps: [], errors: [] });
});

test("events are received as the CLI sends them", async () => {
    const log = await eventLog();
    const client = new EventsClient(log.address.replace("tcp://", ""), grpc.credentials.createInsecure());
    try {
        await new Promise<void>((resolve, reject) => {
            const stream = client.streamEvents((error) => {
                if (error === null) {
                    resolve();
                } else {
                    reject(error);
                }
            });
            const sent = [
                { diagnosticEvent: { severity: "debug", message: "a secret" } },
                { summaryEvent: { resourceChanges: { same: 3 } } },
            ];
            for (const event of sent) {
                stream.write(new EventRequest().setEvent(JSON.stringify(event)));
            }
            stream.end();
        });
        expect(log.events().changes).toEqual({ same: 3 });
    } finally {
        client.close();
        log.stop();
    }
});
