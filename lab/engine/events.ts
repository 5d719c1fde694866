import * as grpc from "@grpc/grpc-js";
import { EventsService } from "@pulumi/pulumi/proto/events_grpc_pb";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { z } from "zod";
import { serveOnLoopback } from "../loopback-server";

/** How many resources an operation created, updated, replaced, deleted or left as they were. */
export type Changes = Readonly<Record<string, number>>;

/** What an operation did to one resource. */
export interface Step {
    readonly urn: string;
    /** `create`, `update`, `replace`, `delete`, `same`, `refresh` ... */
    readonly op: string;
}

/** What a run of the engine told about itself. */
export interface Events {
    readonly changes: Changes;
    /** What changed: every step but `same`. */
    readonly steps: readonly Step[];
    /** The messages of errors, each with the resource that it is about. */
    readonly errors: readonly string[];
}

const event = z.looseObject({
    summaryEvent: z.looseObject({ resourceChanges: z.record(z.string(), z.number()).optional() }).optional(),
    diagnosticEvent: z
        .looseObject({ urn: z.string().optional(), severity: z.string(), message: z.string() })
        .optional(),
    resourcePreEvent: z.looseObject({ metadata: z.looseObject({ op: z.string(), urn: z.string() }) }).optional(),
});

/** A receiver of the CLI's events. */
export interface EventLog {
    /** What `--event-log` is given. */
    readonly address: string;
    /** What was received so far. */
    readonly events: () => Events;
    readonly stop: () => void;
}

/**
 * Receives the events of one run of the CLI on loopback. They go through no file: among them are the SDK's debug messages,
 * which hold secrets in plain text; those are dropped as they come.
 */
export async function eventLog(): Promise<EventLog> {
    const received: string[] = [];
    const streamEvents: grpc.handleClientStreamingCall<EventRequest, Empty> = (call, callback) => {
        call.on("data", (request: EventRequest) => {
            const text = request.getEvent();
            if (event.parse(JSON.parse(text)).diagnosticEvent?.severity !== "debug") {
                received.push(text);
            }
        });
        call.on("end", () => {
            callback(null, new Empty());
        });
    };
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    server.addService(EventsService, { streamEvents });
    const { port, stop } = await serveOnLoopback(server);
    return { address: `tcp://127.0.0.1:${port.toString()}`, events: () => readEvents(received), stop };
}

/**
 * Reads events, each one JSON object.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
 */
export function readEvents(texts: readonly string[]): Events {
    const events = texts.map((text) => event.parse(JSON.parse(text)));
    return {
        changes: events.reduce<Changes>((last, { summaryEvent }) => summaryEvent?.resourceChanges ?? last, {}),
        steps: events.flatMap(({ resourcePreEvent: step }) =>
            step === undefined || step.metadata.op === "same" ? [] : [{ urn: step.metadata.urn, op: step.metadata.op }],
        ),
        errors: events.flatMap(({ diagnosticEvent: told }) =>
            told?.severity === "error" ? [`${nameOf(told.urn ?? "")}${withoutColours(told.message).trim()}`] : [],
        ),
    };
}

function nameOf(urn: string): string {
    const [, , types = "", name] = urn.split("::");
    return name === undefined ? "" : `${types.split("$").pop() ?? ""} ${name}: `;
}

/** The engine marks colours as `<{%red%}>`. */
function withoutColours(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "");
}
