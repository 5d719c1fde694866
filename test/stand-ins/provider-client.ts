import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serve } from "../../lab/stand-ins/provider";
import { decode, encode } from "../../lab/stand-ins/property";
import type { PropertyMap } from "../../lab/stand-ins/property";
import type { StandIn } from "../../lab/stand-ins/stand-in";

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** What a provider answers to a diff. */
export interface DiffAnswer {
    readonly changes: proto.DiffResponse.DiffChanges;
    readonly replaces: string[];
    readonly deleteBeforeReplace: boolean;
    readonly paths: string[];
}

/** Speaks to a stand-in over its real protocol, as the engine does. */
export interface ProviderClient {
    readonly raw: ResourceProviderClient;
    configure(config: PropertyMap): Promise<proto.ConfigureResponse>;
    checkConfig(news: PropertyMap): Promise<string[]>;
    check(type: string, news: PropertyMap): Promise<{ inputs: PropertyMap; failures: string[] }>;
    diff(type: string, olds: PropertyMap, oldInputs: PropertyMap, news: PropertyMap): Promise<DiffAnswer>;
    create(type: string, news: PropertyMap, preview?: boolean): Promise<{ id: string; outputs: PropertyMap }>;
    read(type: string, id: string, outputs: PropertyMap, inputs: PropertyMap): Promise<proto.ReadResponse>;
    stop(): void;
}

/** Serves a stand-in in this process and connects to it. */
export async function connect(standIn: StandIn): Promise<ProviderClient> {
    const { port, stop } = await serve(standIn);
    const raw = new ResourceProviderClient(`127.0.0.1:${port.toString()}`, grpc.credentials.createInsecure());
    return {
        raw,
        configure: (config) => {
            const request = new proto.ConfigureRequest().setArgs(encode(config)).setAcceptsecrets(true);
            return call<proto.ConfigureResponse>((done) => raw.configure(request, done));
        },
        checkConfig: async (news) => {
            const request = new proto.CheckRequest().setUrn(urn("pulumi:providers:p")).setNews(encode(news));
            return failures(await call<proto.CheckResponse>((done) => raw.checkConfig(request, done)));
        },
        check: async (type, news) => {
            const request = new proto.CheckRequest().setUrn(urn(type)).setNews(encode(news));
            const response = await call<proto.CheckResponse>((done) => raw.check(request, done));
            return { inputs: decode(response.getInputs()), failures: failures(response) };
        },
        diff: async (type, olds, oldInputs, news) => {
            const request = new proto.DiffRequest()
                .setUrn(urn(type))
                .setId("id")
                .setOlds(encode(olds))
                .setOldInputs(encode(oldInputs))
                .setNews(encode(news));
            const response = await call<proto.DiffResponse>((done) => raw.diff(request, done));
            return {
                changes: response.getChanges(),
                replaces: response.getReplacesList(),
                deleteBeforeReplace: response.getDeletebeforereplace(),
                paths: response
                    .getDetaileddiffMap()
                    .toArray()
                    .map(([path]) => path),
            };
        },
        create: async (type, news, preview = false) => {
            const request = new proto.CreateRequest().setUrn(urn(type)).setProperties(encode(news)).setPreview(preview);
            const response = await call<proto.CreateResponse>((done) => raw.create(request, done));
            return { id: response.getId(), outputs: decode(response.getProperties()) };
        },
        read: (type, id, outputs, inputs) => {
            const request = new proto.ReadRequest()
                .setUrn(urn(type))
                .setId(id)
                .setProperties(encode(outputs))
                .setInputs(encode(inputs));
            return call<proto.ReadResponse>((done) => raw.read(request, done));
        },
        stop: () => {
            raw.close();
            stop();
        },
    };
}

/** One call; rejects with the service's error. */
export function call<Response>(method: (callback: Callback<Response>) => void): Promise<Response> {
    return new Promise((resolve, reject) => {
        method((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}

/** The URN of a resource in a stack of its own. */
export function urn(type: string): string {
    return `urn:pulumi:test::project::${type}::name`;
}

/** A request without content. */
export const nothing = new Empty();

function failures(response: proto.CheckResponse): string[] {
    return response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
}
