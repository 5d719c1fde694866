/** More than any setting that is a text needs; a file's content, however it is encoded, is longer. */
const LONGEST_SHOWN = 256;

/**
 * A wrong value for a message. A text or a list is shown as it is, unless it may be a whole file (a kubeconfig, for one) or
 * a part of it: that may hold credentials, so that only its kind is said.
 *
 * @param setting - the setting it was given for; one that names a file is never shown
 */
export function shownValue(setting: string, given: unknown): string {
    if (given === undefined) {
        return "nothing";
    }
    if (setting === "kubeconfig" && given !== "") {
        return "a text that is no path";
    }
    if (typeof given === "string") {
        return shownText(given);
    }
    if (Array.isArray(given)) {
        const values: unknown[] = given;
        return values.every((value) => typeof value !== "object" || value === null)
            ? `[${values.map((value) => (typeof value === "string" ? shownText(value) : JSON.stringify(value))).join(",")}]`
            : `a list of ${String(values.length)} value(s), not all of them plain`;
    }
    return typeof given === "object" && given !== null ? "an object" : JSON.stringify(given);
}

function shownText(text: string): string {
    if (/[\n\r]/.test(text)) {
        return "a text of several lines";
    }
    if (text.includes("{")) {
        return "a text with {";
    }
    if (text.length > LONGEST_SHOWN) {
        return `a text of ${String(text.length)} characters`;
    }
    // A URL's name and password.
    return JSON.stringify(text.replace(/(\/\/)[^/]*@/, "$1[credential]@"));
}
