import { spawn } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import type { Lab } from "../../../lab/lab";
import { groupsOf } from "../../../requirements/access";
import type { Account } from "./account";

/** Whether an account may do one thing. */
export interface Question {
    readonly account: Account;
    readonly verb: string;
    readonly group: string;
    /** Plural, with a subresource after a slash. */
    readonly resource: string;
    /** "": cluster-wide. */
    readonly namespace: string;
    /** "": no object in particular. */
    readonly name: string;
}

/** How many are asked at a time. */
const AT_ONCE = 32;

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** The API server's own answers, in the order of the questions. */
export async function answersTo(lab: Lab, questions: readonly Question[]): Promise<boolean[]> {
    return throughProxy(lab, async (api) => {
        const answers: boolean[] = [];
        const rest = questions.entries();
        const ask = async (): Promise<void> => {
            for (const [at, question] of rest) {
                answers[at] = await answerTo(api, question);
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, ask));
        return answers;
    });
}

async function answerTo(api: string, question: Question): Promise<boolean> {
    const [resource, subresource] = question.resource.split("/");
    const { namespace, name } = question.account;
    const response = await fetch(`${api}/apis/authorization.k8s.io/v1/subjectaccessreviews`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
            apiVersion: "authorization.k8s.io/v1",
            kind: "SubjectAccessReview",
            spec: {
                user: `system:serviceaccount:${namespace}:${name}`,
                groups: [
                    ...groupsOf(question.account).map((group) => group.slice("Group ".length)),
                    "system:authenticated",
                ],
                resourceAttributes: {
                    namespace: question.namespace,
                    verb: question.verb,
                    group: question.group,
                    resource,
                    subresource: subresource ?? "",
                    name: question.name,
                },
            },
        }),
    });
    return review.parse(await response.json()).status.allowed;
}

/** Asks the API server as the administrator, without a kubectl for each question. */
async function throughProxy<T>(lab: Lab, ask: (api: string) => Promise<T>): Promise<T> {
    const command = ["--kubeconfig", lab.kubeconfig, "proxy", "--address", "127.0.0.1", "--port", "0"];
    const proxy = spawn(lab.programs["kubectl"] ?? "kubectl", command, { stdio: ["ignore", "pipe", "inherit"] });
    try {
        const [said] = (await once(proxy.stdout, "data")) as [Buffer];
        const address = /127\.0\.0\.1:[0-9]+/.exec(said.toString())?.[0];
        if (address === undefined) {
            throw new Error(`kubectl proxy says ${said.toString()}`);
        }
        return await ask(`http://${address}`);
    } finally {
        proxy.kill();
    }
}
