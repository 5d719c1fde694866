import { LineCounter, parseAllDocuments, parseDocument, type Document, type YAMLError } from "yaml";

// The library's own messages end in the lines around the error, which may hold credentials.
const WITHOUT_SOURCE = { prettyErrors: false } as const;

/** One document of a YAML text: its value, or where and why it cannot be read. */
export type YamlDocument = { value: unknown } | { problems: string[] };

/**
 * The value of a YAML text with one document.
 *
 * @param from - what the message calls the text
 * @throws Error saying where it is broken and why; it repeats nothing of the text
 */
export function readYaml(text: string, from: string): unknown {
    const lines = new LineCounter();
    const read = valueOf(parseDocument(text, { ...WITHOUT_SOURCE, lineCounter: lines }), lines);
    if ("problems" in read) {
        // Those after the first mostly follow from it.
        throw new Error(`${from} is not YAML: ${read.problems[0] ?? "nobody knows why"}`);
    }
    return read.value;
}

/** The documents of a YAML text in its order. */
export function readYamlDocuments(text: string): YamlDocument[] {
    const lines = new LineCounter();
    // Without a document parseAllDocuments gives an empty list that carries the stream's errors; there are none to read.
    return [...parseAllDocuments(text, { ...WITHOUT_SOURCE, lineCounter: lines })].map((document) =>
        valueOf(document, lines),
    );
}

function valueOf(document: Document.Parsed, lines: LineCounter): YamlDocument {
    if (document.errors.length > 0) {
        return { problems: document.errors.map((error) => problem(error, lines)) };
    }
    try {
        return { value: document.toJS() };
    } catch {
        // The only thing that is not found before; the library's message names the alias and no place.
        return { problems: ["an alias has no anchor before it, or aliases stand for too much"] };
    }
}

function problem({ code, message, pos }: YAMLError, lines: LineCounter): string {
    const { line, col } = lines.linePos(pos[0]);
    return `line ${String(line)}, column ${String(col)}: ${plain(code, message)}`;
}

/** What is wrong, without the piece of the text that some of the library's messages quote. */
function plain(code: YAMLError["code"], message: string): string {
    switch (code) {
        case "BAD_DIRECTIVE":
            return "Invalid directive";
        case "BAD_DQ_ESCAPE":
            return "Invalid escape sequence";
        case "TAG_RESOLVE_FAILED":
            return "Unresolved tag";
        default:
            // A quotation stands after a colon that follows a word; "Missing , or : between" has none.
            return message.replace(/(?<=[\w)]): [^]*$/, "");
    }
}
