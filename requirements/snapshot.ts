/**
 * The one shape that a requirement reads: what a Pulumi program declares, resource by resource.
 * `slsa plan` writes it as out/plan.json; `slsa audit` reads it back.
 */
export interface Snapshot {
    /** Name of the Pulumi stack. */
    stack: string;
    resources: PlannedResource[];
}

/** One declared resource, custom or component, as the Pulumi engine would register it. */
export interface PlannedResource {
    /** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
    urn: string;
    /** Pulumi type token, for example `kubernetes:core/v1:Secret`. */
    type: string;
    /** The resource's name in the program, unique within its type and parent. */
    name: string;
    /** URN of the parent; absent for the stack itself. */
    parent?: string;
    /** What the program gives. A secret is `[secret]`, a value known only after deployment `[unknown: <urn>#<property>]`. */
    inputs: Record<string, unknown>;
    /** URNs that must exist before this resource. */
    dependencies: string[];
    /** Input property -> URNs that its value came from. */
    propertyDependencies: Record<string, string[]>;
    /** Reference of the provider that manages it; absent for components. */
    provider?: string;
    /** Whether the engine refuses to delete it. */
    protect: boolean;
}

/** Stands where the program gave a secret whose value the plan must not show. */
export const SECRET = "[secret]";

const UNKNOWN = /^\[unknown: (?<urn>[^\s#]+)#(?<property>[^\]]+)\]$/;

/** Text of a value that only a deployment can tell. */
export function unknownValue(urn: string, property: string): string {
    return `[unknown: ${urn}#${property}]`;
}

/** Where an unknown value will come from; undefined when the value is not exactly one unknown. */
export function unknownSource(value: unknown): { urn: string; property: string } | undefined {
    const groups = typeof value === "string" ? UNKNOWN.exec(value)?.groups : undefined;
    return groups?.["urn"] !== undefined && groups["property"] !== undefined
        ? { urn: groups["urn"], property: groups["property"] }
        : undefined;
}

/** Whether a value, or anything inside it, is known only after deployment. */
export function hasUnknown(value: unknown): boolean {
    if (typeof value === "string") {
        return value.includes("[unknown: ");
    }
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}
