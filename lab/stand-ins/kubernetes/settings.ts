import { Secret, Unknown } from "../property";
import type { PropertyMap } from "../property";
import type { CheckFailure } from "../stand-in";

/** The provider's configuration, as far as the stand-in has it. */
export interface Settings {
    /** The path of a kubeconfig, or its content. */
    readonly kubeconfig: string;
    /** @default the kubeconfig's current context */
    readonly context: string | undefined;
    /** Where objects go that name no namespace. @default the context's */
    readonly namespace: string | undefined;
    /** Take over fields that a controller owns. @default false */
    readonly enablePatchForce: boolean;
    /** Create takes over an object that exists. @default false */
    readonly upsertExistingObjects: boolean;
    /** Change a ConfigMap in place. @default false: it is replaced */
    readonly enableConfigMapMutable: boolean;
    /** Change a Secret in place. @default false: it is replaced */
    readonly enableSecretMutable: boolean;
}

const texts = ["kubeconfig", "context", "namespace"];
const flags = ["enablePatchForce", "upsertExistingObjects", "enableConfigMapMutable", "enableSecretMutable"];
/** Settings that change nothing here, and what they are in the stand-in. */
const fixed: Readonly<Record<string, boolean>> = { enableServerSideApply: true, suppressDeprecationWarnings: true };

/** What is wrong with a provider's configuration. A setting that the stand-in would silently not follow is refused. */
export function checkSettings(config: PropertyMap): CheckFailure[] {
    const known = [...texts, ...flags, ...Object.keys(fixed), "version", "pluginDownloadURL"];
    const failures = Object.keys(config)
        .filter((name) => !known.includes(name) && !name.startsWith("__"))
        .map((name) => ({
            property: name,
            reason: `The stand-in does not follow it. It follows ${known.join(", ")}.`,
        }));
    for (const [name, only] of Object.entries(fixed)) {
        const given = config[name];
        if (given !== undefined && given !== only && given !== String(only)) {
            failures.push({ property: name, reason: `The stand-in has it ${String(only)} only.` });
        }
    }
    const { kubeconfig } = config;
    if (kubeconfig === undefined || kubeconfig === "") {
        const reason = "It has to be set: the stand-in takes no cluster from the environment or the home directory.";
        failures.push({ property: "kubeconfig", reason });
    }
    return failures;
}

/** Reads a configuration that {@link checkSettings} finds nothing wrong with. */
export function settings(config: PropertyMap): Settings {
    const text = (name: string): string | undefined => {
        const value = open(config[name]);
        return typeof value === "string" && value !== "" ? value : undefined;
    };
    // The engine hands every setting of a provider over as a string.
    const flag = (name: string): boolean => [true, "true"].includes(open(config[name]) as boolean | string);
    return {
        kubeconfig: text("kubeconfig") ?? "",
        context: text("context"),
        namespace: text("namespace"),
        enablePatchForce: flag("enablePatchForce"),
        upsertExistingObjects: flag("upsertExistingObjects"),
        enableConfigMapMutable: flag("enableConfigMapMutable"),
        enableSecretMutable: flag("enableSecretMutable"),
    };
}

function open(value: PropertyMap[string] | undefined): unknown {
    if (value instanceof Unknown) {
        return undefined;
    }
    return value instanceof Secret ? value.value : value;
}
