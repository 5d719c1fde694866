import type { VolumeMount, VolumeObject, VolumeSource } from "./objects";

/** A volume at a path of a step. The Task's `volumes` are collected from its steps' mounts, so none can dangle. */
export interface Mount {
    readonly volume: VolumeObject;
    readonly mount: VolumeMount;
}

function mountOf(name: string, mountPath: string, readOnly: boolean, source: VolumeSource): Mount {
    return {
        volume: { name, ...source },
        mount: { name, mountPath, ...(readOnly ? { readOnly: true as const } : {}) },
    };
}

/** An empty directory that the steps of one TaskRun share and that goes with the pod. */
export function emptyDirectory(name: string, mountPath: string): Mount {
    return mountOf(name, mountPath, false, { emptyDir: {} });
}

/** The directory that another step fills, read only. */
export function filledDirectory(name: string, mountPath: string): Mount {
    return mountOf(name, mountPath, true, { emptyDir: {} });
}

/** Keys of a Secret, each as the file at its path below `mountPath` (key -> path); read only. */
export function secretFiles(
    name: string,
    mountPath: string,
    secret: { readonly secretName: string; readonly files: Readonly<Record<string, string>> },
): Mount {
    const items = Object.entries(secret.files).map(([key, path]) => ({ key, path }));
    return mountOf(name, mountPath, true, { secret: { secretName: secret.secretName, items } });
}

/** One key of a ConfigMap, as the file `path` below `mountPath`; read only. */
export function configMapFile(
    name: string,
    mountPath: string,
    configMap: { readonly configMapName: string; readonly key: string; readonly path: string },
): Mount {
    return mountOf(name, mountPath, true, {
        configMap: { name: configMap.configMapName, items: [{ key: configMap.key, path: configMap.path }] },
    });
}
