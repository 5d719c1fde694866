import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";

import { Shell } from "./shell";
import { stepOf, taskOf } from "./values";

/** A crane that pushes: it answers with the reference, as the real one does. */
const CRANE = `[ "$1" = push ] && printf '%s\\n' "$3"`;

function digestOf(content: string): string {
    return createHash("sha256").update(content).digest("hex");
}

/** An OCI image layout as ko writes it, with one manifest of the given content. */
function layout(shell: Shell, index: number, content: string): string {
    const digest = digestOf(content);
    shell.write(`images/${String(index)}/blobs/sha256/${digest}`, content);
    shell.write(
        `images/${String(index)}/index.json`,
        JSON.stringify(
            { schemaVersion: 2, manifests: [{ size: content.length, digest: `sha256:${digest}` }] },
            null,
            3,
        ),
    );
    return digest;
}

describe("the push step", () => {
    let shell: Shell;
    let one: string;
    let two: string;
    beforeEach(() => {
        shell = new Shell({ crane: CRANE });
        one = layout(shell, 0, '{"first":1}');
        two = layout(shell, 1, '{"second":2}');
    });
    afterEach(() => {
        shell.remove();
    });

    function push(env: Readonly<Record<string, string>> = {}) {
        const step = stepOf(taskOf("push"), {
            "workspaces.workspace.path": shell.directory,
            "results.IMAGES.path": shell.path("result"),
        });
        shell.write("tmp/empty", "");
        return shell.run(step.script, { ...step.env, TMPDIR: shell.path("tmp"), ...env });
    }

    test("pushes every layout by the digest of its manifest and names each image on a line", () => {
        expect(push()).toMatchObject({ code: 0, stderr: "" });
        expect(shell.calls()).toEqual([
            `crane push ${shell.path("images/0")} registry.test/one@sha256:${one}`,
            `crane push ${shell.path("images/1")} registry.test/two@sha256:${two}`,
        ]);
        expect(shell.read("result")).toBe(`registry.test/one@sha256:${one}\nregistry.test/two@sha256:${two}\n`);
    });

    test.each<{ what: string; change: () => void; says: string }>([
        {
            what: "a layout is missing",
            change: () => {
                shell = new Shell({ crane: CRANE });
                layout(shell, 0, "{}");
            },
            says: "images/1 is missing",
        },
        {
            what: "a manifest was changed after it was built",
            change: () => {
                shell.write(`images/1/blobs/sha256/${two}`, '{"second":3}');
            },
            says: "does not have its digest",
        },
        {
            what: "a layout holds two images",
            change: () => {
                const entry = { digest: `sha256:${one}` };
                shell.write("images/1/index.json", JSON.stringify({ manifests: [entry, entry] }));
            },
            says: "does not hold exactly one image",
        },
        {
            what: "a layout holds no image",
            change: () => {
                shell.write("images/1/index.json", "{}");
            },
            says: "does not hold exactly one image",
        },
        {
            what: "a digest leads out of the layout",
            change: () => {
                shell.write("images/1/index.json", '{"digest":"sha256:../../../../result"}');
            },
            says: "does not hold exactly one image",
        },
        {
            what: "a layout holds a link",
            change: () => {
                mkdirSync(shell.path("images/1/blobs"), { recursive: true });
                symlinkSync("/etc/passwd", shell.path("images/1/blobs/link"));
            },
            says: "neither file nor directory",
        },
    ])("pushes nothing at all when $what", ({ change, says }) => {
        change();
        const outcome = push();
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(shell.calls()).toEqual([]);
        expect(shell.has("result")).toBe(false);
    });

    test.each<{ what: string; crane: string; says: string }>([
        {
            what: "the registry refuses the second image",
            crane: `case "$3" in *two*) exit 1 ;; esac; echo "$3"`,
            says: "cannot be pushed",
        },
        {
            what: "something else was pushed",
            crane: `echo "registry.test/x@sha256:${"0".repeat(64)}"`,
            says: "instead of",
        },
    ])("names no image when $what", ({ crane, says }) => {
        shell = new Shell({ crane });
        layout(shell, 0, '{"first":1}');
        layout(shell, 1, '{"second":2}');
        const outcome = push();
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain(says);
        expect(shell.has("result")).toBe(false);
    });

    test("names no image when the result would be cut off", () => {
        const outcome = push({ MAX_RESULT_BYTES: "100" });
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toContain("more than the 100 that fit");
        expect(shell.has("result")).toBe(false);
    });
});
