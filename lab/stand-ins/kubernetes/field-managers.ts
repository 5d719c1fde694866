import { isJsonMap } from "../property";
import type { Json, JsonMap } from "../property";
import { mapsAt, textAt } from "./object";

/**
 * Who edits by hand. The real provider takes over what they own before it applies, so that a hand-edited field is put back
 * and not refused as a conflict; a controller's fields stay the controller's.
 */
const takenOver: readonly { readonly manager: RegExp; readonly operation: string }[] = [
    { manager: /^kubectl/, operation: "Apply" },
    { manager: /^kubectl/, operation: "Update" },
    { manager: /^before-first-apply/, operation: "Update" },
    { manager: /^pulumi-kubernetes/, operation: "Update" },
    { manager: /^pulumi-resource-kubernetes/, operation: "Update" },
];

/**
 * The managed fields of an object after a field manager took over what was edited by hand.
 * @returns undefined when there is nothing to take over
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply
 */
export function takeOver(live: JsonMap, fieldManager: string): JsonMap[] | undefined {
    const entries = mapsAt(live, "metadata", "managedFields");
    const byHand = entries.filter(
        (entry) =>
            textAt(entry, "manager") !== fieldManager &&
            textAt(entry, "subresource") === "" &&
            takenOver.some(
                ({ manager, operation }) =>
                    manager.test(textAt(entry, "manager")) && operation === textAt(entry, "operation"),
            ),
    );
    if (byHand.length === 0) {
        return undefined;
    }
    const own = entries.find((entry) => textAt(entry, "manager") === fieldManager && entry["operation"] === "Apply");
    const fields = [...(own === undefined ? [] : [own]), ...byHand].map((entry) => entry["fieldsV1"] ?? {});
    return [
        ...entries.filter((entry) => !byHand.includes(entry) && entry !== own),
        {
            manager: fieldManager,
            operation: "Apply",
            apiVersion: textAt(live, "apiVersion"),
            time: textAt(own ?? byHand[0], "time"),
            fieldsType: "FieldsV1",
            fieldsV1: fields.reduce(union, {}),
        },
    ];
}

function union(one: Json, other: Json): Json {
    if (!isJsonMap(one) || !isJsonMap(other)) {
        return one;
    }
    const both: JsonMap = { ...other };
    for (const [field, value] of Object.entries(one)) {
        const also = other[field];
        both[field] = also === undefined ? value : union(value, also);
    }
    return both;
}
