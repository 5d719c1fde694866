import * as grpc from "@grpc/grpc-js";

/** A gRPC server that only this machine reaches. */
export interface LoopbackServer {
    readonly port: number;
    /** Ends it and every call that is open. */
    readonly stop: () => void;
}

/** Starts a gRPC server on a free port of the loopback address. */
export async function serveOnLoopback(server: grpc.Server): Promise<LoopbackServer> {
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error) {
                reject(error);
            } else {
                resolve(bound);
            }
        });
    });
    return {
        port,
        stop: () => {
            server.forceShutdown();
        },
    };
}
