import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import protocol from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PlannedResource } from "../requirements/snapshot";
import { ORIGIN } from "./origins";

/** A registration as the protocol carries it: unknown and secret values still in the protocol's own form. */
export interface Registration extends PlannedResource {
    custom: boolean;
    wireInputs: Record<string, unknown>;
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;

/**
 * A Pulumi resource monitor and engine that record what a program registers and deploy nothing: what `pulumi preview`
 * would be told, without the CLI. Speaks the SDK's own protocol (pulumi/proto/pulumi/{resource,engine}.proto), so that
 * parents, dependencies, providers and protection are what the program says.
 */
export class PlanMonitor {
    readonly registrations: Registration[] = [];
    readonly outputs = new Map<string, Record<string, unknown>>();
    readonly errors: string[] = [];
    private readonly server = new grpc.Server();
    private rootUrn = "";

    /**
     * @param computed - properties that a provider fills in, by type and name of the resource; see plan/origins.ts
     */
    constructor(
        private readonly project: string,
        private readonly stack: string,
        private readonly computed: (type: string, name: string) => readonly string[],
    ) {}

    /** Listens on a Unix socket: a plan needs no network, not even loopback. */
    async listen(socket: string): Promise<string> {
        this.server.addService(ResourceMonitorService, {
            supportsFeature: this.answer((request: protocol.SupportsFeatureRequest) => {
                const response = new protocol.SupportsFeatureResponse();
                response.setHassupport(FEATURES.has(request.getId()));
                return response;
            }),
            registerResource: this.answer((request: protocol.RegisterResourceRequest) => this.register(request)),
            registerResourceOutputs: this.answer((request: protocol.RegisterResourceOutputsRequest) => {
                this.outputs.set(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
                return new Empty();
            }),
            invoke: this.answer((request: protocol.ResourceInvokeRequest) => refuse("invoke", request.getTok())),
            call: this.answer((request: protocol.ResourceCallRequest) => refuse("call", request.getTok())),
            readResource: this.answer((request: protocol.ReadResourceRequest) => refuse("read", request.getType())),
            signalAndWaitForShutdown: this.answer(() => new Empty()),
        });
        this.server.addService(EngineService, {
            log: this.answer((request: engine.LogRequest) => {
                if (request.getSeverity() === engine.LogSeverity.ERROR) {
                    this.errors.push(request.getMessage());
                }
                return new Empty();
            }),
            getRootResource: this.answer(() => {
                const response = new engine.GetRootResourceResponse();
                response.setUrn(this.rootUrn);
                return response;
            }),
            setRootResource: this.answer((request: engine.SetRootResourceRequest) => {
                this.rootUrn = request.getUrn();
                return new engine.SetRootResourceResponse();
            }),
            requirePulumiVersion: this.answer(() => new engine.RequirePulumiVersionResponse()),
        });
        const address = `unix:${socket}`;
        await new Promise<void>((resolve, reject) => {
            this.server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
                if (error === null) {
                    resolve();
                } else {
                    reject(error);
                }
            });
        });
        return address;
    }

    close(): void {
        this.server.forceShutdown();
    }

    /** Answers a call; a refusal is kept, because the SDK does not always hand it to the program. */
    private answer<Request, Response>(handle: (request: Request) => Response) {
        return (call: Call<Request>, callback: grpc.sendUnaryData<Response>): void => {
            try {
                callback(null, handle(call.request));
            } catch (error) {
                const details = error instanceof Error ? error.message : String(error);
                this.errors.push(details);
                callback({ code: grpc.status.INVALID_ARGUMENT, details });
            }
        };
    }

    private register(request: protocol.RegisterResourceRequest): protocol.RegisterResourceResponse {
        const type = request.getType();
        const name = request.getName();
        const urn = this.urn(request.getParent(), type, name);
        if (this.registrations.some((earlier) => earlier.urn === urn)) {
            throw new Error(`two resources have the URN ${urn}: give one of them another name`);
        }
        const object = request.getObject();
        const parent = request.getParent();
        const provider = request.getProvider();
        this.registrations.push({
            urn,
            type,
            name,
            ...(parent === "" ? {} : { parent }),
            inputs: {},
            wireInputs: object?.toJavaScript() ?? {},
            dependencies: realUrns(request.getDependenciesList()),
            propertyDependencies: Object.fromEntries(
                [...request.getPropertydependenciesMap().entries()]
                    .map(([key, urns]) => [key, realUrns(urns.getUrnsList())] as const)
                    .filter(([, urns]) => urns.length > 0)
                    .sort(([a], [b]) => a.localeCompare(b)),
            ),
            ...(provider === "" ? {} : { provider: provider.split("::").slice(0, 4).join("::") }),
            protect: request.getProtect() ?? false,
            custom: request.getCustom(),
        });
        const response = new protocol.RegisterResourceResponse();
        response.setUrn(urn);
        const computed = this.computed(type, name);
        response.setObject(
            Struct.fromJavaScript({
                ...object?.toJavaScript(),
                ...Object.fromEntries(computed.map((property) => [property, UNKNOWN_ON_WIRE])),
            }),
        );
        for (const property of computed) {
            const origin = new protocol.RegisterResourceResponse.PropertyDependencies();
            origin.setUrnsList([`${urn}${ORIGIN}${property}`]);
            response.getPropertydependenciesMap().set(property, origin);
        }
        return response;
    }

    /** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
    private urn(parent: string, type: string, name: string): string {
        const parentType = parent.split("::")[2] ?? "";
        const qualified = parentType === "" || parentType === "pulumi:pulumi:Stack" ? type : `${parentType}$${type}`;
        return ["urn:pulumi:" + this.stack, this.project, qualified, name].join("::");
    }
}

/** The value that stands for an unknown in the protocol: pulumi/sdk/nodejs/runtime/rpc.ts. */
export const UNKNOWN_ON_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const FEATURES = new Set(["secrets", "aliasSpecs", "deletedWith"]);

function realUrns(urns: readonly string[]): string[] {
    return [...new Set(urns.filter((urn) => !urn.includes(ORIGIN)))].sort();
}

function refuse(what: string, token: string): never {
    throw new Error(`${what} of ${token}: a plan asks nothing of a provider; make the value a setting instead`);
}
