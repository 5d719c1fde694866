import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { hostPorts } from "../../../lab/cluster/firewall";
import { pageDockerfile } from "../../../lab/platform/page-source";
import { GIT_PORT } from "../../../lab/platform/settings";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { buildsNamespace } from "../../../names";
import { runProgram } from "../../../lab/cluster/run-program";
import { apply, kubectl, pod, succeeded } from "../lab-kubectl";
import { ended, imageOf, merged, PAGE, statements, type Merged, type Platform } from "./platform";

/** Dockerfiles: what they say is run by root, and written by whoever wrote the source. */
export function dockerfileSuite(the: () => Platform): void {
    /** A file of an image, as a client of the registry gets it. */
    async function fileOf(built: Merged, file: string): Promise<string> {
        const { lab, verifier } = the();
        const tar = path.join(lab.stateDir, "page.tar");
        await verifier.run(["crane", "export", imageOf(built, PAGE), tar]);
        return (await runProgram(["tar", "--extract", "--to-stdout", "--file", tar, file])).stdout;
    }

    it("become images whose RUN lines root has run, and whose pods are not root", async () => {
        const { lab, forge } = the();
        const first = await ended(forge, PAGE, await workingCopy(workingFolder(lab, PAGE)).head());
        expect([first.record.status, first.record.step]).toEqual(["green", "promote"]);
        expect(await fileOf(first, "page/built-by")).toBe("0\n");
        const [statement] = await statements(the(), imageOf(first, PAGE));
        expect(statement?.subject).toEqual([
            { name: `${lab.registryHostPort}/page/page`, digest: { sha256: imageOf(first, PAGE).split("sha256:")[1] } },
        ]);
        const script = "id -u; cat /page/index.html";
        await kubectl(lab, ["create", "namespace", "reader"]);
        await apply(lab, pod(lab, "reader", "page", script, { image: imageOf(first, PAGE) }));
        expect(await succeeded(lab, "reader", "page")).toBe("65532\n<!doctype html>\n<title>page</title>");
    });

    it("lead no further than their image: no network, no token, no credential, nothing of other steps", async () => {
        const { lab } = the();
        const reach = (what: string, host: string, port: number): string =>
            `timeout 4 nc -w 2 ${host} ${String(port)} < /dev/null > /dev/null; [ $? -eq 1 ] || echo reached ${what}`;
        const [registry = "", registryPort = ""] = lab.registryHostPort.split(":");
        const attempts = [
            reach("mirror", lab.nodeIp, hostPorts.registry),
            reach("source", lab.nodeIp, GIT_PORT),
            reach("registry", registry, Number(registryPort)),
            reach("log", new URL(lab.rekorUrl).hostname, 3000),
            reach("api", lab.nodeIp, 6443),
            // The API's token, and whatever looks like a credential.
            "ls /var/run/secrets /run/secrets",
            "find / -xdev \\( -name '*.dockerconfigjson' -o -name 'config.json' -o -name token \\) -not -path '/proc/*'",
            // The source, and what other steps are told. Tekton itself lets every step write to /tekton/results, which no
            // step of this Task reads.
            "find / -name index.html -not -path '/proc/*' -not -path '/page/*' -exec sh -c 'echo changed > \"$1\" && echo wrote \"$1\"' sh {} \\;",
            "for place in /tekton/bin /tekton/scripts /tekton/run/* /workspace /workspace/*; do touch $place/x && echo wrote $place; done",
            // A result that the Task does not declare.
            `printf registry.test/x@sha256:${"0".repeat(64)} > /tekton/results/IMAGES && echo stated an image`,
            "mkdir /mounted && mount -t tmpfs x /mounted && echo mounted",
            "chroot /proc/1/root true && echo entered the first process",
            "mknod /dev/x b 8 0 && cat /dev/x > /dev/null && echo read a disk",
        ];
        writeFileSync(
            path.join(workingFolder(lab, PAGE), "Dockerfile"),
            pageDockerfile(lab, [`RUN { ${attempts.join("; ")}; } > /page/attempts 2> /dev/null; true`]),
        );
        const built = await merged(the(), "Attack", PAGE);
        expect([built.record.status, built.log]).toEqual(["green", expect.stringContaining("verified ") as unknown]);
        const said = (await fileOf(built, "page/attempts")).trim().split("\n");
        // The control: what the network lets through is seen, and so is a write that is allowed.
        expect(said.filter((line) => line.startsWith("reached"))).toEqual(["reached mirror"]);
        const copies = said.filter((line) => line.startsWith("wrote /kaniko/source/"));
        expect(copies).toEqual(["wrote /kaniko/source/index.html"]);
        // Of Tekton's folders it may write its own step's, and the results', which nobody reads. The source is mounted in
        // place of the directory that Tekton shares among steps.
        expect(said.filter((line) => !line.startsWith("reached") && !copies.includes(line))).toEqual([
            "wrote /tekton/run/0",
            "stated an image",
        ]);
        const results = ["get", "taskruns", "--selector", "tekton.dev/pipelineTask=build", "--output"];
        const output = "jsonpath={range .items[*]}{.status.results}{.status.steps[*].results}{end}";
        expect(await kubectl(lab, ["--namespace", buildsNamespace(PAGE), ...results, output])).toBe("");
        // It spoiled its own copy only: the source that was cloned is what the image holds.
        expect(await fileOf(built, "page/index.html")).toBe(
            readFileSync(path.join(workingFolder(lab, PAGE), "index.html"), "utf8"),
        );
    });

    it("are built in a namespace of their own, where restricted pods are not the rule, and root is not privileged", async () => {
        const { lab } = the();
        const level = (namespace: string): Promise<string> =>
            kubectl(lab, [
                "get",
                "namespace",
                namespace,
                "--output",
                "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}",
            ]);
        expect(await level(buildsNamespace(PAGE))).toBe("baseline");
        expect(await level(buildsNamespace("crane"))).toBe("restricted");
    });
}
