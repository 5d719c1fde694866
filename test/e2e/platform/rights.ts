import { labSettings } from "../../../lab/platform/settings";
import { BUILD_IDENTITIES, buildsNamespace, NAMESPACES, runPruner, tektonController } from "../../../names";
import { PROJECT_FOLDER } from "../../../plan/project";
import { planSettings } from "../../../plan/stack";
import { subjectOf } from "../../../requirements/access";
import { answersTo, type Question } from "./access-review";
import type { Account } from "./account";
import { CRANE, HELLO, MANY_IMAGES, PAGE, type Platform } from "./platform";
import { namespacesOf, plannedAnswers, questionsOf } from "./questions";

const REPOSITORIES = [CRANE, HELLO, MANY_IMAGES, PAGE];

/** Everybody who acts for a source repository. */
function identitiesOf(repository: string): Account[] {
    const namespace = buildsNamespace(repository);
    const own = Object.values(BUILD_IDENTITIES).map((name) => ({ namespace, name }));
    return [...own, { namespace, name: "default" }, tektonController(namespace), runPruner(namespace)];
}

/** Several source repositories on one platform, and everybody's rights in every namespace. */
export function rightsSuite(the: () => Platform): void {
    it("are, for every service account, verb and resource, exactly those that the plan says", async () => {
        const { lab } = the();
        const { snapshot } = await planSettings("local", await labSettings(lab), PROJECT_FOLDER);
        expect(namespacesOf(snapshot).sort()).toEqual(
            [...Object.values(NAMESPACES), ...REPOSITORIES.map(buildsNamespace)].sort(),
        );
        const questions = questionsOf(snapshot);
        const planned = rows(questions, plannedAnswers(snapshot, questions));
        const answers = await answersTo(lab, questions);
        expect(rows(questions, answers)).toEqual(planned);
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

/** One line for each question that is answered with yes. */
function rows(questions: readonly Question[], answers: readonly boolean[]): string[] {
    return questions
        .filter((_question, at) => answers[at] === true)
        .map(({ account, verb, group, resource, namespace, name }) =>
            [
                `${account.namespace}/${account.name}`,
                verb,
                `${resource}.${group}`,
                ...(name === "" ? [] : [name]),
                namespace === "" ? "cluster-wide" : `in ${namespace}`,
            ].join(" "),
        );
}
