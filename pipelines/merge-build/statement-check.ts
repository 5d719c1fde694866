/**
 * An awk program that reads in-toto statements, one JSON text a line, and looks for the one of our run.
 *
 * Images of steps carry no JSON tool. What matters here are strings at known places, so the program walks through the text
 * once: pieces between quotation marks are strings and everything else, which tells objects, lists and keys apart.
 *
 * Places are written as JSON pointers (RFC 6901), so that a key with a slash in it is no path. Values are compared as text:
 * awk would take two commits of decimal digits for equal numbers.
 *
 * Expected values come from the environment: BUILDER_ID, SOURCE_URI, COMMIT, RUN_UID, MAX_STATEMENT_BYTES. Exit codes: 0 the
 * statement is there and says what it should, its size is told on standard output; 3 it is there and says something else
 * (told on standard error); 1 it is not there.
 *
 * @see https://slsa.dev/spec/v1.2/build-provenance
 */
export const STATEMENT_CHECK = `
function place(   path, level) {
    path = ""
    for (level = 1; level <= depth; level++) path = path "/" key[level]
    return path
}
function structure(text,   at, mark) {
    gsub(/[^][{},:]/, "", text)
    for (at = 1; at <= length(text); at++) {
        mark = substr(text, at, 1)
        if (mark == "{") { depth++; list[depth] = 0; naming = 1 }
        else if (mark == "[") { depth++; list[depth] = 1; key[depth] = 0; naming = 0 }
        else if (mark == "}" || mark == "]") { depth--; naming = 0 }
        else if (mark == ":") naming = 0
        else if (list[depth]) key[depth]++
        else naming = 1
    }
}
function expect(what, path, expected) {
    if ((value[path] "") != (expected "")) {
        printf "%s is \\"%s\\" instead of \\"%s\\"\\n", what, value[path], expected > "/dev/stderr"
        wrong = 1
    }
}
BEGIN { found = 0; failed = 0 }
{
    split("", value); depth = 0; naming = 0; twice = ""
    pieces = split($0, piece, "\\"")
    for (i = 1; i <= pieces; i++) {
        structure(piece[i])
        if (++i > pieces) break
        text = piece[i]
        while (match(text, /\\\\+$/) && RLENGTH % 2 && i < pieces) text = text "\\"" piece[++i]
        if (naming) {
            gsub(/~/, "~0", text)
            gsub(/\\//, "~1", text)
            key[depth] = text
        } else {
            if (place() in value) twice = place()
            value[place()] = text
        }
    }
    if ((value["/predicate/runDetails/metadata/invocationId"] "") != (ENVIRON["RUN_UID"] "")) next
    found = 1; wrong = 0
    if (twice != "") {
        printf "%s is stated twice\\n", twice > "/dev/stderr"
        wrong = 1
    }
    # The log measures a statement by its base64, three bytes at a time.
    if (int((length($0) + 2) / 3) * 3 > ENVIRON["MAX_STATEMENT_BYTES"] + 0) {
        printf "the statement has %d bytes, and the log keeps none of more than %d\\n", length($0), ENVIRON["MAX_STATEMENT_BYTES"] > "/dev/stderr"
        wrong = 1
    }
    expect("the statement's type", "/_type", "https://in-toto.io/Statement/v1")
    expect("the predicate's type", "/predicateType", "https://slsa.dev/provenance/v1")
    expect("the builder", "/predicate/runDetails/builder/id", ENVIRON["BUILDER_ID"])
    source = 0
    for (path in value) {
        if (path !~ /^\\/predicate\\/buildDefinition\\/resolvedDependencies\\/[0-9]+\\/name$/) continue
        if ((value[path] "") != "inputs/result") continue
        dependency = substr(path, 1, length(path) - length("/name"))
        source++
        expect("the source", dependency "/uri", ENVIRON["SOURCE_URI"])
        expect("the commit", dependency "/digest/sha1", ENVIRON["COMMIT"])
    }
    if (source != 1) {
        printf "%d sources are named instead of one\\n", source > "/dev/stderr"
        wrong = 1
    }
    if (wrong) failed = 1
    else printf "%d bytes\\n", length($0)
}
END { exit failed ? 3 : found ? 0 : 1 }
`;
