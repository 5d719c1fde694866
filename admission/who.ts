import { BUILD_IDENTITIES, CONTROLLERS, runPruner, tektonController } from "../names";
import { all, any, text } from "./cel";

/** The user name of a service account. */
export function userOf(account: { readonly namespace: string; readonly name: string }): string {
    return `system:serviceaccount:${account.namespace}:${account.name}`;
}

const is = (user: string): string => `request.userInfo.username == ${user}`;

/** A controller of Kubernetes' own; its second name is what it has where controllers share one account. */
const kubernetes = (controller: string): string =>
    any(is(text(userOf({ namespace: "kube-system", name: controller }))), is(text("system:kube-controller-manager")));

/** Tekton's controller of the namespace that the request is for. Its name ends in the namespace's. */
export const byTekton = is(`${text(userOf(tektonController("")))} + request.namespace`);

/** The run pruner of the namespace that the request is for. Its name ends in the namespace's. */
export const byPruner = is(`${text(userOf(runPruner("")))} + request.namespace`);

/** The trigger of the namespace that the request is for. */
export const byTrigger = is(`"system:serviceaccount:" + request.namespace + ${text(`:${BUILD_IDENTITIES.trigger}`)}`);

export const byChains = is(text(userOf(CONTROLLERS.tektonChains)));

export const byResolvers = is(text(userOf(CONTROLLERS.tektonResolvers)));

/** Takes finalizers and owner references off objects whose owners go. */
export const byGarbageCollector = kubernetes("generic-garbage-collector");

/** Empties a namespace that is deleted. */
export const byNamespaceController = kubernetes("namespace-controller");

export const byStatefulSetController = kubernetes("statefulset-controller");

/** Binds claims to volumes. */
export const byVolumeBinder = kubernetes("persistent-volume-binder");

/** Says of pods whose node is gone that they failed, and deletes them. */
export const byPodGarbageCollector = kubernetes("pod-garbage-collector");

export const byScheduler = is(text("system:kube-scheduler"));

/** A kubelet, whom NodeRestriction keeps to the pods of its own node. */
export const byNode = `"system:nodes" in request.userInfo.groups`;

/**
 * Whether RBAC grants the user a verb that Kubernetes itself does not know, on a resource of the request's namespace. An
 * administrator's `*` has it; no role that lists verbs does.
 */
export function may(verb: string, group: string, resource: string, subresource?: string): string {
    const sub = subresource === undefined ? "" : `.subresource(${text(subresource)})`;
    return (
        `authorizer.group(${text(group)}).resource(${resource})${sub}` +
        `.namespace(request.namespace).check(${text(verb)}).allowed()`
    );
}

/** The affinity assistant of a run: a pod that a StatefulSet of Tekton's is there to keep. */
export const affinityAssistant = all(
    `object.metadata.?labels[?"app.kubernetes.io/component"].orValue("") == "affinity-assistant"`,
    `object.metadata.?ownerReferences.orValue([]).exists(owner, owner.apiVersion == "apps/v1" && ` +
        `owner.kind == "StatefulSet" && owner.name.startsWith("affinity-assistant-"))`,
);
