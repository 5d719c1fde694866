import { PROJECT_FOLDER } from "../../plan/project";
import { planSettings, readStackFile } from "../../plan/stack";
import { valueAt } from "../../requirements/findings";
import { kubernetesObjects } from "../../requirements/objects";
import { judge } from "../../requirements/slsa2";
import type { Snapshot } from "../../requirements/snapshot";
import { buildOf } from "../../stacks/build";
import { loadContent, type Content } from "../../stacks/content";
import { parseSettings, type Settings } from "../../stacks/settings";
import { at, copyOf, resourceLike } from "../snapshot-edit";

const good = readStackFile("local", PROJECT_FOLDER);

const ENTRY = {
    name: "many",
    url: "http://10.88.0.1:3080/many.git",
    pipeline: "images",
    script: "build-images",
    subsection: "//...",
    cloneEgress: ["10.88.0.1/32:3080"],
};

function settingsOf(images: readonly object[], more: Record<string, unknown> = {}): Settings {
    return parseSettings("local", { ...good, repositories: [{ ...ENTRY, images }], ...more });
}

const content = (settings: Settings): Content => loadContent(settings, PROJECT_FOLDER, "plan");

async function plan(images: readonly object[], more: Record<string, unknown> = {}): Promise<Snapshot> {
    return (await planSettings("local", settingsOf(images, more), PROJECT_FOLDER)).snapshot;
}

const named = (count: number): object[] => Array.from({ length: count }, (_, n) => ({ name: `image-${String(n)}` }));

function unmet(snapshot: Snapshot): string[] {
    return judge(snapshot).flatMap(({ requirement, verdict }) => (verdict.status === "met" ? [] : [requirement.id]));
}

function chainsData(snapshot: Snapshot): unknown {
    return valueAt(resourceLike(snapshot, /^tekton-chains-config$/).inputs, ["data", "artifacts.oci.storage"]);
}

/** What the step that verifies is told of images' own signatures. */
function asked(snapshot: Snapshot): unknown {
    const { inputs } = resourceLike(snapshot, /^merge-trigger-many-steps$/);
    const steps = JSON.parse(String(valueAt(inputs, ["data", "steps.json"]))) as {
        name: string;
        env: Record<string, string>;
    }[];
    return steps.find(({ name }) => name === "verify")?.env["IMAGE_SIGNATURES"];
}

it("meets every requirement beside other entries, in whatever order they are declared", async () => {
    const [first, ...others] = good["repositories"] as object[];
    const repositories = [...others, { ...ENTRY, images: named(1) }, first];
    const { snapshot } = await planSettings("local", parseSettings("local", { ...good, repositories }), PROJECT_FOLDER);
    expect(unmet(snapshot)).toEqual([]);
});

describe("an entry of 96 images", () => {
    let snapshot: Snapshot;
    beforeAll(async () => {
        snapshot = await plan(named(96));
    });

    it("meets every requirement, with all its pushes", () => {
        expect(unmet(snapshot)).toEqual([]);
        const pipeline = resourceLike(snapshot, /^Pipeline\/builds-many\//).inputs;
        const tasks = (at(pipeline, "spec", "tasks") as { name: string }[]).map(({ name }) => name);
        expect(tasks).toEqual(["clone", "build", "push-1", "push-2", "push-3"]);
    });

    it("does not meet them when one of its pushes is not stated", () => {
        const changed = copyOf(snapshot);
        const spec = at(resourceLike(changed, /^Pipeline\/builds-many\//).inputs, "spec");
        for (const result of (spec as { results: { name: string; value: string }[] }).results) {
            result.value = result.value.replace(/\n.*push-3.*$/, "");
        }
        expect(unmet(changed)).toEqual(["provenance-available"]);
    });

    it("lets all its pushes, and them alone, reach the registry", () => {
        const policies = kubernetesObjects(snapshot).filter(
            ({ kind, namespace }) => kind === "NetworkPolicy" && namespace === "builds-many",
        );
        const selectors = Object.fromEntries(
            policies.map(({ name, resource }) => [name, valueAt(resource.inputs, ["spec", "podSelector"])]),
        );
        const tasks = (values: string[]) => ({
            matchExpressions: [{ key: "tekton.dev/pipelineTask", operator: "In", values }],
        });
        expect(selectors).toEqual({
            "nothing-by-default": {},
            clone: tasks(["clone"]),
            build: tasks(["build"]),
            push: tasks(["push-1", "push-2", "push-3"]),
        });
    });

    it("has its images signed, beside their provenance, when it is told to", async () => {
        expect(chainsData(snapshot)).toBe("");
        const signed = await plan(named(96), { imageSignatures: true });
        expect(chainsData(signed)).toBe("oci");
        expect(unmet(signed)).toEqual([]);
        expect([asked(snapshot), asked(signed)]).toEqual(["false", "true"]);
    });

    it("is refused when the log would not keep its statement", () => {
        const settings = settingsOf(named(900));
        const build = () => settings.repositories.map((one) => buildOf(one, settings, content(settings), "http://log"));
        expect(build).toThrow("build the images as several entries");
    });
});

it.each([
    ["a layout that leads elsewhere", { images: [{ name: "a", layout: "../a" }] }, "repositories.0.images.0.layout"],
    [
        "a platform twice",
        { images: [{ name: "a", platforms: ["linux/a", "linux/a"] }] },
        "must not name a platform twice",
    ],
    ["a subsection that is an option", { images: named(1), subsection: "--config=x" }, "repositories.0.subsection"],
    ["a script outside the repository", { images: named(1), script: "/bin/sh" }, "repositories.0.script"],
    ["a key of another kind", { images: named(1), importPath: "." }, "a key that nothing reads"],
])("refuses %s", (_what, changed, says) => {
    expect(() => parseSettings("local", { ...good, repositories: [{ ...ENTRY, ...changed }] })).toThrow(says);
});
