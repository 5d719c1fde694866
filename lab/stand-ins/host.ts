import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Host } from "./stand-in";

/**
 * The engine's log, seen from a provider.
 * @param engineAddress `host:port`, the plugin's first argument; none: messages are dropped
 */
export function engineHost(engineAddress: string | undefined): Host {
    if (engineAddress === undefined || engineAddress === "") {
        return { warn: () => undefined, status: () => undefined };
    }
    const client = new EngineClient(engineAddress, grpc.credentials.createInsecure());
    const send = (urn: string, message: string, severity: LogSeverity, ephemeral: boolean): void => {
        const request = new LogRequest().setUrn(urn).setMessage(message).setSeverity(severity).setEphemeral(ephemeral);
        // A message that the engine does not take any more is not worth failing an update for.
        client.log(request, () => undefined);
    };
    return {
        warn: (urn, message) => {
            send(urn, message, LogSeverity.WARNING, false);
        },
        status: (urn, message) => {
            send(urn, message, LogSeverity.INFO, true);
        },
    };
}
