import type { Rule } from "../rule";

export const noEntry: Rule = {
    name: "no-entry",
    reason: "who enters the pod of a build changes what it builds, or reads the registry's credential",
    cure: "read the logs of the pod, or run the same steps outside of the platform",
    judges: {
        where: "builds",
        requests: [
            {
                apiGroups: [""],
                resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy"],
                operations: ["CONNECT"],
            },
            { apiGroups: [""], resources: ["pods/ephemeralcontainers"], operations: ["CREATE", "UPDATE"] },
        ],
        checks: [{ holds: "false", otherwise: "a pod of a build is entered" }],
    },
};
