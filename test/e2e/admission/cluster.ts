import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { admissionPolicies, type BoundPolicy, type Rule } from "../../../admission";
import type { Json } from "../../../admission/cel";
import { readReleasesLock } from "../../../locks/release";
import { moduleFolder } from "../../../locks/source";
import { objectsIn } from "../../../locks/yaml-documents";
import { PROJECT_FOLDER } from "../../../plan/project";
import type { Answer, Api, Request, User } from "./api";
import * as objects from "./builds";
import { create, merge, path } from "./requests";

const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SECONDS = 20;

export const NAMESPACES = [objects.BUILDS, objects.OTHER_BUILDS, "elsewhere", "tekton-chains", "tekton-pipelines"];

const bound = admissionPolicies({ builds: [objects.DECLARED, objects.OTHER] });

/** Tekton's own definitions, from the module that the lock names; versions are converted by a webhook, which is not here. */
async function defineTekton(api: Api): Promise<void> {
    const { source } = readReleasesLock(PROJECT_FOLDER).releases["tekton-pipelines"];
    const folder = join(await moduleFolder({ source, version: "v1.15.0" }), "config/300-crds");
    const definitions = readdirSync(folder)
        .map((file) => join(folder, file))
        .flatMap((file) => objectsIn(readFileSync(file, "utf8"), file) as unknown as Json[]);
    for (const definition of definitions) {
        await api.store({
            method: "POST",
            path: DEFINITIONS,
            body: objects.withField(definition, ["spec", "conversion"], { strategy: "None" }),
        });
    }
    await until(api, { method: "GET", path: `${DEFINITIONS}?limit=100` }, undefined, ({ body }) =>
        (body as { items: { status?: { conditions?: { type: string; status: string }[] } }[] }).items.every(
            ({ status }) => status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True"),
        ),
    );
}

/** Everybody may everything that Kubernetes has a verb for; the deployer also what our own verbs stand for. */
async function grant(api: Api): Promise<void> {
    const role = async (name: string, subject: Json, rules: Json): Promise<void> => {
        await api.store({ method: "POST", path: `${RBAC}/clusterroles`, body: { metadata: { name }, rules } });
        await api.store({
            method: "POST",
            path: `${RBAC}/clusterrolebindings`,
            body: {
                metadata: { name },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
                subjects: [subject],
            },
        });
    };
    const apiGroup = "rbac.authorization.k8s.io";
    await role("everybody", { apiGroup, kind: "Group", name: "system:authenticated" }, [
        {
            apiGroups: ["*"],
            resources: ["*"],
            verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        },
    ]);
    await role("canceller", { kind: "ServiceAccount", namespace: objects.BUILDS, name: "merge-trigger" }, [
        { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["cancel"] },
    ]);
    await role("deployer", { apiGroup, kind: "User", name: "deployer" }, [
        { apiGroups: ["tekton.dev"], resources: ["pipelines", "tasks", "stepactions"], verbs: ["define"] },
        { apiGroups: [""], resources: ["configmaps", "serviceaccounts"], verbs: ["define"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["define"] },
        { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["issue"] },
    ]);
}

/** A run that Chains has marked. */
const signed = (name: string, mark: string): Json =>
    objects.withField(
        objects.renamed(objects.STARTED, name),
        ["metadata", "annotations", "chains.tekton.dev/signed"],
        mark,
    );

/** The objects that are attacked, as they are once a build has ended. */
async function fill(api: Api): Promise<void> {
    for (const name of NAMESPACES) {
        await api.store({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name } } });
    }
    for (const name of ["builder", "pusher", "merge-trigger"]) {
        await api.store(create("serviceaccounts", { metadata: { name } }));
    }
    const account = objects.withField(objects.CUSTOM_RUN, ["metadata", "annotations"], { "example.test/a": "b" });
    for (const [resource, object] of [
        ["pipelineruns", objects.renamed(objects.STARTED, "crane-done")],
        ["pipelineruns", objects.renamed(objects.RUN, "crane-waits")],
        ["pipelineruns", objects.renamed(objects.STARTED, "crane-goes-on")],
        ["pipelineruns", objects.renamed(objects.STARTED, "crane-ended")],
        ["pipelineruns", objects.renamed(objects.STARTED, "crane-unsigned")],
        ["pipelineruns", signed("crane-signed", "true")],
        ["pipelineruns", signed("crane-unsignable", "failed")],
        ["taskruns", objects.TASK_RUN],
        ["customruns", account],
        ["tasks", objects.TASK],
        ["pipelines", objects.PIPELINE],
        ["stepactions", objects.STEP_ACTION],
        ["resolutionrequests", objects.RESOLUTION],
        ["pods", objects.POD],
        ["persistentvolumeclaims", objects.CLAIM],
        ["statefulsets", objects.ASSISTANT],
        ["configmaps", { metadata: { name: "merge-trigger" }, data: { "steps.json": "[]", "signing.pub": "key" } }],
        ["configmaps", { metadata: { name: "registry-ca" }, data: { "ca.crt": "certificate" } }],
        ["configmaps", { metadata: { name: "others" } }],
        ["networkpolicies", { metadata: { name: "nothing-by-default" }, spec: { podSelector: {} } }],
    ] as const) {
        await api.store(create(resource, object));
    }
    for (const [name, run] of [
        ["other-waits", objects.OTHER_RUN],
        ["other-goes-on", objects.withField(objects.OTHER_RUN, ["spec", "status"])],
    ] as const) {
        const body = objects.renamed(run, name, objects.OTHER_BUILDS);
        await api.store(create("pipelineruns", body, objects.OTHER_BUILDS));
    }
    await api.store(merge("taskruns", "crane-done-push/status", { status: objects.TASK_RUN_STATUS }));
    const owner = await api.store({ method: "GET", path: path("taskruns", "crane-done-push") });
    await api.store(create("pods", objects.ownedPod((owner as { metadata: { uid: string } }).metadata.uid)));
    await api.store(merge("pods", "owned-pod/status", { status: objects.ADDRESSES }));
    for (const [name, status] of [
        ["crane-goes-on", "Unknown"],
        ["crane-ended", "False"],
        ["crane-unsigned", "True"],
        ["crane-signed", "True"],
        ["crane-unsignable", "True"],
    ] as const) {
        const conditions = [{ type: "Succeeded", status }];
        await api.store(merge("pipelineruns", `${name}/status`, { status: { conditions } }));
    }
}

/** Everything, with all rules in force. */
export async function setUp(api: Api): Promise<void> {
    await defineTekton(api);
    await grant(api);
    await fill(api);
    for (const { policy } of bound) {
        await api.store({ method: "POST", path: POLICIES, body: policy as unknown as Json });
    }
    await Promise.all(bound.map((one) => bind(api, one)));
}

async function bind(api: Api, { binding }: BoundPolicy): Promise<void> {
    await api.store({ method: "POST", path: BINDINGS, body: binding as unknown as Json });
}

const policiesOf = (rule: Rule): readonly BoundPolicy[] =>
    bound.filter(({ policy }) => policy.spec.validations.every(({ message }) => message.startsWith(`${rule.name}: `)));

/** Takes a rule out of force. */
export async function unbind(api: Api, rule: Rule): Promise<void> {
    for (const { binding } of policiesOf(rule)) {
        await api.store({ method: "DELETE", path: `${BINDINGS}/${binding.metadata.name}` });
    }
}

/** Puts a rule into force again. */
export async function rebind(api: Api, rule: Rule): Promise<void> {
    await Promise.all(policiesOf(rule).map((one) => bind(api, one)));
}

/** Whether an answer is the refusal of a rule, by its object's name and by its message. */
export function isRefusalBy(rule: string, { code, message }: Answer): boolean {
    return (
        code >= 400 && message.includes("ValidatingAdmissionPolicy") && message.includes(`denied request: ${rule}: `)
    );
}

/** Asks until the answer is as it should be. @throws Error with the last answer when it never is */
export async function until(
    api: Api,
    request: Request,
    as: User | undefined,
    good: (answer: Answer) => boolean,
): Promise<Answer> {
    const end = Date.now() + SECONDS * 1000;
    for (;;) {
        const answer = await api.ask(request, as);
        if (good(answer)) {
            return answer;
        }
        if (Date.now() > end) {
            throw new Error(
                `${request.method} ${request.path} as ${as?.name ?? "administrator"} still answers ` +
                    `${String(answer.code)} ${answer.message} after ${String(SECONDS)} s`,
            );
        }
        await sleep(100);
    }
}
