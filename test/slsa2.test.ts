import { PROJECT_FOLDER } from "../plan/project";
import { planStack, stackNames } from "../plan/stack";
import { judge, SLSA2 } from "../requirements/slsa2";
import type { Status } from "../requirements/requirement";
import type { Snapshot } from "../requirements/snapshot";
import { ROWS, run, type Mutation } from "./slsa2-mutations";
import { EVERY_REQUIREMENT } from "./slsa2-mutations/every-requirement";
import { copyOf, declare, renameEverywhere } from "./snapshot-edit";
import { allMet, verdicts } from "./verdicts";

const RENAMED: Record<string, string> = {
    "tekton-controller-builds-crane": "tekton-controller-factory",
    "tekton-controller-builds-hello": "tekton-controller-workshop",
    "tekton-controller-builds-page": "tekton-controller-press",
    "run-pruner-builds-crane": "sweeper-factory",
    "run-pruner-builds-hello": "sweeper-workshop",
    "run-pruner-builds-page": "sweeper-press",
    "run-pruner": "sweepers",
    "builds-crane": "factory",
    "builds-hello": "workshop",
    "builds-page": "press",
    "tekton-chains": "notary",
    "tekton-chains-controller": "notary-controller",
    "tekton-pipelines": "conveyor",
    "tekton-pipelines-controller-cluster-access": "conveyor-cluster-access",
    "merge-trigger": "on-merge",
    builder: "maker",
    pusher: "carrier",
    "transparency-log": "ledger",
    "signing-secrets": "seal",
    rekor: "ledger-server",
};

describe.each(stackNames(PROJECT_FOLDER))("SLSA 2 on the plan of stack %s", (stack) => {
    let plan: Snapshot;

    beforeAll(async () => {
        plan = (await planStack(stack, PROJECT_FOLDER)).snapshot;
    });

    it("judges the announcement's six rows, in its order", () => {
        expect(SLSA2.map(({ title }) => title)).toEqual(Object.keys(ROWS));
    });

    it("names declared evidence for every row that is met", () => {
        const urns = new Set(plan.resources.map(({ urn }) => urn));
        for (const { requirement, verdict } of judge(plan)) {
            expect([requirement.id, verdict.evidence.length > 0]).toEqual([requirement.id, true]);
            expect(verdict.evidence.filter(({ urn }) => !urns.has(urn))).toEqual([]);
        }
    });

    it("stays met when everything is renamed consistently", () => {
        const renamed = renameEverywhere(plan, RENAMED);
        expect(JSON.stringify(renamed)).not.toContain('"namespace":"tekton-chains"');
        expect(verdicts(renamed)).toEqual(allMet);
    });

    it("is met by no empty plan", () => {
        expect(Object.values(verdicts({ stack, resources: [] }))).toEqual(SLSA2.map(() => "unmet"));
    });

    const cases = (mutations: Record<string, Mutation> | undefined): [string, Mutation][] =>
        Object.entries(mutations ?? {});

    function after(mutation: Mutation): Record<string, Status> {
        const changed = copyOf(plan);
        mutation(changed);
        return verdicts(changed);
    }

    it.each(cases(EVERY_REQUIREMENT.breaks))("meets no row when %s", (_what, mutation) => {
        expect(new Set(Object.values(after(mutation)))).toEqual(new Set(["unmet"]));
    });

    it.each(cases(EVERY_REQUIREMENT.hides))("knows no row when %s", (_what, mutation) => {
        expect(new Set(Object.values(after(mutation)))).toEqual(new Set(["unknown"]));
    });

    it("stays met beside what others run in the cluster, and let others do", () => {
        const others = (snapshot: Snapshot): void => {
            const metadata = { name: "others", namespace: "default" };
            const rules = [{ apiGroups: ["cert-manager.io"], resources: ["*"] }];
            declare(snapshot, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: {} } as never);
            declare(snapshot, {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "MutatingWebhookConfiguration",
                metadata: { name: "others" },
                webhooks: [{ name: "others.example", clientConfig: { url: "https://example.com" }, rules }],
            } as never);
            declare(snapshot, {
                apiVersion: "apiregistration.k8s.io/v1",
                kind: "APIService",
                metadata: { name: "v1beta1.metrics.k8s.io" },
                spec: { group: "metrics.k8s.io", service: { name: "metrics", namespace: "default" } },
            } as never);
        };
        expect(after(others)).toEqual(allMet);
    });

    describe.each(Object.entries(ROWS))("%s", (title, row) => {
        it("is met", () => {
            expect(verdicts(plan)[title]).toBe("met");
        });

        it.each(cases(row.breaks))("alone turns unmet when %s", (_what, mutation) => {
            expect(after(mutation)).toEqual({ ...allMet, [title]: "unmet" });
        });

        it.each(cases(row.moves))("turns unmet when %s", (_what, mutation) => {
            expect(after(mutation)[title]).toBe("unmet");
        });

        it.each(cases(row.hides))("is unknown, never met, when %s", (_what, mutation) => {
            expect(after(mutation)[title]).toBe("unknown");
        });
    });
});

it("a run that refers to a Pipeline nobody declared meets no row that rests on the build's definition", async () => {
    const { snapshot } = await planStack("local", PROJECT_FOLDER);
    run(snapshot, (spec) => {
        spec["pipelineRef"] = { name: "ko" };
    });
    expect(verdicts(snapshot)).toMatchObject({
        "Source – Version controlled": "unmet",
        "Build – Scripted build": "unmet",
        "Provenance – Available": "unmet",
    });
});
