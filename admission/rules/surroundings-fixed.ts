import { BUILD_IDENTITIES, OBJECTS } from "../../names";
import { all, any, literal, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byGarbageCollector, byNamespaceController, may } from "../who";

/** What this platform declares beside Tekton's objects, by resource; others' objects are theirs. */
const DECLARED = {
    configmaps: [OBJECTS.mergeTrigger, OBJECTS.registryCa],
    serviceaccounts: Object.values(BUILD_IDENTITIES),
} as const;

/** What these kinds hold beside their metadata. */
const CONTENT = [
    "data",
    "binaryData",
    "immutable",
    "secrets",
    "imagePullSecrets",
    "automountServiceAccountToken",
    "spec",
] as const;

const mayDefine = any(
    all(`request.resource.group == ""`, may("define", "", "request.resource.resource")),
    all(`request.resource.group != ""`, may("define", "networking.k8s.io", "request.resource.resource")),
);

/**
 * Kubernetes' own role `edit` lets its holder change all of it. Who deploys is known as for definitions. Network policies add
 * up, so that each one more may let out what the others keep in.
 */
export const surroundingsFixed: Rule = {
    name: "surroundings-fixed",
    reason: "the trigger's ConfigMap says what a merge runs, with which credential, and whom it believes; accounts and network policies say what a build reaches",
    cure: "change it in the platform's program and deploy it",
    judges: {
        where: "builds",
        requests: [
            { apiGroups: [""], resources: Object.keys(DECLARED), operations: ["UPDATE", "DELETE"] },
            {
                apiGroups: ["networking.k8s.io"],
                resources: ["networkpolicies"],
                operations: ["CREATE", "UPDATE", "DELETE"],
            },
        ],
        checks: [
            {
                holds: any(
                    mayDefine,
                    all(`request.operation == "DELETE"`, byNamespaceController),
                    // Takes off the finalizer with which an object waits for what it owns.
                    all(
                        `request.operation == "UPDATE"`,
                        byGarbageCollector,
                        ...CONTENT.map((field) => unchanged(field)),
                        unchanged("metadata", "annotations"),
                        unchanged("metadata", "labels"),
                    ),
                    ...Object.entries(DECLARED).map(([resource, names]) =>
                        all(
                            `request.resource.resource == "${resource}"`,
                            // A request to delete several names none.
                            `!(oldObject.metadata.name in ${literal(names)})`,
                        ),
                    ),
                ),
                otherwise: "what surrounds builds is changed by somebody without the right to define it",
            },
        ],
    },
};
