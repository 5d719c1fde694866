import { PROJECT } from "../names";
import type { Build, Judgement, Rule } from "./rule";

const API_VERSION = "admissionregistration.k8s.io/v1";

/** As the API server takes it: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export interface ValidatingAdmissionPolicy {
    readonly apiVersion: typeof API_VERSION;
    readonly kind: "ValidatingAdmissionPolicy";
    readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
    readonly spec: {
        readonly failurePolicy: "Fail";
        readonly matchConstraints: {
            readonly matchPolicy: "Equivalent";
            readonly namespaceSelector: {
                readonly matchExpressions: readonly {
                    readonly key: string;
                    readonly operator: "In" | "NotIn";
                    readonly values: readonly string[];
                }[];
            };
            readonly resourceRules: readonly {
                readonly apiGroups: readonly string[];
                readonly apiVersions: readonly string[];
                readonly operations: readonly string[];
                readonly resources: readonly string[];
                readonly scope: "Namespaced";
            }[];
        };
        readonly validations: readonly { readonly expression: string; readonly message: string }[];
    };
}

/** Puts a policy into force. */
export interface ValidatingAdmissionPolicyBinding {
    readonly apiVersion: typeof API_VERSION;
    readonly kind: "ValidatingAdmissionPolicyBinding";
    readonly metadata: { readonly name: string };
    readonly spec: { readonly policyName: string; readonly validationActions: readonly ["Deny"] };
}

export interface BoundPolicy {
    readonly policy: ValidatingAdmissionPolicy;
    readonly binding: ValidatingAdmissionPolicyBinding;
}

/** Set by the API server on each namespace, and nobody can change it. */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** A rule as policies: one for all builds, or one for each, whose name then ends in the namespace's, not in the rule's. */
export function policiesOf(rule: Rule, builds: readonly Build[]): readonly BoundPolicy[] {
    const { judges } = rule;
    return typeof judges === "function"
        ? builds.map((build) => bound(`${rule.name}-${build.namespace}`, rule, judges(build), [build.namespace]))
        : [
              bound(
                  rule.name,
                  rule,
                  judges,
                  builds.map(({ namespace }) => namespace),
              ),
          ];
}

function bound(suffix: string, rule: Rule, judgement: Judgement, namespaces: readonly string[]): BoundPolicy {
    // The cluster has policies of others, too.
    const name = `${PROJECT}.${suffix}`;
    return {
        policy: {
            apiVersion: API_VERSION,
            kind: "ValidatingAdmissionPolicy",
            metadata: {
                name,
                annotations: {
                    [`${PROJECT}/reason`]: rule.reason,
                    [`${PROJECT}/cure`]: rule.cure,
                },
            },
            spec: {
                failurePolicy: "Fail",
                matchConstraints: {
                    matchPolicy: "Equivalent",
                    namespaceSelector: {
                        matchExpressions: [
                            {
                                key: NAMESPACE_NAME,
                                operator: judgement.where === "builds" ? "In" : "NotIn",
                                values: namespaces,
                            },
                        ],
                    },
                    resourceRules: judgement.requests.map(({ apiVersion = "*", ...requests }) => ({
                        apiGroups: requests.apiGroups,
                        apiVersions: [apiVersion],
                        operations: requests.operations,
                        resources: requests.resources,
                        scope: "Namespaced" as const,
                    })),
                },
                validations: judgement.checks.map(({ holds, otherwise }) => ({
                    expression: holds,
                    message: `${rule.name}: ${otherwise}; ${rule.cure}`,
                })),
            },
        },
        binding: {
            apiVersion: API_VERSION,
            kind: "ValidatingAdmissionPolicyBinding",
            metadata: { name },
            spec: { policyName: name, validationActions: ["Deny"] },
        },
    };
}
