import * as pulumi from "@pulumi/pulumi";

/**
 * Separates a resource's URN from one of its properties in the markers below. A URN has no `#`.
 *
 * The SDK tells the engine, for every input, the resources it depends on, but not which of their properties. The
 * monitor therefore declares, as the protocol allows, one made-up dependency `<urn>#<property>` for each computed
 * property; the SDK carries it through every `apply` to the inputs that use it.
 */
export const ORIGIN = "#";

/** An output somewhere inside a resource's inputs. */
export interface OutputLeaf {
    path: (string | number)[];
    output: pulumi.Output<unknown>;
}

/** What the SDK holds of a resource before it turns outputs into the protocol's values. */
export interface RawInputs {
    /** Properties that the SDK lists without a value: the ones that the provider computes. */
    computed: string[];
    leaves: OutputLeaf[];
}

/** Finds outputs in raw inputs. Does not look inside an output: its dependencies are those of the whole value. */
export function rawInputs(props: Readonly<Record<string, unknown>>): RawInputs {
    const leaves: OutputLeaf[] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
        if (pulumi.Output.isInstance(value)) {
            leaves.push({ path, output: value });
        } else if (Array.isArray(value)) {
            value.forEach((item, index) => {
                walk(item, [...path, index]);
            });
        } else if (typeof value === "object" && value !== null && !pulumi.Resource.isInstance(value)) {
            for (const [key, item] of Object.entries(value)) {
                walk(item, [...path, key]);
            }
        }
    };
    walk(props, []);
    return { computed: Object.keys(props).filter((key) => props[key] === undefined), leaves };
}

/** The properties that an output's value comes from, as `<urn>#<property>`, sorted. */
export async function originsOf(output: pulumi.Output<unknown>): Promise<string[]> {
    // `allResources` is how the SDK itself collects the dependencies of an output (runtime/rpc, getAllResources).
    const internals = output as unknown as { allResources?: () => Promise<Set<pulumi.Resource>> };
    const resources = (await internals.allResources?.()) ?? new Set<pulumi.Resource>();
    const urns = await Promise.all([...resources].map((resource) => urnOf(resource)));
    const properties = urns.filter((urn) => urn.includes(ORIGIN));
    // The engine alone knows an id, so the SDK has no property for it: a bare dependency on a resource is its id.
    return [...new Set(properties.length > 0 ? properties : urns.map((urn) => `${urn}${ORIGIN}id`))].sort();
}

/** The URN that a resource was registered under. */
export function urnOf(resource: pulumi.Resource): Promise<string> {
    return new Promise((resolve) => {
        resource.urn.apply((urn) => {
            resolve(urn);
        });
    });
}
