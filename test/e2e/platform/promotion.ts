import { setTimeout as sleep } from "node:timers/promises";
import { changeGreeting } from "../../../lab/platform/hello-source";
import { digestOf } from "../../../lab/platform/verifier";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { CONTROLLERS } from "../../../names";
import { kubectl } from "../lab-kubectl";
import { ended, HELLO, imageOf, kubectlLong, listed, merged, writes, type Platform } from "./platform";

/** How long a tag is watched while nobody signs: a run has ended long before. */
const UNSIGNED_SECONDS = 15;

/** Tags: what moves them, and when. */
export function promotionSuite(the: () => Platform): void {
    const tagged = async (repository: string): Promise<string> => {
        const { stdout } = await the().verifier.run(["crane", "digest", `${repository}:latest`]);
        return stdout.trim();
    };
    const hello = (): string => `${the().lab.registryHostPort}/${HELLO}/hello`;
    const change = (to: string): void => {
        changeGreeting(workingFolder(the().lab, HELLO), to);
    };
    /** Looks at a tag until it is told to stop; every image that it points to must have provenance at that moment. */
    async function watch(repository: string, over: () => boolean): Promise<string[]> {
        const { verifier } = the();
        const seen: string[] = [];
        while (!over()) {
            const digest = await tagged(repository);
            if (seen.at(-1) !== digest) {
                await verifier.run(verifier.attestationCommand(`${repository}@${digest}`));
                seen.push(digest);
            }
            await sleep(100);
        }
        return seen;
    }

    it("point to the verified images, and nobody but the promoter moved them", async () => {
        const { lab, first } = the();
        for (const name of ["crane", "registry"]) {
            const image = imageOf(first, name);
            expect(await tagged(image.slice(0, image.indexOf("@")))).toBe(digestOf(image));
            expect(first.log).toContain(`promoted ${image} to ${image.slice(0, image.indexOf("@"))}:latest\n`);
        }
        const tags = (await writes(lab)).filter((line) => / PUT \S+\/manifests\/(?!sha256[:-])\S+ 201$/.test(line));
        expect(new Set(tags.map((line) => /identity=(\S+)/.exec(line)?.[1]))).toEqual(
            new Set(["promote-crane", "promote-hello", "promote-many", "promote-page"]),
        );
    });

    it("move to an image when its provenance is there, and never before", async () => {
        const before = await tagged(hello());
        change("again");
        let over = false;
        const [seen, next] = await Promise.all([
            watch(hello(), () => over),
            merged(the(), "Another line", HELLO).finally(() => (over = true)),
        ]);
        expect(next.record.status).toBe("green");
        const after = digestOf(imageOf(next, "hello"));
        expect(after).not.toBe(before);
        expect(seen[0]).toBe(before);
        expect(seen.slice(1).every((digest) => digest === after)).toBe(true);
        expect(await tagged(hello())).toBe(after);
    });

    it("stay where they are while Chains is down; the build ends when it is back", async () => {
        const { lab, forge } = the();
        const { namespace, name } = CONTROLLERS.tektonChains;
        const chains = (replicas: number): Promise<string> =>
            kubectl(lab, ["--namespace", namespace, "scale", `deployment/${name}`, `--replicas=${String(replicas)}`]);
        const before = await tagged(hello());
        await chains(0);
        await kubectlLong(lab, ["--namespace", namespace, "wait", "pod", "--all", "--for=delete", "--timeout=60s"]);
        change("unsigned");
        const source = workingCopy(workingFolder(lab, HELLO));
        const commit = await source.commit("A line that nobody signs");
        await source.push("main");
        while (forge.record(HELLO, commit)?.step !== "verify") {
            await sleep(200);
        }
        const deadline = Date.now() + UNSIGNED_SECONDS * 1000;
        expect(await watch(hello(), () => Date.now() > deadline)).toEqual([before]);
        expect(forge.record(HELLO, commit)).toMatchObject({ status: "running", step: "verify" });
        await chains(1);
        const next = await ended(forge, HELLO, commit);
        expect([next.record.status, next.record.step]).toEqual(["green", "promote"]);
        expect(await tagged(hello())).toBe(digestOf(imageOf(next, "hello")));
    });

    it("and a merge that is delivered twice makes one run, whose tag stays", async () => {
        const { lab, forge } = the();
        const source = workingCopy(workingFolder(lab, HELLO));
        const commit = await source.head();
        const runs = (): Promise<number> => listed(lab, "pipelineruns", HELLO).then((all) => all.length);
        const before = [await runs(), await tagged(hello())];
        forge.redeliver(HELLO, commit);
        while (!forge.log(HELLO, commit).includes("found PipelineRun ")) {
            await sleep(200);
        }
        while (forge.record(HELLO, commit)?.status === "running") {
            await sleep(200);
        }
        expect(forge.record(HELLO, commit)).toMatchObject({ status: "green", step: "promote" });
        expect([await runs(), await tagged(hello())]).toEqual(before);
    });

    it("are not taken back by an older merge that is delivered again", async () => {
        const { lab, forge } = the();
        const source = workingCopy(workingFolder(lab, HELLO));
        const older = await source.previous();
        const before = await tagged(hello());
        const log = forge.log(HELLO, older);
        forge.redeliver(HELLO, older);
        const said = (): string => forge.log(HELLO, older).slice(log.length);
        while (!said().includes("the tags stay, as a newer merge was built")) {
            expect(forge.record(HELLO, older)?.status).not.toBe("red");
            await sleep(200);
        }
        while (forge.record(HELLO, older)?.status === "running") {
            await sleep(200);
        }
        expect(forge.record(HELLO, older)).toMatchObject({ status: "green", step: "promote" });
        expect(await tagged(hello())).toBe(before);
    });
}
