import { MANY_ENTRY } from "../../../lab/platform/many-source";
import { PROJECT_FOLDER } from "../../../plan/project";
import { planSettings, readStackFile } from "../../../plan/stack";
import { rightsOf } from "../../../requirements/access";
import type { Snapshot } from "../../../requirements/snapshot";
import { parseSettings } from "../../../stacks/settings";
import { copyOf, grant, set } from "../../snapshot-edit";
import type { Question } from "./access-review";
import { namespacesOf, plannedAnswers, questionsOf } from "./questions";

const BUILDER = { namespace: "builds-crane", name: "builder" };
let plan: Snapshot;

/** The lab's repositories, and addresses in the place of the lab's. */
beforeAll(async () => {
    const committed = readStackFile("local", PROJECT_FOLDER);
    const many = {
        ...MANY_ENTRY,
        url: "http://192.0.2.1/many.git",
        cloneEgress: ["192.0.2.1/32:80"],
        buildEgress: ["192.0.2.1/32:5000"],
    };
    const repositories = [...parseSettings("local", committed).repositories, many];
    plan = (await planSettings("local", parseSettings("local", { ...committed, repositories }), PROJECT_FOLDER))
        .snapshot;
});

type Rule = Parameters<typeof grant>[3] & { resourceNames?: string[] };

/** What the account may do more when the builder, or whoever is bound instead, is granted a rule. */
function gained(account: Question["account"], where: string | undefined, rule: Rule, bound?: object): string[] {
    const changed = copyOf(plan);
    grant(changed, where, BUILDER, rule);
    if (bound !== undefined) {
        set(changed.resources.at(-1)?.inputs, ["subjects", 0], bound);
    }
    const before = new Set(held(plan, account));
    return held(changed, account).filter((deed) => !before.has(deed));
}

/** `verb resource.group object @ namespace` */
function held(snapshot: Snapshot, account: Question["account"]): string[] {
    const questions = questionsOf(snapshot).filter((question) => text(question.account) === text(account));
    const answers = plannedAnswers(snapshot, questions);
    return questions.filter((_question, at) => answers[at] === true).map(deedOf);
}

function text({ namespace, name }: Question["account"]): string {
    return `${namespace}/${name}`;
}

function deedOf({ verb, resource, group, name, namespace }: Question): string {
    return [verb, `${resource}.${group}`, ...(name === "" ? [] : [name]), "@", namespace].join(" ");
}

it("asks a number of questions that the API server answers in minutes, each once", () => {
    const asked = questionsOf(plan).map((question) => `${text(question.account)} ${deedOf(question)}`);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(150_000);
});

it("asks for every verb that an admission rule asks RBAC for", () => {
    const inForce = [...JSON.stringify(plan).matchAll(/\.check\(\\"(?<verb>\w+)\\"\)/g)].map(([, verb]) => verb);
    expect(new Set(inForce)).toEqual(new Set(["define", "issue", "cancel"]));
    expect([...new Set(questionsOf(plan).map(({ verb }) => verb))]).toEqual(expect.arrayContaining(inForce));
});

it("asks each account that a binding names for all that the binding's role names", () => {
    const questions = questionsOf(plan);
    const answers = plannedAnswers(plan, questions);
    const yes = new Set(
        questions
            .filter((_question, at) => answers[at] === true)
            .map((question) => `ServiceAccount ${text(question.account)} ${deedOf(question)}`),
    );
    const rows = rightsOf(plan).flatMap(({ binding, subjects, rules = [] }) =>
        rules.flatMap(({ verbs = [], apiGroups = [], resources = [], resourceNames = [""] }) =>
            verbs.flatMap((verb) =>
                apiGroups.flatMap((group) =>
                    resources.flatMap((resource) =>
                        resourceNames.flatMap((name) =>
                            subjects
                                .filter((subject) => subject.startsWith("ServiceAccount "))
                                .map((subject) => {
                                    const { namespace = "" } = binding;
                                    return `${subject} ${deedOf({ account: BUILDER, verb, group, resource, name, namespace })}`;
                                }),
                        ),
                    ),
                ),
            ),
        ),
    );
    expect(rows.length).toBeGreaterThan(400);
    expect(rows.filter((row) => !yes.has(row))).toEqual([]);
});

describe("a right that the plan grants", () => {
    const everywhere = (deed: string): string[] =>
        [...namespacesOf(plan), ""].map((namespace) => `${deed} @ ${namespace}`);

    it("to a resource, and by a verb, that nobody listed is asked for", () => {
        const rule = { apiGroups: ["example.com"], resources: ["widgets"], verbs: ["paint"] };
        expect(gained(BUILDER, "builds-crane", rule)).toEqual(["paint widgets.example.com @ builds-crane"]);
        expect(gained(BUILDER, undefined, rule)).toEqual(everywhere("paint widgets.example.com"));
    });

    it.each([
        ["define", "tekton.dev", "tasks"],
        ["define", "", "configmaps"],
        ["define", "networking.k8s.io", "networkpolicies"],
        ["issue", "", "serviceaccounts/token"],
        ["cancel", "tekton.dev", "pipelineruns"],
        ["impersonate", "", "serviceaccounts"],
        ["bind", "rbac.authorization.k8s.io", "clusterroles"],
        ["escalate", "rbac.authorization.k8s.io", "roles"],
        ["impersonate", "authentication.k8s.io", "uids"],
    ])("by the verb %s of %s %s is asked for of everybody", (verb, group, name) => {
        const asked = new Set(
            questionsOf(plan)
                .filter((question) => question.verb === verb && question.group === group && question.resource === name)
                .map(({ account, namespace }) => `${text(account)} @ ${namespace}`),
        );
        const accounts = new Set(questionsOf(plan).map(({ account }) => text(account)));
        expect(asked.size).toBe(accounts.size * (namespacesOf(plan).length + 1));
        expect(gained(BUILDER, "builds-crane", { apiGroups: [group], resources: [name], verbs: [verb] })).toEqual([
            `${verb} ${name}.${group} @ builds-crane`,
        ]);
    });

    it("cluster-wide is one in every namespace, and to what lies in none is asked for once", () => {
        const secrets = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
        // To a Secret that a role names too.
        expect(gained(BUILDER, undefined, secrets)).toEqual(expect.arrayContaining(everywhere("get secrets.")));
        const nodes = { apiGroups: [""], resources: ["nodes"], verbs: ["delete"] };
        expect(gained(BUILDER, undefined, nodes)).toEqual(["delete nodes. @ "]);
        expect(gained(BUILDER, "builds-crane", nodes)).toEqual([]);
    });

    it("to an object by its name is one to no other", () => {
        const rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["patch"], resourceNames: ["one"] };
        expect(gained(BUILDER, "builds-crane", rule)).toEqual(["patch configmaps. one @ builds-crane"]);
    });

    it("by a wildcard is one to all that is listed, and asked for as it stands", () => {
        const verbs = gained(BUILDER, "builds-crane", { apiGroups: [""], resources: ["pods/exec"], verbs: ["*"] });
        const written = ["get", "create", "update", "patch", "*"];
        expect(verbs.sort()).toEqual(written.map((verb) => `${verb} pods/exec. @ builds-crane`).sort());
        const status = gained(BUILDER, "builds-crane", {
            apiGroups: ["*"],
            resources: ["*/status"],
            verbs: ["update"],
        });
        expect(status).toEqual(
            expect.arrayContaining(["update pods/status. @ builds-crane", "update */status.* @ builds-crane"]),
        );
        expect(status.filter((deed) => !deed.includes("/status."))).toEqual([]);
        const all = gained(BUILDER, "builds-crane", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
        const asked = questionsOf(plan).filter(
            ({ account, namespace }) => text(account) === text(BUILDER) && namespace === "builds-crane",
        );
        expect(all.sort()).toEqual([...asked.map(deedOf), "* *.* @ builds-crane"].sort());
    });

    it("to all accounts of a namespace is one of its account `default`, and of no other's", () => {
        const rule = { apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] };
        const group = { kind: "Group", name: "system:serviceaccounts:builds-crane" };
        const byDefault = (namespace: string): string[] =>
            gained({ namespace, name: "default" }, "builds-hello", rule, group);
        expect(byDefault("builds-crane")).toEqual(["get widgets.example.com @ builds-hello"]);
        expect(byDefault("builds-hello")).toEqual([]);
    });

    it("to an account that nobody declared is asked for too", () => {
        const other = { namespace: "default", name: "visitor" };
        const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
        expect(gained(other, "builds-crane", rule, { kind: "ServiceAccount", ...other })).toEqual([
            "get pods. @ builds-crane",
            // Published to everybody.
            "get configmaps. chains-info @ tekton-chains",
            "get configmaps. pipelines-info @ tekton-pipelines",
        ]);
    });
});
