import type { types } from "@pulumi/kubernetes";
import type { KubernetesObject } from "../locks/kubernetes-object";
import { MOST_RUNS, NAMESPACES, TEKTON_CONTROLLER, tektonController } from "../names";

/** Label by which the pods of one namespace's controller are told from another's. */
const SERVES = "slsa-build-platform/serves";

/** What a controller may do where the builds that it runs are: components/build-namespace.ts grants it there. */
export const CONTROLLER_RULES: types.input.rbac.v1.PolicyRule[] = [
    {
        apiGroups: ["tekton.dev"],
        resources: ["pipelineruns", "taskruns", "customruns"],
        verbs: ["get", "list", "create", "update", "delete", "patch", "watch"],
    },
    {
        apiGroups: ["tekton.dev"],
        resources: ["pipelineruns", "taskruns", "customruns"].flatMap((runs) => [
            `${runs}/status`,
            `${runs}/finalizers`,
        ]),
        verbs: ["get", "update", "patch"],
    },
    {
        apiGroups: ["tekton.dev"],
        resources: ["pipelines", "tasks"],
        // It has each definition that was resolved validated by a dry run of its creation.
        verbs: ["get", "list", "watch", "create"],
    },
    {
        apiGroups: ["tekton.dev"],
        resources: ["stepactions", "verificationpolicies"],
        verbs: ["get", "list", "watch"],
    },
    {
        apiGroups: ["resolution.tekton.dev"],
        resources: ["resolutionrequests", "resolutionrequests/status"],
        verbs: ["get", "list", "create", "update", "delete", "patch", "watch"],
    },
    {
        apiGroups: [""],
        resources: ["pods", "persistentvolumeclaims"],
        verbs: ["get", "list", "create", "update", "delete", "patch", "watch"],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "update", "patch"] },
    // It watches secrets for the credentials of a tracing service, and does not start without.
    {
        apiGroups: [""],
        resources: ["configmaps", "limitranges", "secrets", "serviceaccounts"],
        verbs: ["get", "list", "watch"],
    },
    {
        apiGroups: ["apps"],
        resources: ["statefulsets"],
        verbs: ["get", "list", "create", "update", "delete", "patch", "watch"],
    },
];

/**
 * As many runs are looked after at a time as may go on (`maxRuns`), with as many requests as that takes; Tekton doubles
 * both rates. Its own two threads mostly wait for the API server: with 20 runs each look at one was seven seconds late.
 *
 * @see https://github.com/tektoncd/pipeline/blob/v1.15.0/cmd/controller/main.go
 */
const CONCURRENCY = [
    "-threads-per-controller",
    String(MOST_RUNS),
    "-kube-api-qps",
    "50",
    "-kube-api-burst",
    "50",
] as const;

/**
 * What this platform runs in place of an object that Tekton's release declares for its one controller: a controller for each
 * builds namespace, which sees and changes that namespace alone. (Stock Tekton keeps the secrets of all namespaces in memory,
 * and may change every run.)
 *
 * @param object - an object of the release
 * @returns undefined when the object is not about the controller
 */
export function forEachController(
    object: KubernetesObject,
    buildNamespaces: readonly string[],
): KubernetesObject[] | undefined {
    const subjects = buildNamespaces.map((namespace) => ({ kind: "ServiceAccount", ...tektonController(namespace) }));
    switch (`${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`) {
        case `ServiceAccount/${NAMESPACES.tektonPipelines}/${TEKTON_CONTROLLER}`:
            return buildNamespaces.map((namespace) => named(object, namespace));
        case `Deployment/${NAMESPACES.tektonPipelines}/${TEKTON_CONTROLLER}`:
            return buildNamespaces.map((namespace) => serving(object, namespace));
        case `RoleBinding/${NAMESPACES.tektonPipelines}/${TEKTON_CONTROLLER}`:
        case `ClusterRoleBinding//${TEKTON_CONTROLLER}-cluster-access`:
            return [{ ...object, subjects }];
        case `ClusterRole//${TEKTON_CONTROLLER}-cluster-access`:
            // Nodes lie in no namespace: it asks which are cordoned. All else it is granted where it builds.
            return [{ ...object, rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }] }];
        case `ClusterRole//${TEKTON_CONTROLLER}-tenant-access`:
        case `ClusterRoleBinding//${TEKTON_CONTROLLER}-tenant-access`:
        case `RoleBinding/${NAMESPACES.tektonPipelines}/${TEKTON_CONTROLLER}-leaderelection`:
            // Granted where it builds; and one controller a namespace elects no leader.
            return [];
        default:
            return undefined;
    }
}

function named(object: KubernetesObject, namespace: string): KubernetesObject {
    return { ...object, metadata: { ...object.metadata, name: tektonController(namespace).name } };
}

type Labels = Record<string, string>;

/** The release's Deployment, for one namespace. */
function serving(deployment: KubernetesObject, namespace: string): KubernetesObject {
    const spec = deployment["spec"] as types.input.apps.v1.DeploymentSpec;
    // The lock's inventory keeps neither.
    const selector = spec.selector as { matchLabels?: Labels } | undefined;
    const template = spec.template as types.input.core.v1.PodTemplateSpec;
    const metadata = template.metadata as { labels?: Labels } | undefined;
    const pod = template.spec as types.input.core.v1.PodSpec;
    const [container, ...others] = pod.containers as types.input.core.v1.Container[];
    if (container === undefined || others.length > 0) {
        throw new Error(
            `the Deployment ${deployment.metadata.name} has ${String(others.length)} containers too many: say in components/tekton-controllers.ts which one is the controller`,
        );
    }
    const label = { [SERVES]: namespace };
    return {
        ...named(deployment, namespace),
        spec: {
            ...spec,
            // Two at a time would run each build twice: without a leader nobody says which of them does.
            strategy: { type: "Recreate" },
            selector: { ...selector, matchLabels: { ...selector?.matchLabels, ...label } },
            template: {
                ...template,
                metadata: { ...metadata, labels: { ...metadata?.labels, ...label } },
                spec: {
                    ...pod,
                    serviceAccountName: tektonController(namespace).name,
                    containers: [
                        {
                            ...container,
                            args: [
                                ...((container.args ?? []) as string[]),
                                "-namespace",
                                namespace,
                                "-disable-ha",
                                ...CONCURRENCY,
                            ],
                        },
                    ],
                },
            },
        },
    };
}
