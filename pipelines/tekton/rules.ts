/**
 * What breaks a rule, and what mends it. Collected, so that one look shows everything that is wrong.
 */
export class Violations {
    private readonly found: string[] = [];

    /** Notes a violation unless `holds`. */
    require(holds: boolean, message: string): void {
        if (!holds) {
            this.found.push(message);
        }
    }

    /** Notes every name that occurs more than once. */
    requireUnique(what: string, names: readonly string[]): void {
        for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) !== index))) {
            this.require(false, `${what} "${name}" is there more than once: give each its own name.`);
        }
    }

    /** Notes every name that is no DNS label. */
    requireDnsLabel(what: string, name: string): void {
        this.require(
            isDnsLabel(name),
            `${what} "${name}" is no DNS-1123 label: use at most ${String(MAX_NAME)} lower-case letters, digits and "-", ` +
                "with a letter or digit at both ends.",
        );
    }

    /** @throws Error naming every violation noted so far */
    throwIfAny(subject: string): void {
        if (this.found.length > 0) {
            throw new Error(`${subject} cannot be used:\n${this.found.map((message) => `- ${message}`).join("\n")}`);
        }
    }
}

/** The longest name Tekton takes: https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/apis/validate/metadata.go */
export const MAX_NAME = 63;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export function isDnsLabel(name: string): boolean {
    return name.length <= MAX_NAME && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/apis/pipeline/v1/task_validation.go */
export const PARAM_NAME = /^[_a-zA-Z][_a-zA-Z0-9.-]*$/;

/** https://github.com/tektoncd/pipeline/blob/v1.15.0/pkg/apis/pipeline/v1/result_validation.go */
export const RESULT_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/**
 * A `$(…)` of Tekton, as opposed to a command substitution of the shell: a word with a `.` or `[` right after it. Which words
 * Tekton knows is its own affair (`inputs.params` is still one); no command of ours is called so.
 */
const TEKTON_VARIABLE = /\$\([A-Za-z]+[.[][^)]*\)/g;

/** Every Tekton variable in a text, in order. */
export function variablesIn(text: string): string[] {
    return text.match(TEKTON_VARIABLE) ?? [];
}
