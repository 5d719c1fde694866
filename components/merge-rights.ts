import type { types } from "@pulumi/kubernetes";

/** What whoever runs a merge's steps may do in the namespace of its builds: create runs, start and watch them, and say why one failed. */
export function mergeRights(cancelOlder: boolean): types.input.rbac.v1.PolicyRule[] {
    return [
        {
            apiGroups: ["tekton.dev"],
            resources: ["pipelineruns"],
            // An admission rule lets a patch start a run, or cancel it for who has the verb that the rule asks for.
            verbs: ["create", "get", "list", "watch", "patch", ...(cancelOlder ? ["cancel"] : [])],
        },
        // To say which task failed, and why.
        { apiGroups: ["tekton.dev"], resources: ["taskruns"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    ];
}
