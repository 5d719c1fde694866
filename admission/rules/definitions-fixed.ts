import { all, any, unchanged } from "../cel";
import type { Rule } from "../rule";
import { byGarbageCollector, byNamespaceController, byTekton, may } from "../who";

/**
 * Who deploys is known by a verb of our own: whoever RBAC lets `define` the resource. An administrator has it, Tekton's role
 * `edit` has not.
 *
 * Tekton's controller has each definition that was resolved checked by a dry run of its creation, which stores nothing.
 */
const mayDefine = may("define", "tekton.dev", "request.resource.resource");

export const definitionsFixed: Rule = {
    name: "definitions-fixed",
    reason: "who changes a Task under its name changes what every later run of it does; Tekton copies labels and annotations of definitions to runs",
    cure: "change the definition in the platform's program and deploy it: it gets another name",
    judges: {
        where: "builds",
        requests: [
            {
                apiGroups: ["tekton.dev"],
                resources: ["pipelines", "tasks", "stepactions"],
                operations: ["CREATE", "UPDATE", "DELETE"],
            },
        ],
        checks: [
            {
                holds: any(
                    mayDefine,
                    all(`request.operation == "CREATE" && request.dryRun`, byTekton),
                    all(`request.operation == "DELETE"`, any(byGarbageCollector, byNamespaceController)),
                    all(
                        `request.operation == "UPDATE"`,
                        byGarbageCollector,
                        unchanged("metadata", "labels"),
                        unchanged("metadata", "annotations"),
                    ),
                ),
                otherwise: "a definition is created, changed or deleted by somebody without the right to define",
            },
            {
                holds: any(`request.operation != "UPDATE"`, unchanged("spec")),
                otherwise: "the spec of a definition is changed",
            },
        ],
    },
};
