import { readFileSync } from "node:fs";

/**
 * The version of an installed `@pulumi/...` package. A program asks for the provider of exactly that version, so a stand-in
 * has to go by it.
 * @param name such as `tls` for `@pulumi/tls`
 */
export function packageVersion(name: string): string {
    const manifest: unknown = JSON.parse(readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8"));
    if (
        typeof manifest === "object" &&
        manifest !== null &&
        "version" in manifest &&
        typeof manifest.version === "string"
    ) {
        return manifest.version;
    }
    throw new Error(`The package.json of @pulumi/${name} names no version. Run npm ci again.`);
}
