import { isDeepStrictEqual } from "node:util";
import { hasUnknown, reveal, revealMap, Secret, Unknown, unknownSentinels } from "./property";
import type { JsonMap, Property, PropertyMap } from "./property";
import { noDifference } from "./stand-in";
import type { Change, CheckFailure, Difference, StandIn } from "./stand-in";

/** A kind of resource that lives in the engine's state only: a key, a certificate, a password. */
export interface Kind {
    /** Every input, with its default; undefined: no default. */
    readonly inputs: Readonly<Record<string, Property | undefined>>;
    readonly required: readonly string[];
    /** Inputs that take effect without making the resource anew. */
    readonly updatable?: readonly string[];
    /** Inputs and outputs that are secret whatever they come from. */
    readonly secret: readonly string[];
    /** The outputs that `make` computes, so that a preview can say that they are not known yet. */
    readonly computed: readonly string[];
    /** What is wrong with inputs that are all known. */
    check?(inputs: JsonMap): CheckFailure[];
    make(inputs: JsonMap): Promise<{ id: string; outputs: PropertyMap }>;
    /** The output because of which an existing resource has to be made anew although no input changed. */
    outdated?(inputs: JsonMap, outputs: JsonMap): string | undefined;
}

/**
 * A provider of such kinds: a changed input makes the resource anew, a refresh finds what the state has, and there is
 * nothing to delete. The real tls and random providers do the same.
 */
export class KeptInState implements StandIn {
    constructor(
        readonly version: string,
        /** By type token, such as `tls:index/privateKey:PrivateKey`. */
        private readonly kinds: ReadonlyMap<string, Kind>,
    ) {}

    checkConfig(): CheckFailure[] {
        return [];
    }

    diffConfig(): Difference {
        return noDifference;
    }

    configure(): void {
        // There is nothing to set.
    }

    check({ type, news }: Parameters<StandIn["check"]>[0]): ReturnType<StandIn["check"]> {
        const kind = this.kind(type);
        const inputs: PropertyMap = {};
        for (const [name, byDefault] of Object.entries(kind.inputs)) {
            const value = news[name] ?? byDefault;
            if (value !== undefined && value !== null) {
                inputs[name] = kind.secret.includes(name) ? secret(value) : value;
            }
        }
        const failures: CheckFailure[] = Object.keys(news)
            .filter((name) => !name.startsWith("__") && !(name in kind.inputs))
            .map((name) => ({
                property: name,
                reason: `The stand-in does not know it. It knows ${Object.keys(kind.inputs).join(", ")}.`,
            }));
        for (const name of kind.required.filter((required) => !(required in inputs))) {
            failures.push({ property: name, reason: "It has to be set." });
        }
        if (failures.length === 0 && !hasUnknown(inputs)) {
            failures.push(...(kind.check?.(revealMap(inputs)) ?? []));
        }
        return { inputs, failures };
    }

    async diff({ type, oldInputs, oldOutputs, news }: Parameters<StandIn["diff"]>[0]): Promise<Difference> {
        const kind = this.kind(type);
        const changes = new Map<string, Change>();
        for (const name of Object.keys(kind.inputs)) {
            const [before, after] = [oldInputs[name], news[name]];
            if (before === undefined && after !== undefined) {
                changes.set(name, "add");
            } else if (before !== undefined && after === undefined) {
                changes.set(name, "delete");
            } else if (before !== undefined && after !== undefined && !same(before, after)) {
                changes.set(name, "update");
            }
        }
        const replaces = [...changes.keys()].filter((name) => !kind.updatable?.includes(name));
        if (!hasUnknown(news)) {
            const outdated = kind.outdated?.(revealMap(news), revealMap(oldOutputs));
            if (outdated !== undefined) {
                changes.set(outdated, "update");
                replaces.push(outdated);
            }
        }
        return Promise.resolve({ changes, replaces, deleteBeforeReplace: false });
    }

    async create({ type, news, preview }: Parameters<StandIn["create"]>[0]): ReturnType<StandIn["create"]> {
        const kind = this.kind(type);
        if (preview) {
            const unknown = new Unknown(unknownSentinels.string);
            const outputs = Object.fromEntries(kind.computed.map((name): [string, Property] => [name, unknown]));
            return { id: "", outputs: this.mark(kind, { ...news, ...outputs }) };
        }
        const { id, outputs } = await kind.make(revealMap(news));
        return { id, outputs: this.mark(kind, { ...news, ...outputs }) };
    }

    async read({ id, oldInputs, oldOutputs }: Parameters<StandIn["read"]>[0]): ReturnType<StandIn["read"]> {
        if (Object.keys(oldOutputs).length === 0) {
            throw new Error(`"${id}" cannot be imported: it would have to be in this stack's state already.`);
        }
        return Promise.resolve({ id, inputs: oldInputs, outputs: oldOutputs });
    }

    async update({ type, oldOutputs, news }: Parameters<StandIn["update"]>[0]): Promise<PropertyMap> {
        return Promise.resolve(this.mark(this.kind(type), { ...oldOutputs, ...news }));
    }

    async delete(): Promise<void> {
        return Promise.resolve();
    }

    private kind(type: string): Kind {
        const kind = this.kinds.get(type);
        if (kind === undefined) {
            throw new Error(`The stand-in has no ${type}. It has ${[...this.kinds.keys()].join(", ")}.`);
        }
        return kind;
    }

    private mark(kind: Kind, outputs: PropertyMap): PropertyMap {
        return Object.fromEntries(
            Object.entries(outputs).map(([name, value]) => [name, kind.secret.includes(name) ? secret(value) : value]),
        );
    }
}

function secret(value: Property): Secret {
    return value instanceof Secret ? value : new Secret(value);
}

function same(before: Property, after: Property): boolean {
    return !hasUnknown(after) && isDeepStrictEqual(reveal(before), reveal(after));
}
