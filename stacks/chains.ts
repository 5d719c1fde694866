import type { ChainsConfig } from "../components/chains-config";
import { signerKind, type Signer } from "../components/signer";

/**
 * What Chains is told: one provenance for a whole PipelineRun, in SLSA v1 (Chains calls it slsa/v2alpha4), stored beside
 * the image and recorded in the log; nothing for single TaskRuns, whose attestation of the same image would only compete with
 * it.
 *
 * @param imageSignatures - whether each image is signed too: one more log entry for each, made one after another
 */
export function chainsConfig(
    builderId: string,
    logUrl: string,
    imageSignatures: boolean,
    signer: Signer,
): ChainsConfig {
    const kind = signerKind(signer);
    return {
        "artifacts.pipelinerun.format": "slsa/v2alpha4",
        "artifacts.pipelinerun.storage": ["oci"],
        "artifacts.pipelinerun.signer": kind,
        "artifacts.pipelinerun.enable-deep-inspection": false,
        "artifacts.taskrun.format": "slsa/v2alpha4",
        "artifacts.taskrun.storage": [],
        "artifacts.taskrun.signer": kind,
        "artifacts.oci.format": "simplesigning",
        "artifacts.oci.storage": imageSignatures ? ["oci"] : [],
        "artifacts.oci.signer": kind,
        ...("kms" in signer ? { "signers.kms.kmsref": signer.kms.ref } : {}),
        "transparency.enabled": true,
        "transparency.url": logUrl,
        "builder.id": builderId,
        "builddefinition.buildtype": "https://tekton.dev/chains/v2/slsa",
    };
}
