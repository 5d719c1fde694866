import { at, declare, grant, remove, resource, set } from "../snapshot-edit";
import { mergeSteps, RBAC, trigger, type Properties, visitor, wholeRun, type Row } from "./plan-edit";

/** What breaks the row Build – Build service. */
export const buildService: Row = {
    breaks: {
        "Tekton's controller may not create pods": (snapshot) => {
            remove(snapshot, "builds-crane-tekton-controller-builds-crane-binding");
        },
        "the trigger may create nothing": (snapshot) => {
            remove(snapshot, "merge-trigger-crane-binding");
        },
        "somebody may create pods": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, { apiGroups: [""], resources: ["pods"], verbs: ["create"] });
        },
        "somebody may create jobs": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, { apiGroups: ["batch"], resources: ["*"], verbs: ["create"] });
        },
        "the trigger may create TaskRuns": (snapshot) => {
            grant(snapshot, "builds-crane", trigger, {
                apiGroups: ["tekton.dev"],
                resources: ["taskruns"],
                verbs: ["create"],
            });
        },
        "the namespace of the builds is not declared": (snapshot) => {
            remove(snapshot, "builds-crane-namespace");
        },

        "Pod Security is not enforced where builds run": (snapshot) => {
            set(resource(snapshot, "builds-crane-namespace").inputs, ["metadata", "labels"], {});
        },
        "Pod Security is weaker than a build without root needs": (snapshot) => {
            const labels = at(resource(snapshot, "builds-crane-namespace").inputs, "metadata", "labels") as Properties;
            labels["pod-security.kubernetes.io/enforce"] = "baseline";
        },
        "Pod Security is weaker than a build with root needs": (snapshot) => {
            const labels = at(resource(snapshot, "builds-page-namespace").inputs, "metadata", "labels") as Properties;
            labels["pod-security.kubernetes.io/enforce"] = "privileged";
        },
        "a PipelineRun is declared": (snapshot) => {
            const metadata = { name: "by-hand", namespace: "builds-crane" };
            declare(snapshot, { apiVersion: "tekton.dev/v1", kind: "PipelineRun", metadata });
        },
        "a TaskRun is declared elsewhere": (snapshot) => {
            declare(snapshot, {
                apiVersion: "tekton.dev/v1",
                kind: "TaskRun",
                metadata: { name: "x", namespace: "y" },
            });
        },
        "a merge creates something else": (snapshot) => {
            wholeRun(snapshot, (created) => {
                created.kind = "TaskRun";
            });
        },
        "a merge's run lies in another namespace": (snapshot) => {
            wholeRun(snapshot, ({ metadata }) => {
                metadata["namespace"] = "default";
            });
        },
        "a merge builds by itself": (snapshot) => {
            mergeSteps(snapshot, ([first]) => {
                set(first, ["script"], "docker build . && docker push");
            });
        },
        "a merge is not verified": (snapshot) => {
            mergeSteps(snapshot, (steps) => {
                steps.pop();
            });
        },
        "somebody may switch Pod Security off": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, { apiGroups: [""], resources: ["namespaces"], verbs: ["patch"] });
        },
        "a pod is declared where builds run": (snapshot) => {
            const metadata = { name: "x", namespace: "builds-crane" };
            declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata, spec: {} } as never);
        },
    },
    moves: {
        "the trigger's binding lies in another namespace": (snapshot) => {
            set(resource(snapshot, "merge-trigger-crane-binding").inputs, ["metadata", "namespace"], "default");
        },
        "an account of the trigger's name in another namespace is bound instead": (snapshot) => {
            set(resource(snapshot, "merge-trigger-crane-binding").inputs, ["subjects", 0, "namespace"], "default");
        },

        "a pod names no namespace": (snapshot) => {
            declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec: {} } as never);
        },
        "a pod's namespace is empty": (snapshot) => {
            const metadata = { name: "x", namespace: "" };
            declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata, spec: {} } as never);
        },
    },
    hides: {
        "somebody is bound to a role that is not declared": (snapshot) => {
            declare(snapshot, {
                apiVersion: RBAC,
                kind: "RoleBinding",
                metadata: { name: "people", namespace: "builds-crane" },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "made-by-hand" },
                subjects: [{ kind: "Group", name: "people" }],
            } as never);
        },
    },
};
