import { readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { runProgram } from "../../../lab/cluster/run-program";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { buildsNamespace } from "../../../names";
import { kubectl } from "../lab-kubectl";
import { bodies, ended, HELLO, imageOf, merged, statements, type Platform } from "./platform";

const NAMESPACE = buildsNamespace(HELLO);

/** A private repository: its credential reaches the clone and nothing else. */
export function privateSourceSuite(the: () => Platform): void {
    it("is not to be had without the credential", async () => {
        const url = the().forge.url(HELLO);
        await expect(
            runProgram(["git", "ls-remote", url], { env: { PATH: "/usr/bin:/bin", GIT_TERMINAL_PROMPT: "0" } }),
        ).rejects.toThrow("could not read Username");
    });

    it("is built, and its credential is in no log, object, statement or entry, nor in the image", async () => {
        const { lab, forge, verifier } = the();
        const inBuilds = (...command: string[]): Promise<string> =>
            kubectl(lab, ["--namespace", NAMESPACE, ...command]);
        const secret = await inBuilds("get", "secret", "source-credential", "--output", "jsonpath={.data.password}");
        const password = Buffer.from(secret, "base64").toString("utf8");
        expect(password.length).toBeGreaterThan(30);
        const built = await ended(forge, HELLO, await workingCopy(workingFolder(lab, HELLO)).head());
        expect(built.record.status).toBe("green");
        const image = imageOf(built, HELLO);

        const pods = (await inBuilds("get", "pods", "--output", "name")).split("\n");
        const files = async (): Promise<string> => {
            const tar = path.join(lab.stateDir, "hello.tar");
            await verifier.run(["crane", "export", image, tar]);
            return readFileSync(tar, "latin1");
        };
        const places: Record<string, string> = {
            "the build's log": built.log,
            "runs, their results and pods": await inBuilds(
                "get",
                "pipelineruns,taskruns,pods,events,configmaps,pipelines,tasks",
                "--output",
                "yaml",
            ),
            "the logs of pods": (
                await Promise.all(pods.map((pod) => inBuilds("logs", "--all-containers", "--prefix", pod)))
            ).join("\n"),
            "the statements": JSON.stringify(await statements(the(), image)),
            "the entries of the log": (await bodies(the(), image)).join("\n"),
            "the image's configuration": (await verifier.run(["crane", "config", image])).stdout,
            "the image's files": await files(),
            "the node's files of pods": (
                await lab.run([
                    "sh",
                    "-c",
                    // Where nothing is found grep ends with 1; where a folder is missing, with 2.
                    `grep -rl ${password} "$@" || [ $? -eq 1 ]`,
                    "sh",
                    ...["pod-logs", "volumes", "forge/git"].map((folder) => `${lab.stateDir}/${folder}`),
                ])
            ).stdout,
        };
        expect(places["the logs of pods"]).toContain(`cloned ${forge.url(HELLO)} at ${built.commit}`);
        expect(places["the image's files"]).toContain("hello");
        for (const [place, text] of Object.entries(places)) {
            const encoded = [password, Buffer.from(`robot:${password}`).toString("base64")];
            expect([place, encoded.filter((form) => text.includes(form))]).toEqual([place, []]);
        }
        // The search finds what is there: the git server's own file holds it, and none of a pod's.
        expect(places["the node's files of pods"]).toBe(`${lab.stateDir}/forge/git/${HELLO}.git/credential\n`);
    });

    it("lies nowhere where the build can read it: a test of the source prints all that there is", async () => {
        const { lab } = the();
        const file = path.join(workingFolder(lab, HELLO), "read_test.go");
        writeFileSync(file, READS_EVERYTHING);
        const { record, log } = await merged(the(), "Print everything", HELLO);
        rmSync(file);
        expect([record.status, record.step]).toEqual(["red", "wait-run"]);
        const pods = ["--selector", "tekton.dev/pipelineTask=build", "--tail", "-1", "--prefix", "--all-containers"];
        const said = await kubectl(lab, ["--namespace", NAMESPACE, "logs", ...pods]);
        expect(log).toContain("the tests of . do not pass");
        expect(said).toContain('[remote "origin"]');
        expect(said).toContain("KO_DEFAULTBASEIMAGE=");
        const secret = ["get", "secret", "source-credential", "--output", "jsonpath={.data.password}"];
        const password = Buffer.from(await kubectl(lab, ["--namespace", NAMESPACE, ...secret]), "base64").toString();
        expect(said.includes(password)).toBe(false);
        expect(said).not.toContain("askpass");
    });
}

/** A Go test that prints its environment, and every file of the workspace, of /tmp and of what is mounted. */
const READS_EVERYTHING = `package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	fmt.Println(strings.Join(os.Environ(), "\\n"))
	for _, root := range []string{filepath.Dir(os.Getenv("PWD")), "/var/run", "/run", "/tekton"} {
		filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				content, _ := os.ReadFile(path)
				if len(content) < 1<<16 {
					fmt.Printf("%s: %s\\n", path, content)
				}
			}
			return nil
		})
	}
	t.Fatal("all is said")
}
`;
