import type { PropertyMap } from "./property";

/** Why an input is refused. */
export interface CheckFailure {
    /** The path of the input, such as `metadata.name`; left out when the whole resource is meant. */
    readonly property?: string;
    readonly reason: string;
}

/** What happens to one property. */
export type Change = "add" | "update" | "delete";

/** What an update would change, by property path; empty when it would change nothing. */
export interface Difference {
    readonly changes: ReadonlyMap<string, Change>;
    /** The paths of `changes` that cannot be changed in place. */
    readonly replaces: readonly string[];
    /** Whether the old resource has to go before the new one can come. */
    readonly deleteBeforeReplace: boolean;
}

/** Names a resource: its type token (`kubernetes:core/v1:Secret`) and its URN. */
export interface Subject {
    readonly type: string;
    readonly urn: string;
}

/** A resource that exists, as the state has it. */
export interface Existing extends Subject {
    readonly id: string;
    readonly oldInputs: PropertyMap;
    readonly oldOutputs: PropertyMap;
}

/** A resource as a refresh or an import finds it. */
export interface ReadResult {
    readonly id: string;
    readonly inputs: PropertyMap;
    readonly outputs: PropertyMap;
}

/** Messages to the person at the engine. Neither of them may carry a secret. */
export interface Host {
    warn(urn: string, message: string): void;
    /** What the resource waits for at the moment; replaced by the next one. */
    status(urn: string, message: string): void;
}

/**
 * A resource provider, without the protocol around it. Every method may throw: the message reaches the person as it is.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
export interface StandIn {
    /** The version of the npm package whose provider it stands in for. */
    readonly version: string;
    checkConfig(news: PropertyMap): CheckFailure[];
    diffConfig(olds: PropertyMap, news: PropertyMap): Difference;
    configure(config: PropertyMap, host: Host, cancelled: AbortSignal): void;
    check(request: Subject & { readonly news: PropertyMap }): { inputs: PropertyMap; failures: CheckFailure[] };
    diff(
        request: Existing & { readonly news: PropertyMap; readonly ignoreChanges: readonly string[] },
    ): Promise<Difference>;
    /** @returns the id, which a preview leaves empty, and the outputs */
    create(
        request: Subject & { readonly news: PropertyMap; readonly preview: boolean; readonly timeoutSeconds: number },
    ): Promise<{ id: string; outputs: PropertyMap }>;
    /** @returns what is there, or undefined when it is gone */
    read(request: Existing): Promise<ReadResult | undefined>;
    update(
        request: Existing & {
            readonly news: PropertyMap;
            readonly preview: boolean;
            readonly ignoreChanges: readonly string[];
            readonly timeoutSeconds: number;
        },
    ): Promise<PropertyMap>;
    delete(request: Existing & { readonly timeoutSeconds: number }): Promise<void>;
}

/** Nothing to change. */
export const noDifference: Difference = { changes: new Map(), replaces: [], deleteBeforeReplace: false };

/**
 * The resource was made but did not become ready. The engine keeps it in its state together with the reasons, and tries
 * again with the next update.
 */
export class InitializationError extends Error {
    constructor(
        readonly id: string,
        readonly outputs: PropertyMap,
        readonly inputs: PropertyMap,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}
