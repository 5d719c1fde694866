import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { MAX_ATTESTATION_BYTES } from "../../../components/transparency-log-workloads";
import type { Lab } from "../../../lab/lab";
import { changeGreeting } from "../../../lab/platform/hello-source";
import { workingFolder } from "../../../lab/platform/working-copy";
import { buildsNamespace, NAMESPACES, OBJECTS } from "../../../names";
import { kubectl } from "../lab-kubectl";
import {
    bodies,
    HELLO,
    imageOf,
    kubectlLong,
    merged,
    statements,
    type Merged,
    type Platform,
    type Statement,
} from "./platform";

/** Less than any statement has. */
const LOW_LIMIT = 1000;

/** What becomes of a statement that is larger than the log keeps. A smaller limit stands for a larger statement. */
export function logLimitSuite(the: () => Platform): void {
    it("drops the body of a statement that is too large with a line of its own log only: a merge is red for it", async () => {
        const { lab, verifier } = the();
        const limited = await limit(lab, LOW_LIMIT);
        expect(limited.before).toBe(MAX_ATTESTATION_BYTES);
        try {
            changeGreeting(workingFolder(lab, HELLO), "a statement that the log drops");
            const built = await merged(the(), "A merge while the log keeps less", HELLO);
            const image = imageOf(built, HELLO);
            // The entry is there, and whoever has the statement verifies it; the log has it no more.
            await verifier.run(verifier.attestationCommand(image));
            expect(new Set(await bodies(the(), image))).toEqual(new Set([""]));
            const logged = ["--namespace", NAMESPACES.transparencyLog, "logs", "deployment/rekor"];
            const dropped = (await kubectl(lab, logged)).matchAll(
                new RegExp(`size ([0-9]+) is greater than max ${String(LOW_LIMIT)}`, "g"),
            );
            // As the merge itself measured it: parsed and written again it would be shorter, as Go escapes more. The log
            // measures by the base64 that it was sent.
            const [, bytes = ""] = /^the statement has ([0-9]+) bytes of/m.exec(built.log) ?? [];
            expect([...dropped].map(([, size]) => Number(size))).toEqual([Math.ceil(Number(bytes) / 3) * 3]);
            const [statement] = await statements(the(), image);

            const verify = await declaredStep(the(), "verify");
            const again = (limitBytes: number): Promise<Ended> => runStep(the(), verify, built, statement, limitBytes);
            expect(await again(MAX_ATTESTATION_BYTES)).toMatchObject({ code: 0 });
            expect(await again(LOW_LIMIT)).toEqual({
                code: 1,
                said: expect.stringContaining(
                    `the statement has ${bytes} bytes, and the log keeps none of more than ${String(LOW_LIMIT)}\n`,
                ) as string,
            });
        } finally {
            await limit(lab, MAX_ATTESTATION_BYTES);
        }
    });
}
/** Sets the largest statement that the running log keeps, in bytes; what a plan says of it is something else. */
async function limit(lab: Lab, bytes: number): Promise<{ before: number }> {
    const inLog = ["--namespace", NAMESPACES.transparencyLog];
    const deployed = await kubectl(lab, [...inLog, "get", "deployment", "rekor", "--output", "json"]);
    const [flag = "", before = ""] = /--max_attestation_size=([0-9]+)/.exec(deployed) ?? [];
    const args = z
        .object({
            spec: z.object({
                template: z.object({
                    spec: z.object({ containers: z.array(z.object({ args: z.array(z.string()) })) }),
                }),
            }),
        })
        .parse(JSON.parse(deployed)).spec.template.spec.containers[0]?.args;
    const patch = [
        {
            op: "replace",
            path: `/spec/template/spec/containers/0/args/${String(args?.indexOf(flag))}`,
            value: `--max_attestation_size=${String(bytes)}`,
        },
    ];
    await kubectl(lab, [...inLog, "patch", "deployment", "rekor", "--type", "json", "--patch", JSON.stringify(patch)]);
    await kubectlLong(lab, [...inLog, "rollout", "status", "deployment/rekor", "--timeout=180s"]);
    return { before: Number(before) };
}

interface Ended {
    readonly code: number;
    readonly said: string;
}

const declaredSteps = z.array(
    z.object({ name: z.string(), env: z.record(z.string(), z.string()), script: z.string() }),
);

/** A step of {@link HELLO}'s merges as the cluster holds it. */
async function declaredStep({ lab }: Platform, name: string): Promise<z.infer<typeof declaredSteps>[number]> {
    const steps = ["get", "configmap", OBJECTS.mergeTrigger, "--output", "jsonpath={.data.steps\\.json}"];
    const text = await kubectl(lab, ["--namespace", buildsNamespace(HELLO), ...steps]);
    const found = declaredSteps.parse(JSON.parse(text)).find((step) => step.name === name);
    if (found === undefined) {
        throw new Error(`a merge has no step ${name}`);
    }
    return found;
}

/** Runs the verification of a merge again, as whoever receives merges does. */
async function runStep(
    { lab, verifier, outputs }: Platform,
    { env, script }: z.infer<typeof declaredSteps>[number],
    merge: Merged,
    statement: Statement | undefined,
    limitBytes: number,
): Promise<Ended> {
    const shared = mkdtempSync(path.join(lab.stateDir, "verify-again-"));
    writeFileSync(path.join(shared, "run"), `hello ${statement?.predicate.runDetails.metadata.invocationId ?? ""}\n`);
    writeFileSync(path.join(shared, "images"), `${imageOf(merge, HELLO)}\n`);
    const given = {
        PATH: `${path.dirname(lab.programs["cosign"] ?? "")}:/usr/bin:/bin`,
        ...env,
        MAX_STATEMENT_BYTES: String(limitBytes),
        COMMIT: merge.commit,
        SHARED: shared,
        SIGNING_PUBLIC_KEY: outputs.signingPublicKey,
        LOG_PUBLIC_KEY: readFileSync(verifier.file("log.pub"), "utf8"),
        REGISTRY_CA: outputs.registryCa,
    };
    return new Promise((resolve) => {
        execFile("sh", ["-c", script], { env: given }, (error, stdout, stderr) => {
            resolve({
                code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
                said: stdout + stderr,
            });
        });
    });
}
