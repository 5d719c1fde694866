import { valueAt, type Findings } from "./findings";
import { kubernetesObjects, mayLieIn, opaqueResources, type DeclaredObject } from "./objects";
import { podUnknown } from "./pods";
import { hasUnknown, type Snapshot } from "./snapshot";

const PROVIDER = "pulumi:providers:kubernetes";

/**
 * What every requirement rests on: each object is declared once, all of them go to one cluster, and the plan shows what
 * they are. Two declarations of one object overwrite each other, and which one a check reads would be chance. (That Secrets
 * are declared once is the matter of the requirement that rests on what is in them.)
 */
export function checkDeclarations(findings: Findings, snapshot: Snapshot): void {
    for (const { name, type } of opaqueResources(snapshot)) {
        findings.doubt(`${name} (${type}) does not show which objects it makes, nor whom they allow what`);
    }
    const objects = kubernetesObjects(snapshot);
    checkOnce(findings, objects, (kind) => kind !== "Secret");
    checkCluster(findings, snapshot, objects);
    for (const object of objects) {
        for (const key of ["name", "namespace"]) {
            if (hasUnknown(valueAt(object.resource.inputs, ["metadata", key]))) {
                findings.doubt(`${object.resource.name}: metadata.${key} is known only after deployment`);
            }
        }
        const unknown = podUnknown(object);
        if (unknown !== undefined) {
            findings.doubt(`${object.resource.name}: ${unknown} is known only after deployment`);
        }
    }
}

/**
 * No object of these kinds is declared twice. A resource of a type that ends in `Patch` changes an object that is declared
 * elsewhere: a second declaration too.
 */
export function checkOnce(
    findings: Findings,
    objects: readonly DeclaredObject[],
    ofKind: (kind: string) => boolean,
): void {
    // An object without a name gets one of its own from Pulumi.
    const named = objects.filter(
        ({ kind, resource }) => ofKind(kind) && valueAt(resource.inputs, ["metadata", "name"]) !== undefined,
    );
    named.forEach(({ kind, name, namespace, resource }, index) => {
        const second = named
            .slice(index + 1)
            .find((other) => other.kind === kind && other.name === name && mayLieIn(other, namespace));
        if (second !== undefined) {
            findings.fail(`${kind} ${name} is declared twice, by ${resource.name} and by ${second.resource.name}`);
        }
    });
}

/** One declared provider for all, which sets nothing that would change what the objects themselves say. */
function checkCluster(findings: Findings, snapshot: Snapshot, objects: DeclaredObject[]): void {
    const [first] = objects;
    for (const { resource } of objects) {
        if (resource.provider !== first?.resource.provider) {
            findings.fail(`${resource.name} goes to another cluster than ${String(first?.resource.name)}`);
        }
    }
    const providers = snapshot.resources.filter(({ type }) => type === PROVIDER);
    if (first !== undefined && !providers.some(({ urn }) => urn === first.resource.provider)) {
        findings.fail("the provider of the Kubernetes objects is not declared: nothing says which cluster they go to");
    }
    for (const { name, inputs } of providers) {
        for (const key of ["namespace", "renderYamlToDirectory"]) {
            if (inputs[key] !== undefined) {
                findings.fail(`${name}: ${key} is set: objects would go elsewhere than they say`);
            }
        }
    }
}
