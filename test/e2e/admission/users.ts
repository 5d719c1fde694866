import { BUILD_IDENTITIES, CONTROLLERS, runPruner, tektonController } from "../../../names";
import type { User } from "./api";
import { BUILDS } from "./builds";

const account = (namespace: string, name: string): User => ({ name: `system:serviceaccount:${namespace}:${name}` });

const tekton = tektonController(BUILDS);
const pruner = runPruner(BUILDS);

/** Who asks. All may everything but the verbs of our own: what is tested is admission. */
export const USERS = {
    trigger: account(BUILDS, BUILD_IDENTITIES.trigger),
    builder: account(BUILDS, BUILD_IDENTITIES.builder),
    tekton: account(tekton.namespace, tekton.name),
    otherTekton: account(tekton.namespace, tektonController("builds-other").name),
    otherTrigger: account("builds-other", BUILD_IDENTITIES.trigger),
    pruner: account(pruner.namespace, pruner.name),
    otherPruner: account(pruner.namespace, runPruner("builds-other").name),
    chains: account(CONTROLLERS.tektonChains.namespace, CONTROLLERS.tektonChains.name),
    resolvers: account(CONTROLLERS.tektonResolvers.namespace, CONTROLLERS.tektonResolvers.name),
    statefulSets: account("kube-system", "statefulset-controller"),
    garbageCollector: account("kube-system", "generic-garbage-collector"),
    scheduler: { name: "system:kube-scheduler" },
    podGarbageCollector: account("kube-system", "pod-garbage-collector"),
    volumes: account("kube-system", "persistent-volume-binder"),
    namespaces: account("kube-system", "namespace-controller"),
    kubelet: { name: "system:node:one", groups: ["system:nodes"] },
    /** Has what Kubernetes' and Tekton's role `edit` give, and more. */
    editor: { name: "editor" },
    /** Has the verbs of our own too. */
    deployer: { name: "deployer" },
} satisfies Record<string, User>;

export type UserName = keyof typeof USERS;
