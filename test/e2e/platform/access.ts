import { NAMESPACES, OBJECTS } from "../../../names";
import { TO_RUN, TO_SECRETS } from "../../../requirements/ways";
import { apply, kubectl, pod } from "../lab-kubectl";
import { answersTo } from "./access-review";
import { ACCOUNTS, as, asAdministrator, type Account } from "./account";
import { BUILDS, runsOf, type Platform } from "./platform";

const { tektonChains: CHAINS } = NAMESPACES;
const DRY = ["create", "--dry-run=server", "--filename", "-"];
const SIGNING_KEY = ["--namespace", CHAINS, "get", "secret", OBJECTS.signingSecret];

/** What the real API server refuses. Each request is one that somebody with the right may make. */
export function accessSuite(the: () => Platform): void {
    const configMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: "attempt-", namespace: BUILDS },
    };
    const taskRun = {
        apiVersion: "tekton.dev/v1",
        kind: "TaskRun",
        metadata: { generateName: "attempt-", namespace: BUILDS },
        spec: { taskRef: { name: "anything" } },
    };
    const pipelineRun = (namespace: string): object => ({
        apiVersion: "tekton.dev/v1",
        kind: "PipelineRun",
        metadata: { generateName: "attempt-", namespace },
        spec: { pipelineRef: { name: "anything" } },
    });
    const busybox = (namespace: string): object => restrictedPod(the(), namespace, "attempt", "true", {});

    it.each<[string, Account, readonly string[], (() => object) | undefined]>([
        ["the trigger a ConfigMap", ACCOUNTS.trigger, DRY, () => configMap],
        ["the trigger a TaskRun", ACCOUNTS.trigger, DRY, () => taskRun],
        ["the trigger a pod", ACCOUNTS.trigger, DRY, () => busybox(BUILDS)],
        ["the trigger a PipelineRun in another namespace", ACCOUNTS.trigger, DRY, () => pipelineRun("default")],
        ["the builder a PipelineRun", ACCOUNTS.builder, DRY, () => pipelineRun(BUILDS)],
        ["the builder a pod beside its own", ACCOUNTS.builder, DRY, () => busybox(BUILDS)],
        ["the builder a pod in another namespace", ACCOUNTS.builder, DRY, () => busybox("default")],
        ["the pusher a pod beside its own", ACCOUNTS.pusher, DRY, () => busybox(BUILDS)],
        ["the pusher a pod in Chains' namespace", ACCOUNTS.pusher, DRY, () => busybox(CHAINS)],
        ["the builder the signing key", ACCOUNTS.builder, SIGNING_KEY, undefined],
        ["the pusher the signing key", ACCOUNTS.pusher, SIGNING_KEY, undefined],
        ["the trigger the signing key", ACCOUNTS.trigger, SIGNING_KEY, undefined],
        ["the builder every run", ACCOUNTS.builder, ["--namespace", BUILDS, "get", "pipelineruns"], undefined],
        ["Tekton's controller the signing key", ACCOUNTS.tekton, SIGNING_KEY, undefined],
        ["the resolvers the signing key", ACCOUNTS.resolvers, SIGNING_KEY, undefined],
    ])("%s, but not the administrator", async (_what, account, command, input) => {
        const { lab } = the();
        const asked = input?.();
        // What RBAC refuses nobody else is asked about: no rule of admission is, either.
        const refused = expect.stringContaining(" cannot ") as unknown;
        const { allowed, said } = await as(lab, account, command, asked);
        expect([allowed, said]).toEqual([false, refused]);
        const administrator = await asAdministrator(lab, command, asked);
        expect(administrator.said).not.toEqual(refused);
        expect(administrator.allowed || administrator.said.includes("ValidatingAdmissionPolicy")).toBe(true);
    });

    it("the trigger and the builder a change of a run, which Chains may make", async () => {
        const { lab, first } = the();
        const [run] = await runsOf(lab, first.commit);
        const name = run?.metadata.name ?? "";
        const patch = [
            "--namespace",
            BUILDS,
            "annotate",
            "--dry-run=server",
            "pipelinerun",
            name,
            "chains.tekton.dev/attempt=1",
        ];
        // The trigger may start a run, so that RBAC lets it patch one.
        expect((await as(lab, ACCOUNTS.trigger, patch)).said).toContain("denied request: record-by-controllers: ");
        expect((await as(lab, ACCOUNTS.builder, patch)).said).toContain("orbidden");
        expect(await as(lab, ACCOUNTS.chains, patch)).toMatchObject({ allowed: true });
    });

    it("every service account the signing key, and whatever could mount it; one that is given it by name is found", async () => {
        const { lab } = the();
        const granted = { namespace: "default", name: "granted-by-name" };
        await apply(lab, ...byName(granted));
        const may = await whoMay(the());
        await kubectl(lab, ["--namespace", CHAINS, "delete", "role,rolebinding", granted.name]);
        // Kubernetes' own controllers run as service accounts of kube-system, and are part of the cluster one trusts.
        expect(may.some((one) => one.startsWith("kube-system/"))).toBe(true);
        expect(may.filter((one) => !one.startsWith("kube-system/"))).toEqual(["default/granted-by-name: get secrets"]);
    });
}

/** Who may read or change the signing key, or run something in Chains' namespace, as the API server itself says. */
async function whoMay({ lab }: Platform): Promise<string[]> {
    const output = 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
    const accounts = (await kubectl(lab, ["get", "serviceaccounts", "--all-namespaces", "--output", output])).split(
        "\n",
    );
    expect(accounts.length).toBeGreaterThan(20);
    const questions = accounts.flatMap((account) =>
        [...TO_RUN, ...TO_SECRETS].flatMap(({ verbs, group, resource }) =>
            verbs.map((verb) => ({ account, verb, group, resource })),
        ),
    );
    const answers = await answersTo(
        lab,
        questions.map(({ account, ...question }) => {
            const [namespace = "", name = ""] = account.split("/");
            return {
                ...question,
                account: { namespace, name },
                namespace: CHAINS,
                name: question.resource === "secrets" ? OBJECTS.signingSecret : "",
            };
        }),
    );
    return questions
        .filter((_question, at) => answers[at] === true)
        .map(({ account, verb, resource }) => `${account}: ${verb} ${resource}`);
}

function byName({ namespace, name }: Account): object[] {
    const rbac = "rbac.authorization.k8s.io";
    const metadata = { name, namespace: CHAINS };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        {
            apiVersion: `${rbac}/v1`,
            kind: "Role",
            metadata,
            rules: [
                { apiGroups: [""], resources: ["secrets"], resourceNames: [OBJECTS.signingSecret], verbs: ["get"] },
            ],
        },
        {
            apiVersion: `${rbac}/v1`,
            kind: "RoleBinding",
            metadata,
            roleRef: { apiGroup: rbac, kind: "Role", name },
            subjects: [{ kind: "ServiceAccount", namespace, name }],
        },
    ];
}

/** A pod that Pod Security "restricted" lets in. */
export function restrictedPod(
    { lab }: Platform,
    namespace: string,
    name: string,
    script: string,
    labels: Record<string, string>,
): object {
    const made = pod(lab, namespace, name, script, { labels }) as {
        spec: { containers: Record<string, unknown>[] } & Record<string, unknown>;
    };
    return {
        ...made,
        spec: {
            ...made.spec,
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            containers: made.spec.containers.map((container) => ({
                ...container,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            })),
        },
    };
}
