import { join } from "node:path";

import ts from "typescript";

const ROOT = join(__dirname, "../..");

const PRELUDE = `
import { pipeline, pipelineTask, task, emptyDirectory, type StepImage } from "../../pipelines/tekton";
const image: StepImage = "tools.test/git@sha256:0";
const step = { name: "run", image, shell: "/bin/sh" as const, script: "true", env: {}, mounts: [], requests: { cpu: "1", memory: "1Gi" } };
const clone = task({ name: "clone", description: "", params: { url: "" }, results: { commit: "" }, workspaces: { source: "" }, steps: () => [step] });
const idle = task({ name: "idle", description: "", params: {}, results: {}, workspaces: {}, steps: () => [step] });
const declared = { name: "p", description: "", params: { url: "" }, workspaces: { source: "" }, results: {} };
export { pipeline, pipelineTask, task, emptyDirectory, clone, idle, declared, step };
`;

/** What must not compile, the same done right, and a piece of the compiler's message. */
const WIRINGS: readonly {
    readonly what: string;
    readonly wrong: string;
    readonly right: string;
    readonly says: string;
}[] = [
    {
        what: "an image by tag",
        wrong: `export const image: StepImage = "tools.test/git:2.39";`,
        right: `export const image: StepImage = "tools.test/git@unresolved";`,
        says: `Type '"tools.test/git:2.39"' is not assignable to type 'StepImage'`,
    },
    {
        what: "a step that refers to a param which its Task does not declare",
        wrong: `export const t = task({ name: "t", description: "", params: { url: "" }, results: {}, workspaces: {}, steps: ({ params }) => [{ ...step, env: { A: params.uri } }] });`,
        right: `export const t = task({ name: "t", description: "", params: { url: "" }, results: {}, workspaces: {}, steps: ({ params }) => [{ ...step, env: { A: params.url } }] });`,
        says: "Property 'uri' does not exist",
    },
    {
        what: "a step that writes a result which its Task does not declare",
        wrong: `export const t = task({ name: "t", description: "", params: {}, results: { a: "" }, workspaces: {}, steps: ({ results }) => [{ ...step, env: { A: results.b.path } }] });`,
        right: `export const t = task({ name: "t", description: "", params: {}, results: { a: "" }, workspaces: {}, steps: ({ results }) => [{ ...step, env: { A: results.a.path } }] });`,
        says: "Property 'b' does not exist",
    },
    {
        what: "a result itself where its path is meant",
        wrong: `export const t = task({ name: "t", description: "", params: {}, results: { a: "" }, workspaces: {}, steps: ({ results }) => [{ ...step, env: { A: results.a } }] });`,
        right: `export const t = task({ name: "t", description: "", params: {}, results: { a: "" }, workspaces: {}, steps: ({ results }) => [{ ...step, env: { A: results.a.path } }] });`,
        says: "is not assignable to type 'string | TaskReference'",
    },
    {
        what: "a task without a param that its Task declares",
        wrong: `export const p = pipeline({ ...declared, tasks: ({ workspaces }) => ({ tasks: [pipelineTask("clone", clone, { params: {}, workspaces: { source: workspaces.source } })], results: {} }) });`,
        right: `export const p = pipeline({ ...declared, tasks: ({ params, workspaces }) => ({ tasks: [pipelineTask("clone", clone, { params: { url: params.url }, workspaces: { source: workspaces.source } })], results: {} }) });`,
        says: "Property 'url' is missing",
    },
    {
        what: "a task with a param that its Task does not declare",
        wrong: `export const p = pipelineTask("idle", idle, { params: { url: "" }, workspaces: {} });`,
        right: `export const p = pipelineTask("idle", idle, { params: {}, workspaces: {} });`,
        says: "is not assignable to type 'never'",
    },
    {
        what: "a task without a workspace that its Task declares",
        wrong: `export const p = pipelineTask("clone", clone, { params: { url: "" }, workspaces: {} });`,
        right: `export const p = pipeline({ ...declared, tasks: ({ workspaces }) => ({ tasks: [pipelineTask("clone", clone, { params: { url: "" }, workspaces })], results: {} }) });`,
        says: "Property 'source' is missing",
    },
    {
        what: "a param where a workspace belongs",
        wrong: `export const p = pipeline({ ...declared, tasks: ({ params }) => ({ tasks: [pipelineTask("clone", clone, { params: { url: "" }, workspaces: { source: params.url } })], results: {} }) });`,
        right: `export const p = pipeline({ ...declared, tasks: ({ workspaces }) => ({ tasks: [pipelineTask("clone", clone, { params: { url: "" }, workspaces: { source: workspaces.source } })], results: {} }) });`,
        says: "is missing in type 'Reference<\"pipeline\">' but required in type 'WorkspaceReference'",
    },
    {
        what: "a result that a Task does not declare",
        wrong: `export const p = pipeline({ ...declared, results: { c: "" }, tasks: ({ params, workspaces }) => { const cloned = pipelineTask("clone", clone, { params, workspaces }); return { tasks: [cloned], results: { c: cloned.results.sha } }; } });`,
        right: `export const p = pipeline({ ...declared, results: { c: "" }, tasks: ({ params, workspaces }) => { const cloned = pipelineTask("clone", clone, { params, workspaces }); return { tasks: [cloned], results: { c: cloned.results.commit } }; } });`,
        says: "Property 'sha' does not exist",
    },
    {
        what: "a Pipeline that does not say where a declared result comes from",
        wrong: `export const p = pipeline({ ...declared, results: { c: "" }, tasks: ({ params, workspaces }) => ({ tasks: [pipelineTask("clone", clone, { params, workspaces })], results: {} }) });`,
        right: `export const p = pipeline({ ...declared, results: { c: "" }, tasks: ({ params, workspaces }) => { const cloned = pipelineTask("clone", clone, { params, workspaces }); return { tasks: [cloned], results: { c: cloned.results.commit } }; } });`,
        says: "Property 'c' is missing",
    },
    {
        what: "a task's reference inside another Task's step",
        wrong: `const cloned = pipeline({ ...declared, tasks: ({ params }) => ({ tasks: [], results: {}, x: { ...step, env: { A: params.url } } satisfies Step }) }); export { cloned };`,
        right: `const cloned = pipeline({ ...declared, tasks: () => ({ tasks: [], results: {}, x: { ...step, env: { A: "constant" } } satisfies Step }) }); export { cloned };`,
        says: "Type 'PipelineReference' is not assignable to type 'string | TaskReference'",
    },
    {
        what: "a volume name in place of a mount",
        wrong: `export const s: Step = { ...step, mounts: ["tmp"] };`,
        right: `export const s: Step = { ...step, mounts: [emptyDirectory("tmp", "/tmp")] };`,
        says: "Type 'string' is not assignable to type 'Mount'",
    },
    {
        what: "a run template without a service account for one of the tasks",
        wrong: `export const r = pipelineRunTemplate(pipeline({ ...declared, tasks: () => ({ tasks: [pipelineTask("idle", idle, { params: {}, workspaces: {} })], results: {} }) }), { namespace: "n", serviceAccount: "a", serviceAccounts: {}, workspaces: { source: { size: "1Gi" } } });`,
        right: `export const r = pipelineRunTemplate(pipeline({ ...declared, tasks: () => ({ tasks: [pipelineTask("idle", idle, { params: {}, workspaces: {} })], results: {} }) }), { namespace: "n", serviceAccount: "a", serviceAccounts: { idle: "a" }, workspaces: { source: { size: "1Gi" } } });`,
        says: "Property 'idle' is missing",
    },
];

const HEADER = `
import { clone, declared, emptyDirectory, idle, pipeline, pipelineTask, step, task } from "./prelude";
import type { Step, StepImage } from "../../pipelines/tekton";
import { pipelineRunTemplate } from "../../pipelines/run";
void [clone, declared, emptyDirectory, idle, pipeline, pipelineTask, step, task, pipelineRunTemplate];
export type Used = [Step, StepImage];
`;

/** The compiler's messages for many small files at once, in one program with this project's own settings. */
function compile(files: ReadonlyMap<string, string>): (name: string) => string[] {
    const settings = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(settings.config, { ...ts.sys, readDirectory: () => [] }, ROOT);
    const host = ts.createCompilerHost(options);
    const virtual = new Map([...files].map(([name, text]) => [join(__dirname, `${name}.ts`), text]));
    const onDisk = ts.createCompilerHost(options);
    host.fileExists = (path) => virtual.has(path) || onDisk.fileExists(path);
    host.readFile = (path) => virtual.get(path) ?? onDisk.readFile(path);
    host.getSourceFile = (path, target, ...rest) => {
        const text = virtual.get(path);
        return text === undefined
            ? onDisk.getSourceFile(path, target, ...rest)
            : ts.createSourceFile(path, text, target);
    };
    const program = ts.createProgram([...virtual.keys()], { ...options, types: ["node"] }, host);
    return (name) => {
        const file = program.getSourceFile(join(__dirname, `${name}.ts`));
        return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
            ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"),
        );
    };
}

describe("a wrong wiring does not compile", () => {
    const files = new Map<string, string>([["prelude", PRELUDE]]);
    for (const [index, { wrong, right }] of WIRINGS.entries()) {
        files.set(`wrong-${String(index)}`, HEADER + wrong);
        files.set(`right-${String(index)}`, HEADER + right);
    }
    const messages = compile(files);

    test("what the cases share compiles", () => {
        expect(messages("prelude")).toEqual([]);
    });

    test.each(WIRINGS.map((wiring, index) => ({ ...wiring, index })))("$what", ({ index, says }) => {
        expect(messages(`right-${String(index)}`)).toEqual([]);
        expect(messages(`wrong-${String(index)}`).join("\n")).toContain(says);
    });
});
