import { PROJECT_FOLDER } from "../../plan/project";
import { planStack } from "../../plan/stack";
import { judge } from "../../requirements/slsa2";
import type { Snapshot } from "../../requirements/snapshot";
import {
    TO_ADMISSION,
    TO_ANY_RIGHT,
    TO_CONFIGURATION,
    TO_DEFINITIONS,
    TO_RESOLUTION,
    TO_RUN,
    TO_SECRETS,
    TO_TRAFFIC,
    type Way,
} from "../../requirements/ways";
import { copyOf, declare, grant, resource, set } from "../snapshot-edit";

const visitor = { namespace: "default", name: "visitor" };

/** Each way in, and where it must be closed. */
const CLOSED: [readonly Way[], readonly string[]][] = [
    [
        TO_RUN,
        [
            "builds-crane",
            "run-pruner",
            "tekton-chains",
            "tekton-pipelines",
            "tekton-pipelines-resolvers",
            "transparency-log",
        ],
    ],
    [
        TO_SECRETS,
        ["builds-crane", "tekton-chains", "tekton-pipelines", "tekton-pipelines-resolvers", "transparency-log"],
    ],
    [
        TO_CONFIGURATION,
        ["builds-crane", "run-pruner", "tekton-chains", "tekton-pipelines", "tekton-pipelines-resolvers"],
    ],
    [TO_DEFINITIONS, ["builds-crane"]],
    [TO_RESOLUTION, ["builds-crane"]],
    [TO_TRAFFIC, ["tekton-chains", "transparency-log"]],
    [TO_ANY_RIGHT, ["tekton-chains"]],
    [TO_ADMISSION, ["tekton-pipelines"]],
];

const cases = CLOSED.flatMap(([ways, namespaces]) =>
    ways.flatMap((way) =>
        way.verbs.flatMap((verb) => namespaces.map((namespace) => [way.resource, verb, namespace, way.group] as const)),
    ),
);

let plan: Snapshot;

beforeAll(async () => {
    plan = (await planStack("local", PROJECT_FOLDER)).snapshot;
});

function statuses(change: (snapshot: Snapshot) => void): string[] {
    const changed = copyOf(plan);
    change(changed);
    return judge(changed).map(({ verdict }) => verdict.status);
}

it("all six are met before anything is widened, and a harmless right does not change that", () => {
    const harmless = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
    expect(new Set(statuses(() => undefined))).toEqual(new Set(["met"]));
    expect(
        new Set(
            statuses((snapshot) => {
                grant(snapshot, "builds-crane", visitor, harmless);
            }),
        ),
    ).toEqual(new Set(["met"]));
});

it.each(cases)("a right to %s: %s in %s is noticed", (name, verb, namespace, group) => {
    const rule = { apiGroups: [group], resources: [name], verbs: [verb] };
    expect(
        statuses((snapshot) => {
            grant(snapshot, namespace, visitor, rule);
        }),
    ).toContain("unmet");
});

const everywhere = [...new Map(cases.map((row) => [`${row[3]} ${row[0]} ${row[1]}`, row])).values()];

it.each(everywhere)("a right to %s: %s in all namespaces is noticed", (name, verb, _namespace, group) => {
    const rule = { apiGroups: [group], resources: [name], verbs: [verb] };
    expect(
        statuses((snapshot) => {
            grant(snapshot, undefined, visitor, rule);
        }),
    ).toContain("unmet");
});

describe("rights that the plan does not tell are never taken for none", () => {
    const binding = (snapshot: Snapshot): ReturnType<typeof resource> => {
        grant(snapshot, undefined, visitor, { apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
        const added = snapshot.resources.at(-1);
        if (added === undefined) {
            throw new Error("nothing was added");
        }
        return added;
    };
    const unknown = "[unknown: urn:pulumi:x::y::z::w#value]";

    it.each<[string, (snapshot: Snapshot) => void]>([
        [
            "unknown subjects",
            (snapshot) => {
                binding(snapshot).inputs["subjects"] = unknown;
            },
        ],
        [
            "unknown rules",
            (snapshot) => {
                binding(snapshot);
                set(snapshot.resources.at(-2), ["inputs", "rules"], unknown);
            },
        ],
        [
            "a list of bindings",
            (snapshot) => {
                const list = {
                    apiVersion: "rbac.authorization.k8s.io/v1",
                    kind: "ClusterRoleBindingList",
                    metadata: {},
                };
                declare(snapshot, list);
            },
        ],
        [
            "a rule that is no rule yet",
            (snapshot) => {
                binding(snapshot);
                set(snapshot.resources.at(-2), ["inputs", "rules"], [unknown]);
            },
        ],
        [
            "resources that are no list yet",
            (snapshot) => {
                binding(snapshot);
                set(snapshot.resources.at(-2), ["inputs", "rules", 0, "resources"], unknown);
            },
        ],
        [
            "a chart",
            (snapshot) => {
                set(binding(snapshot), ["type"], "kubernetes:helm.sh/v3:Release");
                set(snapshot.resources.at(-1), ["inputs"], { chart: "x" });
            },
        ],
        [
            "a binding without namespace",
            (snapshot) => {
                grant(snapshot, "builds-crane", visitor, { apiGroups: [""], resources: ["pods"], verbs: ["create"] });
                for (const added of snapshot.resources.slice(-2)) {
                    set(added.inputs, ["metadata"], { name: "anywhere" });
                }
                set(snapshot.resources.at(-1)?.inputs, ["roleRef", "name"], "anywhere");
            },
        ],
        [
            "a patch of a built-in role",
            (snapshot) => {
                set(binding(snapshot).inputs, ["roleRef", "name"], "cluster-admin");
                const patch = {
                    apiVersion: "rbac.authorization.k8s.io/v1",
                    kind: "ClusterRole",
                    metadata: { name: "cluster-admin" },
                };
                declare(snapshot, patch);
                set(snapshot.resources.at(-1), ["type"], "kubernetes:rbac.authorization.k8s.io/v1:ClusterRolePatch");
            },
        ],
    ])("%s", (_what, change) => {
        expect(statuses(change).filter((status) => status !== "met").length).toBeGreaterThan(0);
    });
});

describe("a controller's account is its own", () => {
    it.each([
        ["Tekton's controller", "tekton-pipelines", "tekton-controller-builds-crane"],
        ["Chains' controller", "tekton-chains", "tekton-chains-controller"],
        ["the merge trigger", "builds-crane", "merge-trigger"],
    ])("other pods that run as %s are noticed", (_what, namespace, account) => {
        const changed = statuses((snapshot) => {
            const spec = { serviceAccountName: account, containers: [{ name: "other" }] };
            declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata: { name: "other", namespace }, spec } as never);
        });
        expect(changed).toContain("unmet");
    });
});

it("configuration that the controller does not read is not judged in its place", () => {
    for (const [name, where] of [
        ["tekton-pipelines-feature-flags", "default"],
        ["tekton-chains-config", "default"],
    ] as const) {
        expect(
            statuses((snapshot) => {
                set(resource(snapshot, name).inputs, ["metadata", "namespace"], where);
            }),
        ).toContain("unmet");
        expect(
            statuses((snapshot) => {
                set(resource(snapshot, name), ["provider"], "urn:pulumi:other::cluster");
            }),
        ).toContain("unmet");
        const second = (snapshot: Snapshot): void => {
            const { inputs } = resource(snapshot, name);
            declare(snapshot, structuredClone(inputs) as never);
        };
        expect(statuses(second)).toContain("unmet");
    }
});
