import { MAX_ATTESTATION_BYTES } from "../../../components/transparency-log-workloads";
import { EVERYWHERE, MANY } from "../../../lab/platform/many-source";
import { digestOf } from "../../../lab/platform/verifier";
import { workingCopy, workingFolder } from "../../../lab/platform/working-copy";
import { bodies, ended, imageOf, listed, MANY_IMAGES, statements, type Merged, type Platform } from "./platform";

/** One build, many images: the announcement's own shape. */
export function manyImagesSuite(the: () => Platform): void {
    let built: Merged;
    const names = Array.from({ length: MANY }, (_, index) => `image-${String(index + 1)}`);

    /** The index and its images. */
    const everywhere = (): string[] =>
        [...built.log.matchAll(/^verified (\S+\/everywhere@\S+)$/gm)].map(([, image]) => image ?? "");

    beforeAll(async () => {
        const { lab, forge } = the();
        built = await ended(forge, MANY_IMAGES, await workingCopy(workingFolder(lab, MANY_IMAGES)).head());
    });

    it("are pushed by as many Tasks as their names need, and each is verified and promoted", async () => {
        const { lab } = the();
        expect([built.record.status, built.record.step]).toEqual(["green", "promote"]);
        const tasks = await listed(lab, "taskruns", MANY_IMAGES);
        const pushes = tasks.map(({ metadata }) => metadata.labels["tekton.dev/pipelineTask"]).sort();
        expect(pushes).toEqual(["build", "clone", "push-1", "push-2", "push-3"]);
        // An index and its images are verified each, and the tag is the index's.
        expect(built.log.match(/^verified /gm)).toHaveLength(MANY + 1 + EVERYWHERE.platforms.length);
        expect(built.log.match(/^promoted .*:latest$/gm)).toHaveLength(MANY + 1);
        const [index = "", ...images] = everywhere();
        const { stdout } = await the().verifier.run(["crane", "manifest", index.replace(/@.*/, ":latest")]);
        const { manifests } = JSON.parse(stdout) as { manifests: { digest: string }[] };
        expect(manifests.map(({ digest }) => digest)).toEqual(images.map(digestOf));
    });

    it("are the subjects of one provenance, which names the subsection, and which the log keeps whole", async () => {
        const { lab } = the();
        const [first = "", last = ""] = [names.at(0), names.at(-1)].map((name) => imageOf(built, name ?? ""));
        const [statement, ...others] = await statements(the(), last);
        expect(others).toEqual([]);
        const pushed = [...names.map((name) => imageOf(built, name)), ...everywhere()];
        expect(statement?.subject).toEqual(
            pushed.map((image) => ({
                name: image.slice(0, image.indexOf("@")),
                digest: { sha256: digestOf(image).slice("sha256:".length) },
            })),
        );
        expect(statement?.subject[0]?.name).toBe(`${lab.registryHostPort}/many/image-1`);
        expect(new Set(pushed).size).toBe(MANY + 1 + EVERYWHERE.platforms.length);
        expect(JSON.stringify(statement)).toContain('{"name":"subsection","value":"numbers"}');
        const [body = "", ...more] = await bodies(the(), first);
        // No signature of an image beside it: the build has one entry in the log, not one for each image.
        expect(more).toEqual([]);
        expect(JSON.parse(body)).toEqual(statement);
        const bytes = Buffer.byteLength(body);
        expect(built.log).toContain(
            `the statement has ${String(bytes)} bytes of the ${String(MAX_ATTESTATION_BYTES)} that the log keeps`,
        );
        console.log(`the statement of ${String(pushed.length)} subjects has ${String(bytes)} bytes`);
    });
}
