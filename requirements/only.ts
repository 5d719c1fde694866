import { whoCan, type Action, type Right } from "./access";
import type { Findings } from "./findings";
import type { Way } from "./ways";

/**
 * Only these subjects may do it: anyone else whom a declared binding allows it is a failure. A binding to a role that the
 * plan does not tell is a doubt.
 *
 * @returns the allowed subjects that indeed may
 */
export function only(
    findings: Findings,
    rights: readonly Right[],
    action: Action,
    allowed: readonly string[],
    what: string,
): string[] {
    const may: string[] = [];
    for (const { subject, binding, undeclaredRole } of whoCan(rights, action)) {
        if (undeclaredRole !== undefined) {
            if (!allowed.includes(subject)) {
                findings.doubt(
                    `${subject} is bound by ${binding.name} to ${undeclaredRole}, a role that the plan does not tell: whether it may ${what} is not known`,
                );
            }
        } else if (allowed.includes(subject)) {
            may.push(subject);
        } else {
            findings.fail(`${subject} may ${what}, by ${binding.name}`);
        }
    }
    return may;
}

/** Only these subjects have any of the ways in a namespace. */
export function closed(
    findings: Findings,
    rights: readonly Right[],
    ways: readonly Way[],
    namespace: string,
    allowed: readonly string[],
): void {
    for (const { what, ...action } of ways) {
        only(findings, rights, { ...action, namespace }, allowed, `${what} in ${namespace}`);
    }
}
