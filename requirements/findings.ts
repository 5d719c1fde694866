import type { Evidence, Verdict } from "./requirement";
import { hasUnknown, type PlannedResource } from "./snapshot";

/** Collects what a check sees, and turns it into a verdict: one failure makes it unmet, one doubt unknown. */
export class Findings {
    private readonly failures = new Set<string>();
    private readonly doubts = new Set<string>();
    private readonly evidence: Evidence[] = [];

    /** Something that must hold does not. */
    fail(reason: string): void {
        this.failures.add(reason);
    }

    /** Something that must hold cannot be told from the plan. */
    doubt(reason: string): void {
        this.doubts.add(reason);
    }

    /** Names a property as evidence. */
    show(resource: PlannedResource, property: readonly string[]): void {
        this.evidence.push({
            urn: resource.urn,
            property: property.join("."),
            value: shown(valueAt(resource.inputs, property)),
        });
    }

    /**
     * A property must be there, be known, and pass.
     *
     * @param expected - what is allowed, in words
     * @returns the value if it passes
     */
    require(
        resource: PlannedResource,
        property: readonly string[],
        passes: (value: unknown) => boolean,
        expected: string,
    ): unknown {
        const value = valueAt(resource.inputs, property);
        const where = `${resource.name}: ${property.join(".")}`;
        if (value === undefined) {
            this.fail(`${where} is not set; it must be ${expected}`);
        } else if (hasUnknown(value)) {
            this.doubt(`${where} is known only after deployment; it must be ${expected}`);
        } else if (!passes(value)) {
            this.fail(`${where} is ${shown(value)}; it must be ${expected}`);
        } else {
            this.show(resource, property);
            return value;
        }
        return undefined;
    }

    verdict(): Verdict {
        const status = this.failures.size > 0 ? "unmet" : this.doubts.size > 0 ? "unknown" : "met";
        return { status, reasons: [...this.failures, ...this.doubts], evidence: this.evidence };
    }
}

/** The value at a path of keys; undefined where a key is missing on the way. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
    return path.reduce<unknown>(
        (at, key) =>
            typeof at === "object" && at !== null && Object.hasOwn(at, key)
                ? (at as Record<string, unknown>)[key]
                : undefined,
        value,
    );
}

/** A value for a message. */
export function jsonText(value: unknown): string {
    return value === undefined ? "nothing" : JSON.stringify(value);
}

function shown(value: unknown): string {
    const text = typeof value === "string" ? value : jsonText(value);
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
