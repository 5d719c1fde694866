import { admissionPolicies, RULES, type Build } from "../../admission";
import { literal, text } from "../../admission/cel";
import { byTekton, byTrigger } from "../../admission/who";
import { koPipeline } from "../../pipelines/ko";
import { KO_ARGS } from "../pipelines/values";

const build = (namespace: string): Build => ({
    namespace,
    runTemplate: koPipeline({ ...KO_ARGS, namespace }).runTemplate,
    url: "https://git.test/team/app",
});
const BUILDS = [build("builds-one"), build("builds-two")];
const bound = admissionPolicies({ builds: BUILDS });

it("has each rule's name once", () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)+$/.test(name))).toEqual([]);
});

describe.each(RULES)("$name", ({ name, reason, cure, judges }) => {
    const own = bound.filter(({ policy }) => policy.metadata.annotations["slsa-build-platform/reason"] === reason);

    it("says why, and what to do instead", () => {
        for (const sentence of [reason, cure]) {
            expect(sentence).toMatch(/^[a-zA-Z].{15,}[^.]$/);
        }
    });

    it("is in force for every build, under its own name", () => {
        const perBuild = BUILDS.map(({ namespace }) => `${name}-${namespace}`);
        expect(own.map(({ policy }) => policy.metadata.name)).toEqual(
            (typeof judges === "function" ? perBuild : [name]).map((one) => `slsa-build-platform.${one}`),
        );
        const namespaces = own.flatMap(
            ({ policy }) => policy.spec.matchConstraints.namespaceSelector.matchExpressions[0]?.values ?? [],
        );
        expect(namespaces).toEqual(BUILDS.map(({ namespace }) => namespace));
    });

    it("refuses, also where it cannot be judged", () => {
        for (const { policy, binding } of own) {
            expect(policy.spec.failurePolicy).toBe("Fail");
            expect(policy.spec.matchConstraints.matchPolicy).toBe("Equivalent");
            expect(binding.spec).toEqual({ policyName: policy.metadata.name, validationActions: ["Deny"] });
        }
    });

    it("names itself first and the cure last in every message", () => {
        const messages = own.flatMap(({ policy }) => policy.spec.validations.map(({ message }) => message));
        expect(messages.length).toBeGreaterThan(0);
        for (const message of messages) {
            expect(message.startsWith(`${name}: `)).toBe(true);
            expect(message.endsWith(`; ${cure}`)).toBe(true);
            expect(message).not.toMatch(/\n/);
        }
    });
});

it("knows Tekton's controller and the trigger by the request's namespace", () => {
    expect(byTekton).toBe(
        'request.userInfo.username == "system:serviceaccount:tekton-pipelines:tekton-controller-" + request.namespace',
    );
    expect(byTrigger).toBe(
        'request.userInfo.username == "system:serviceaccount:" + request.namespace + ":merge-trigger"',
    );
});

describe("a literal", () => {
    it.each(['a"b', "a'b", "a\\b", "a\nb", "a\tb", "${a}", "$(a)", '") || true || ("', "ü", ""])(
        "keeps %j",
        (value) => {
            const quoted = text(value);
            expect(quoted).toMatch(/^"([^"\\\n]|\\["\\nt])*"$/);
            expect(JSON.parse(quoted)).toBe(value);
        },
    );

    it("keeps a setting within its quotes in a whole policy", () => {
        const url = 'https://git.test/") || true || ("\n\\';
        const [policy] = admissionPolicies({ builds: [{ ...build("builds-one"), url }] })
            .map(({ policy: made }) => made)
            .filter(({ metadata }) => metadata.name === "slsa-build-platform.run-as-declared-builds-one");
        const compared = policy?.spec.validations.filter(({ expression }) => expression.includes("git.test")) ?? [];
        expect(compared.map(({ expression }) => expression.includes(`param.value == ${text(url)}`))).toEqual([true]);
        expect(compared[0]?.expression).not.toMatch(/\n/);
    });

    it("holds values of several types", () => {
        expect(literal({ a: [1, true, null, "x"], b: {} })).toBe(
            '{"a": dyn([dyn(1), dyn(true), dyn(null), dyn("x")]), "b": dyn({})}',
        );
    });
});

describe("what cannot be protected", () => {
    it("is no build at all", () => {
        expect(() => admissionPolicies({ builds: [] })).toThrow("name at least one namespace");
    });

    it("is two builds in one namespace", () => {
        expect(() => admissionPolicies({ builds: [build("builds-one"), build("builds-one")] })).toThrow(
            "Two builds run in builds-one",
        );
    });

    it("is a build whose runs are declared for another namespace", () => {
        expect(() => admissionPolicies({ builds: [{ ...build("builds-one"), namespace: "builds-two" }] })).toThrow(
            "declared for builds-one",
        );
    });
});
