import type { PlannedResource, Snapshot } from "../requirements/snapshot";

/** A copy that may be changed. */
export function copyOf(snapshot: Snapshot): Snapshot {
    return structuredClone(snapshot);
}

/** The one resource with this name; fails when the plan has none, so that a mutation cannot silently do nothing. */
export function resource(snapshot: Snapshot, name: string): PlannedResource {
    const found = snapshot.resources.filter((candidate) => candidate.name === name);
    if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${String(found.length)} resources are called ${name}`);
    }
    return found[0];
}

/** The one resource whose name matches. */
export function resourceLike(snapshot: Snapshot, pattern: RegExp): PlannedResource {
    const found = snapshot.resources.filter((candidate) => pattern.test(candidate.name));
    if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${String(found.length)} resources match ${String(pattern)}`);
    }
    return found[0];
}

/** Takes a resource out of the plan. */
export function remove(snapshot: Snapshot, name: string): void {
    const { urn } = resource(snapshot, name);
    snapshot.resources = snapshot.resources.filter((candidate) => candidate.urn !== urn);
}

/** Reads a path of keys and indices; fails when it is not there. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
    return path.reduce((held, key) => {
        if (typeof held !== "object" || held === null || !Object.hasOwn(held, key)) {
            throw new Error(`there is no ${path.join(".")}`);
        }
        return (held as Record<string | number, unknown>)[key];
    }, value);
}

/** Sets a value below a path that exists. */
export function set(value: unknown, path: (string | number)[], to: unknown): void {
    const last = path.at(-1);
    if (last === undefined) {
        throw new Error("no path");
    }
    (at(value, ...path.slice(0, -1)) as Record<string | number, unknown>)[last] = to;
}

/** Adds a resource to the plan, as a part of nothing. */
export function addResource(
    snapshot: Snapshot,
    type: string,
    inputs: Record<string, unknown>,
    provider?: string,
): void {
    const name = `added-${String(snapshot.resources.length)}`;
    snapshot.resources.push({
        urn: `urn:pulumi:test::slsa-build-platform::${type}::${name}`,
        type,
        name,
        inputs,
        dependencies: [],
        propertyDependencies: {},
        ...(provider === undefined ? {} : { provider }),
        protect: false,
    });
}

/** Adds a Kubernetes object to the plan, as a part of nothing, in the cluster where everything else is. */
export function declare(
    snapshot: Snapshot,
    inputs: { apiVersion: string; kind: string; metadata: Record<string, string> },
): void {
    const type = `kubernetes:${inputs.apiVersion === "v1" ? "core/v1" : inputs.apiVersion}:${inputs.kind}`;
    const provider = snapshot.resources.find((other) => other.type === "pulumi:providers:kubernetes")?.urn;
    addResource(snapshot, type, inputs, provider);
}

/** Declares a Role or ClusterRole and binds it to service accounts. */
export function grant(
    snapshot: Snapshot,
    where: string | undefined,
    account: { namespace: string; name: string },
    rule: { apiGroups: string[]; resources: string[]; verbs: string[] },
): void {
    const scope = where === undefined ? "Cluster" : "";
    const metadata = {
        name: `widened-${String(snapshot.resources.length)}`,
        ...(where === undefined ? {} : { namespace: where }),
    };
    const apiVersion = "rbac.authorization.k8s.io/v1";
    declare(snapshot, { apiVersion, kind: `${scope}Role`, metadata, rules: [rule] } as never);
    declare(snapshot, {
        apiVersion,
        kind: `${scope}RoleBinding`,
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${scope}Role`, name: metadata.name },
        subjects: [{ kind: "ServiceAccount", ...account }],
    } as never);
}

/**
 * Replaces words everywhere in the plan: names, references, URNs. Longer words first, so that none is cut. Scripts stay as
 * they are: a word of a program is no name.
 */
export function renameEverywhere(snapshot: Snapshot, words: Record<string, string>): Snapshot {
    const pattern = new RegExp(
        `(?<![a-z0-9-])(?:${Object.keys(words)
            .sort((a, b) => b.length - a.length)
            .join("|")})(?![a-z0-9-])`,
        "g",
    );
    const rename = (value: unknown): unknown => {
        if (typeof value === "string") {
            // A script is known by its hash.
            return value.startsWith("set -eu\n") ? value : value.replaceAll(pattern, (word) => words[word] ?? word);
        }
        if (Array.isArray(value)) {
            return value.map(rename);
        }
        return typeof value === "object" && value !== null
            ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renameProperty(key, item)]))
            : value;
    };
    const renameProperty = (key: string, item: unknown): unknown => {
        if (key === "steps.json") {
            return JSON.stringify(rename(JSON.parse(String(item))));
        }
        return key === "script" || key === "command" ? item : rename(item);
    };
    return {
        ...snapshot,
        resources: snapshot.resources.map((planned) => ({
            ...planned,
            urn: rename(planned.urn) as string,
            name: rename(planned.name) as string,
            ...(planned.parent === undefined ? {} : { parent: rename(planned.parent) as string }),
            inputs: rename(planned.inputs) as Record<string, unknown>,
        })),
    };
}
