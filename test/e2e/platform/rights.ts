import { labSettings } from "../../../lab/platform/settings";
import { BUILD_IDENTITIES, buildsNamespace, NAMESPACES, runPruner, tektonController } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { planSettings } from "../../../plan/stack";
import { EVERYBODY, groupsOf, rightsOf, subjectOf, whoCan, type Right } from "../../../requirements/access";
import { kubernetesObjects } from "../../../requirements/objects";
import { answersTo, type Question } from "./access-review";
import type { Account } from "./account";
import { CRANE, HELLO, MANY_IMAGES, PAGE, type Platform } from "./platform";

/** The last is our own: by it an admission rule tells which trigger may cancel runs. */
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "cancel"];

/** What the platform is made of, and ways to more rights. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
    "": [
        "configmaps",
        "events",
        "persistentvolumeclaims",
        "pods",
        "pods/exec",
        "pods/log",
        "pods/status",
        "secrets",
        "serviceaccounts",
        "serviceaccounts/token",
        "services",
    ],
    apps: ["deployments", "statefulsets"],
    batch: ["cronjobs", "jobs"],
    "networking.k8s.io": ["networkpolicies"],
    "rbac.authorization.k8s.io": ["roles", "rolebindings"],
    "resolution.tekton.dev": ["resolutionrequests", "resolutionrequests/status"],
    "tekton.dev": [
        "customruns",
        "pipelineruns",
        "pipelineruns/finalizers",
        "pipelineruns/status",
        "pipelines",
        "stepactions",
        "taskruns",
        "taskruns/status",
        "tasks",
    ],
};

const REPOSITORIES = [CRANE, HELLO, MANY_IMAGES, PAGE];

/** Everybody who acts for a source repository. */
function identitiesOf(repository: string): Account[] {
    const namespace = buildsNamespace(repository);
    const own = Object.values(BUILD_IDENTITIES).map((name) => ({ namespace, name }));
    return [...own, tektonController(namespace), runPruner(namespace)];
}

/** Several source repositories on one platform, and everybody's rights in every namespace. */
export function rightsSuite(the: () => Platform): void {
    it("are, for every service account, verb and resource, exactly those that the plan says", async () => {
        const { lab } = the();
        const { snapshot } = await planSettings("local", await labSettings(lab), PROJECT_FOLDER);
        const objects = kubernetesObjects(snapshot);
        const accounts = objects
            .filter(({ kind }) => kind === "ServiceAccount")
            .map(({ namespace = "", name }) => ({ namespace, name }));
        const namespaces = objects.filter(({ kind }) => kind === "Namespace").map(({ name }) => name);
        expect([...namespaces].sort()).toEqual(
            [...Object.values(NAMESPACES), ...REPOSITORIES.map(buildsNamespace)].sort(),
        );
        const questions = accounts.flatMap((account) =>
            namespaces.flatMap((namespace) =>
                Object.entries(RESOURCES).flatMap(([group, resources]) =>
                    resources.flatMap((resource) =>
                        VERBS.map((verb): Question => ({ account, verb, group, resource, namespace, name: "" })),
                    ),
                ),
            ),
        );
        const rights = rightsOf(snapshot);
        const planned = rows(questions, (question) => isPlanned(rights, question));
        const answers = await answersTo(lab, questions);
        expect(rows(questions, (_question, at) => answers[at] === true)).toEqual(planned);
        console.log(`${String(questions.length)} questions, ${String(planned.length)} rights`);

        const pairs = REPOSITORIES.flatMap((one) =>
            REPOSITORIES.filter((other) => other !== one).map((other) => [one, other] as const),
        );
        for (const [one, other] of pairs) {
            const held = questions.filter(
                ({ account, namespace }, at) =>
                    answers[at] === true &&
                    namespace === buildsNamespace(other) &&
                    identitiesOf(one).some((own) => subjectOf(own) === subjectOf(account)),
            );
            expect(held).toEqual([]);
            const asked = new Set(questions.map(({ account }) => subjectOf(account)));
            expect(identitiesOf(one).filter((own) => !asked.has(subjectOf(own)))).toEqual([]);
        }
    });
}

/** Whether the declared bindings allow it, the account's groups included. */
function isPlanned(rights: readonly Right[], { account, verb, ...action }: Question): boolean {
    const names = [subjectOf(account), ...groupsOf(account), ...EVERYBODY];
    return whoCan(rights, { ...action, verbs: [verb] }).some(({ subject }) => names.includes(subject));
}

function rows(questions: readonly Question[], holds: (question: Question, at: number) => boolean): string[] {
    return questions
        .filter(holds)
        .map(({ account, verb, group, resource, namespace }) =>
            [`${account.namespace}/${account.name}`, verb, `${resource}.${group}`, `in ${namespace}`].join(" "),
        );
}
