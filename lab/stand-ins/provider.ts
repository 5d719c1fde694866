import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serveOnLoopback, type LoopbackServer } from "../loopback-server";
import { engineHost } from "./host";
import { decode, encode } from "./property";
import { InitializationError } from "./stand-in";
import type { Change, CheckFailure, Difference, Existing, StandIn, Subject } from "./stand-in";

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

const kinds: Record<Change, [proto.PropertyDiff.Kind, proto.PropertyDiff.Kind]> = {
    add: [proto.PropertyDiff.Kind.ADD, proto.PropertyDiff.Kind.ADD_REPLACE],
    update: [proto.PropertyDiff.Kind.UPDATE, proto.PropertyDiff.Kind.UPDATE_REPLACE],
    delete: [proto.PropertyDiff.Kind.DELETE, proto.PropertyDiff.Kind.DELETE_REPLACE],
};

/**
 * Serves a stand-in over the protocol that the Pulumi engine speaks with its providers. The SDK's ready-made server is not
 * used because it drops the provider's configuration (the kubeconfig) and the preview flag.
 *
 * @param engineAddress where the engine takes log messages; none: they are dropped
 * @returns the loopback port, which the engine reads from the first line of the plugin's output, and how to stop
 */
export function serve(standIn: StandIn, engineAddress?: string): Promise<LoopbackServer> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    server.addService(ResourceProviderService, implementation(standIn, engineAddress));
    return serveOnLoopback(server);
}

function implementation(standIn: StandIn, engineAddress: string | undefined): grpc.UntypedServiceImplementation {
    const cancel = new AbortController();
    const host = engineHost(engineAddress);
    const unimplemented: grpc.handleUnaryCall<unknown, unknown> = (_call, callback) => {
        callback({ code: grpc.status.UNIMPLEMENTED, details: "This stand-in provider does not serve this call." });
    };
    return {
        handshake: unary(() => new proto.ProviderHandshakeResponse().setAcceptSecrets(true)),
        getSchema: unimplemented,
        parameterize: unimplemented,
        invoke: unimplemented,
        call: unimplemented,
        construct: unimplemented,
        attach: unimplemented,
        getMapping: unimplemented,
        getMappings: unimplemented,
        list: unimplemented,
        getPluginInfo: unary(() => new PluginInfo().setVersion(standIn.version)),
        cancel: unary(() => {
            cancel.abort(new Error("The engine was asked to stop."));
            return new Empty();
        }),
        checkConfig: unary((request: proto.CheckRequest) =>
            checkResponse({
                inputs: decode(request.getNews()),
                failures: standIn.checkConfig(decode(request.getNews())),
            }),
        ),
        diffConfig: unary((request: proto.DiffRequest) => {
            const olds = request.getOldInputs() ?? request.getOlds();
            return diffResponse(standIn.diffConfig(decode(olds), decode(request.getNews())));
        }),
        configure: unary((request: proto.ConfigureRequest) => {
            standIn.configure(decode(request.getArgs()), host, cancel.signal);
            return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
        }),
        check: unary((request: proto.CheckRequest) =>
            checkResponse(standIn.check({ ...subject(request), news: decode(request.getNews()) })),
        ),
        diff: unary(async (request: proto.DiffRequest) =>
            diffResponse(
                await standIn.diff({
                    ...existing(request, request.getOlds(), request.getOldInputs()),
                    news: decode(request.getNews()),
                    ignoreChanges: request.getIgnorechangesList(),
                }),
            ),
        ),
        create: unary(async (request: proto.CreateRequest) => {
            const { id, outputs } = await standIn.create({
                ...subject(request),
                news: decode(request.getProperties()),
                preview: request.getPreview(),
                timeoutSeconds: request.getTimeout(),
            });
            return new proto.CreateResponse().setId(id).setProperties(encode(outputs));
        }),
        read: unary(async (request: proto.ReadRequest) => {
            const found = await standIn.read(existing(request, request.getProperties(), request.getInputs()));
            return found === undefined
                ? new proto.ReadResponse()
                : new proto.ReadResponse()
                      .setId(found.id)
                      .setProperties(encode(found.outputs))
                      .setInputs(encode(found.inputs));
        }),
        update: unary(async (request: proto.UpdateRequest) => {
            const outputs = await standIn.update({
                ...existing(request, request.getOlds(), request.getOldInputs()),
                news: decode(request.getNews()),
                preview: request.getPreview(),
                ignoreChanges: request.getIgnorechangesList(),
                timeoutSeconds: request.getTimeout(),
            });
            return new proto.UpdateResponse().setProperties(encode(outputs));
        }),
        delete: unary(async (request: proto.DeleteRequest) => {
            await standIn.delete({
                ...existing(request, request.getProperties(), request.getOldInputs()),
                timeoutSeconds: request.getTimeout(),
            });
            return new Empty();
        }),
    };
}

function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        // The promise is made here so that a handler that throws at once is treated like one that rejects.
        Promise.resolve()
            .then(() => handler(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(serviceError(error));
                },
            );
    };
}

/** The engine learns that a resource exists but is not ready from a detail that travels beside the error. */
function serviceError(error: unknown): Partial<grpc.StatusObject> {
    const details = error instanceof Error ? error.message : String(error);
    if (!(error instanceof InitializationError)) {
        return { code: grpc.status.UNKNOWN, details };
    }
    const failed = new proto.ErrorResourceInitFailed()
        .setId(error.id)
        .setProperties(encode(error.outputs))
        .setInputs(encode(error.inputs))
        .setReasonsList([...error.reasons]);
    const any = new Any();
    any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(details);
    status.addDetails(any);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return { code: grpc.status.UNKNOWN, details, metadata };
}

function subject(request: { getUrn(): string }): Subject {
    // urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME
    const urn = request.getUrn();
    const type = urn.split("::")[2]?.split("$").pop();
    if (type === undefined) {
        throw new Error(`"${urn}" is not the URN of a resource: it has no type.`);
    }
    return { type, urn };
}

function existing(
    request: { getUrn(): string; getId(): string },
    outputs: Parameters<typeof decode>[0],
    inputs: Parameters<typeof decode>[0],
): Existing {
    return { ...subject(request), id: request.getId(), oldOutputs: decode(outputs), oldInputs: decode(inputs) };
}

function checkResponse(checked: {
    inputs: Parameters<typeof encode>[0];
    failures: CheckFailure[];
}): proto.CheckResponse {
    return new proto.CheckResponse()
        .setInputs(encode(checked.inputs))
        .setFailuresList(
            checked.failures.map((failure) =>
                new proto.CheckFailure().setProperty(failure.property ?? "").setReason(failure.reason),
            ),
        );
}

function diffResponse({ changes, replaces, deleteBeforeReplace }: Difference): proto.DiffResponse {
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    const response = new proto.DiffResponse()
        .setChanges(changes.size === 0 ? DIFF_NONE : DIFF_SOME)
        .setDiffsList([...new Set([...changes.keys()].map((path) => path.split(/[.[]/)[0] ?? path))])
        .setReplacesList([...replaces])
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
    for (const [path, change] of changes) {
        const kind = kinds[change][replaces.includes(path) ? 1 : 0];
        response.getDetaileddiffMap().set(path, new proto.PropertyDiff().setKind(kind));
    }
    return response;
}
