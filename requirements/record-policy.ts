import { valueAt } from "./findings";
import { scriptHash } from "./merge-steps";
import { kubernetesObjects, type DeclaredObject, type ServiceAccount } from "./objects";
import { list } from "./pods";
import type { Snapshot } from "./snapshot";

/**
 * sha256 of the admission policy that leaves a run's record to the controllers and lets a namespace's trigger start or
 * cancel a run, as {@link recordPolicyHash} reads it. Kept by hand: when the policy changes, read it, and then write down its new hash,
 * which test/requirements/record-policy.test.ts names.
 */
export const RECORD_POLICY = "2466ba75dd7b4f9f3e616cb09dd0635691f937860dc6d03d4d5c96bf92928af6";

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
 * What keeps the trigger, and everybody else, from changing anything of a namespace's runs but that they start or are
 * cancelled: the binding of the known policy, which must be in force there without condition; undefined when the plan has none.
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
