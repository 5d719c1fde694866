import { configMapFile, type Mount } from "./tekton";

/** Where a step that talks to a registry finds the CA's certificate, unless it must lie elsewhere. */
const DIRECTORY = "/var/run/registry-ca";
/** The key of the ConfigMap, and the file's name. */
const FILE = "ca.crt";

/** Makes a step trust the registry's CA: its `mount`, and the `path` that its program is told. */
export function registryCa(
    configMapName: string,
    directory = DIRECTORY,
): { readonly mount: Mount; readonly path: string } {
    return {
        mount: configMapFile("registry-ca", directory, { configMapName, key: FILE, path: FILE }),
        path: `${directory}/${FILE}`,
    };
}
