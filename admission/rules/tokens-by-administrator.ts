import { all, any, text } from "../cel";
import type { Rule } from "../rule";
import { byNode, may } from "../who";

/**
 * Kubernetes' own role `edit` lets its holder issue a token for any account of the namespace, by request or by a Secret. Who
 * may here is known by a verb of our own: whoever RBAC lets `issue` on `serviceaccounts/token`. A kubelet may for its pods.
 */
const mayIssue = may("issue", "", text("serviceaccounts"), "token");

export const tokensByAdministrator: Rule = {
    name: "tokens-by-administrator",
    reason: "who issues a token of the trigger's account creates runs in its name",
    cure: "have an administrator issue the token, or be granted the verb issue on serviceaccounts/token",
    judges: {
        where: "builds",
        requests: [
            { apiGroups: [""], resources: ["serviceaccounts/token"], operations: ["CREATE"] },
            { apiGroups: [""], resources: ["secrets"], operations: ["CREATE"] },
        ],
        checks: [
            {
                holds: any(
                    mayIssue,
                    all(`request.resource.resource != "secrets"`, byNode),
                    `request.resource.resource == "secrets" && object.?type.orValue("") != "kubernetes.io/service-account-token"`,
                ),
                otherwise: "a token of an account that builds use is issued by somebody without the right to issue",
            },
        ],
    },
};
