import * as gcp from "@pulumi/gcp/provider";
import { ArtifactRegistry } from "../components/artifact-registry";
import type { Snapshot } from "../requirements/snapshot";
import { planWithKms } from "./kms-plan";

const SOURCES = ["crane", "hello", "page"];

/** Where a source's images are, in the plans of tests. */
export const pathOf = (source: string): string =>
    source === "page" ? "gcr.io/example-builds" : `us-east1-docker.pkg.dev/example-builds/${source}`;

/** The plan of stack `local`, but for its key, which is in a KMS, and its images, which are pushed to Artifact Registry. */
export async function planWithImages(): Promise<Snapshot> {
    const snapshot = await planWithKms(() => {
        new ArtifactRegistry(
            "images",
            {
                project: "example-builds",
                projectNumber: "123456789012",
                location: "us-east1",
                labels: { platform: "slsa-build-platform" },
                repositories: SOURCES.map((source) => ({
                    source,
                    ...(source === "page" ? { repository: "gcr.io", location: "us", readers: "public" } : {}),
                })),
                nodeMembers: ["serviceAccount:builds-system@example-builds.iam.gserviceaccount.com"],
                protect: true,
                dependsOn: [],
            },
            { providers: { gcp: new gcp.Provider("images", { project: "example-builds", region: "us-east1" }) } },
        );
    });
    const pushed = /(?<= )[0-9.]+:[0-9]+\/(?<source>[a-z]+)(?=\/)/g;
    for (const { inputs } of snapshot.resources.filter(({ name }) => name.includes("/push-images-"))) {
        const text = JSON.stringify(inputs);
        const moved = text.replaceAll(pushed, (_address, source: string) => pathOf(source));
        if (moved === text) {
            throw new Error("a push Task names no image");
        }
        Object.assign(inputs, JSON.parse(moved));
    }
    return snapshot;
}
