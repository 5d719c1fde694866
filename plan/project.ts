import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's root: the nearest folder above this file that holds Pulumi.yaml (sources and compiled code differ). */
export const PROJECT_FOLDER = ((): string => {
    for (let at = __dirname; ; at = dirname(at)) {
        if (existsSync(join(at, "Pulumi.yaml"))) {
            return at;
        }
        if (at === dirname(at)) {
            throw new Error(`there is no Pulumi.yaml above ${__dirname}: run slsa from its own package`);
        }
    }
})();
