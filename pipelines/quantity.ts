/** The size of a volume, as a setting may say it. */
export const QUANTITY = /^([1-9][0-9]{0,3})(Mi|Gi|Ti)$/;

const UNITS: Readonly<Record<string, number>> = { Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/**
 * The bytes of a Kubernetes quantity.
 *
 * @throws Error when it is no whole number with the unit Mi, Gi or Ti
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function bytesOf(quantity: string): number {
    const [, count, unit = ""] = QUANTITY.exec(quantity) ?? [];
    const bytes = UNITS[unit];
    if (count === undefined || bytes === undefined) {
        throw new Error(`"${quantity}" is no size: write one to four digits and Mi, Gi or Ti, as in 2Gi.`);
    }
    return Number(count) * bytes;
}
