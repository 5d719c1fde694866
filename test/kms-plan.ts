import * as gcp from "@pulumi/gcp/provider";
import { KmsSigningKey } from "../components/kms-signing-key";
import { workloadPrincipal } from "../components/workload-identity";
import { CONTROLLERS } from "../names";
import { evaluate } from "../plan/evaluate";
import { PROJECT_FOLDER } from "../plan/project";
import { readStackFile } from "../plan/stack";
import type { Snapshot } from "../requirements/snapshot";
import { anyCluster, type SigningKey } from "../stacks/any-cluster";
import { loadContent } from "../stacks/content";
import { parseSettings } from "../stacks/settings";

/** Chains' account in a cluster of the project of these plans. */
export const CHAINS_PRINCIPAL = workloadPrincipal({
    projectNumber: "123456789012",
    project: "example-builds",
    namespace: CONTROLLERS.tektonChains.namespace,
    serviceAccount: CONTROLLERS.tektonChains.name,
});

/**
 * The plan of stack `local`, but for its key, which is in a KMS.
 *
 * @param beside - declares what else there is on Google Cloud
 */
export async function planWithKms(beside: () => void = () => undefined): Promise<Snapshot> {
    const settings = parseSettings("local", readStackFile("local", PROJECT_FOLDER));
    const content = loadContent(settings, PROJECT_FOLDER, "plan");
    const signingKey = ({ protect }: { protect: boolean }): SigningKey =>
        new KmsSigningKey(
            "signing-key",
            {
                project: "example-builds",
                location: "us",
                versions: [{ since: "2025-11-25" }, { since: "2026-11-25" }],
                signer: CHAINS_PRINCIPAL,
                labels: { platform: "slsa-build-platform" },
                protect,
            },
            { providers: { gcp: new gcp.Provider("google-cloud", { project: "example-builds", region: "us-east1" }) } },
        );
    const { outputs: _outputs, ...snapshot } = await evaluate("kms", () => {
        beside();
        return anyCluster(settings, content, signingKey);
    });
    return snapshot;
}
