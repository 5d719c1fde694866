import { valueAt } from "./findings";
import { scriptHash } from "./merge-steps";
import { kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { list } from "./pods";
import type { Snapshot } from "./snapshot";

/**
 * sha256 of the admission policy that leaves a run's record to the controllers and lets a namespace's trigger cancel a run,
 * as {@link recordPolicyHash} reads it. Kept by hand: when the policy changes, read it, and then write down its new hash,
 * which test/requirements/record-policy.test.ts names.
 */
export const RECORD_POLICY = "b4c3c8652fc2a098ee56eeb22c0d3fd1c3a3d00dc3362281a060910971d1e39e";

/** Who acts where builds run: the policy names them. */
export interface RecordAccounts {
    readonly trigger: ServiceAccount;
    /** The controller of the trigger's namespace; its name ends in the namespace's. */
    readonly tekton: ServiceAccount;
    readonly chains: ServiceAccount;
}

/**
 * The sha256 of a policy's spec, as 64 hexadecimal digits: all of it but the namespaces that it is for, and with the accounts'
 * parts in it in place of their names.
 */
export function recordPolicyHash(spec: unknown, { trigger, tekton, chains }: RecordAccounts): string {
    const user = ({ namespace, name }: ServiceAccount): string => `system:serviceaccount:${namespace}:${name}`;
    const ofEveryNamespace = user(tekton).slice(0, -trigger.namespace.length);
    const text = JSON.stringify(spec, (key, value: unknown) => (key === "values" ? [] : value));
    return scriptHash(
        text
            .replaceAll(String.raw`\"${ofEveryNamespace}\" + request.namespace`, "TEKTON")
            .replaceAll(String.raw`\"${user(chains)}\"`, "CHAINS")
            .replaceAll(String.raw`\"system:serviceaccount:\" + request.namespace + \":${trigger.name}\"`, "TRIGGER"),
    );
}

/**
 * What keeps the trigger, and everybody else, from changing anything of a namespace's runs but that they are cancelled: the
 * binding of the known policy, which must be in force there without condition; undefined when the plan has none.
 */
export function recordPolicy(snapshot: Snapshot, accounts: RecordAccounts): DeclaredObject | undefined {
    const objects = kubernetesObjects(snapshot).filter(({ group }) => group === "admissionregistration.k8s.io");
    const spec = ({ resource }: DeclaredObject): unknown => valueAt(resource.inputs, ["spec"]);
    const known = objects
        .filter(({ kind }) => kind === "ValidatingAdmissionPolicy")
        .filter((policy) => {
            const selector = valueAt(spec(policy), ["matchConstraints", "namespaceSelector"]);
            const [namespaces] = list(selector, "matchExpressions").map((expression) => list(expression, "values"));
            return (
                namespaces?.includes(accounts.trigger.namespace) === true &&
                recordPolicyHash(spec(policy), accounts) === RECORD_POLICY
            );
        })
        .map(({ name }) => name);
    const inForce = known.map((policyName) => JSON.stringify({ policyName, validationActions: ["Deny"] }));
    return objects.find(
        (binding) =>
            binding.kind === "ValidatingAdmissionPolicyBinding" && inForce.includes(JSON.stringify(spec(binding))),
    );
}
